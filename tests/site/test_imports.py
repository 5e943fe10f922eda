"""What a process that serves pages takes time and memory for."""

import pytest

from tests.inference.material import run_python

SCRIPT = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "animegan_site.settings"
os.environ["DEBUG"] = "true"  # static files by their own names
from django.core.wsgi import get_wsgi_application
get_wsgi_application()
import animegan_site.urls
from animegan_site.pages.learning import list_reports
assert list_reports("en")
print(*sorted({"torch", "av", "skimage", "scipy", "tensorboard"} & set(sys.modules)))
"""


@pytest.mark.no_database
def test_what_only_workers_and_trainers_need_is_not_loaded_by_the_site() -> None:
    done = run_python("-c", SCRIPT)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr

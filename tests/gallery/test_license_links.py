"""A style's license is a link on the pages only where it leads to a page, whatever the manifest says."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from gallery.models import Exhibit, Work
from inference import runtime

pytestmark = pytest.mark.django_db
JAVASCRIPT = "javascript:alert(document.cookie)"


@pytest.fixture
def hostile_manifest(tmp_path: Path, settings: LazySettings) -> Iterator[None]:
    folder = tmp_path / "weights"
    shutil.copytree(settings.WEIGHTS_DIR, folder)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for entry in manifest["styles"]:
        entry["license_url"] = JAVASCRIPT
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    settings.WEIGHTS_DIR = folder
    runtime.get_style_registry.cache_clear()
    yield
    runtime.get_style_registry.cache_clear()


def test_no_page_has_a_link_that_runs_a_script(
    request: pytest.FixtureRequest,
    owner_client: Client,
    anonymous: Client,
    work: Work,
    make_exhibit: Callable[..., Exhibit],
) -> None:
    exhibit = make_exhibit(seed=2)
    pages = [(anonymous, "/"), (owner_client, "/studio/"), (owner_client, f"/works/{work.pk}/")]
    pages.append((owner_client, f"/gallery/{exhibit.work_id}/"))
    before = [client.get(url).content.decode() for client, url in pages]
    request.getfixturevalue("hostile_manifest")
    for (client, url), html in zip(pages, before, strict=True):
        assert 'rel="noreferrer">' in html or url == "/studio/", url  # where licenses are in labels of choices
        response = client.get(url)
        assert response.status_code == 200
        assert "javascript:" not in response.content.decode(), url
        assert "CC BY-NC-SA 4.0" in response.content.decode(), url

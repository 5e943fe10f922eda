"""For gunicorn: animegan_site.wsgi:application."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from animegan_site.file_modes import restrict_umask

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animegan_site.settings")
restrict_umask()
Environment = dict[str, Any]
Application = Callable[[Environment, Callable[..., Any]], Iterable[bytes]]


def strip_script_name(app: Application, script_name: str) -> Application:
    """Return `app` behind `script_name`: it sees what comes after, also where a proxy took that off already."""

    def stripped(environ: Environment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == script_name or path.startswith(f"{script_name}/"):
            environ["PATH_INFO"] = path[len(script_name) :] or "/"
        return app(environ, start_response)

    return stripped


application: Application = get_wsgi_application()
if settings.SCRIPT_NAME:
    application = strip_script_name(application, settings.SCRIPT_NAME)

"""A small application for the site's gunicorn worker, with shorter times and fewer threads than the site has.

`gunicorn -c tests/site/gunicorn_app.py tests.site.gunicorn_app:app`
"""

from collections.abc import Callable, Iterable
from typing import Any

from animegan_site import gunicorn_worker

worker_class = "animegan_site.gunicorn_worker.BufferingThreadWorker"
threads = 2
graceful_timeout = 30
gunicorn_worker.RECEIVE_SECONDS = gunicorn_worker.READ_SECONDS = 1.0
gunicorn_worker.WRITE_SECONDS = 1.0
gunicorn_worker.MIN_BYTES_PER_SECOND = 2**20

Answer = Callable[[str, list[tuple[str, str]]], Any]


def app(environ: dict[str, Any], start_response: Answer) -> Iterable[bytes]:
    """Answer how many bytes came and their sum; `/refuse` reads none, `/large` has a large answer."""
    if environ["PATH_INFO"] == "/refuse":
        start_response("413 Content Too Large", [("Content-Length", "0")])
        return [b""]
    if environ["PATH_INFO"] == "/large":
        start_response("200 OK", [("Content-Length", str(2**28))])
        return iter([bytes(2**20)] * 2**8)
    body = environ["wsgi.input"].read()
    text = f"{len(body)} {sum(body)}".encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]

"""Reads elements of HTML pages, in a process of its own with little time and memory.

To parse a page takes time that grows with the square of how deep its tags nest, or of how many attributes one has, and
nothing can end it from inside: a page of a few megabytes, made for it, would stop a crawl for hours.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from crawler.http.errors import FetchError

MAX_SECONDS = 10  # of a core; an ordinary page takes some milliseconds
WAIT_SECONDS = 60  # on a busy machine
MAX_MEMORY_BYTES = 2 * 2**30  # of addresses
PROJECT_ROOT = Path(__file__).parents[2]

Element = tuple[dict[str, str | None], str]  # attributes, and the text in it


def read_elements(page: str, selector: str) -> list[Element]:
    """Return the elements of an HTML page that a CSS selector finds, in order.

    Raise FetchError where that takes more time or memory than any ordinary page does.
    """
    command = [sys.executable, "-m", "crawler.sources.page_elements", selector, str(MAX_SECONDS)]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=PROJECT_ROOT,
            input=page.encode("utf-8", "replace"),
            capture_output=True,
            timeout=WAIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FetchError("page_too_complex") from error
    if done.returncode:
        raise FetchError("page_too_complex", done.stderr.decode(errors="replace")[-200:].strip())
    return [(attributes, text) for attributes, text in json.loads(done.stdout)]


def _find_elements(page: str, selector: str) -> list[Element]:
    return [(dict(element.attributes), element.text()) for element in LexborHTMLParser(page).css(selector)]


if __name__ == "__main__":
    selector, seconds = sys.argv[1], int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    print(json.dumps(_find_elements(sys.stdin.buffer.read().decode(), selector)))

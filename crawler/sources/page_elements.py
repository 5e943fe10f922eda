"""Reads elements of HTML pages, in a process of its own with little time and memory.

To parse a page takes time that grows with the square of how deep its tags nest, or of how many attributes one has, and
nothing can end it from inside: a page of a few megabytes, made for it, would stop a crawl for hours.
"""

from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from crawler.http.errors import FetchError
from imaging.isolation import TaskFailed, TaskLimits, TaskResult
from imaging.process_pool import PROCESSES

LIMITS = TaskLimits(cpu_seconds=10, memory_bytes=2 * 2**30)  # an ordinary page takes some milliseconds

Element = tuple[dict[str, str | None], str]  # attributes, and the text in it


def read_elements(page: str, selector: str) -> list[Element]:
    """Return the elements of an HTML page that a CSS selector finds, in order.

    Raise FetchError where that takes more time or memory than any ordinary page does.
    """
    data = page.encode("utf-8", "replace")
    try:
        elements = PROCESSES.run(f"{__name__}:find_task", data, {"selector": selector}, LIMITS).facts["elements"]
    except TaskFailed as error:
        raise FetchError("page_too_complex", error.reason) from error
    return [(attributes, text) for attributes, text in elements]


def find_task(source: Path | bytes, options: dict[str, Any]) -> TaskResult:
    """Return what the other process finds in a page."""
    page = source if isinstance(source, bytes) else source.read_bytes()
    found = LexborHTMLParser(page.decode()).css(options["selector"])
    return TaskResult({"elements": [(dict(element.attributes), element.text()) for element in found]})

"""Addresses of pictures that somebody has written down, one a line."""

from collections.abc import Sequence
from pathlib import Path

from crawler.http.errors import Forbidden
from crawler.http.guard import place_of
from crawler.sources.base import Fetch, Found
from crawler.targets import Target

PER_PAGE = 100


class Urls:
    """A file in place of a site: its pages are read from there, each address once. `#` begins a comment.

    Who writes an address down means its host and port.
    """

    name = "urls"
    is_local = True

    def __init__(self, file: Path) -> None:
        lines = (line.split(" #")[0].strip() for line in file.read_text("utf-8-sig").splitlines())
        self.addresses = list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
        self.hosts: Sequence[str] = sorted({place for address in self.addresses if (place := _place(address))})

    def page(self, target: Target, number: int, fetch: Fetch) -> list[Found]:
        part = self.addresses[(number - 1) * PER_PAGE : number * PER_PAGE]
        return [Found(place, address) for place, address in enumerate(part, 1)]

    def is_wanted(self, address: str) -> bool:
        return True


def _place(address: str) -> str:
    """Empty for a line that is no address; it is recorded as failed when its turn comes."""
    try:
        return place_of(address)
    except Forbidden:
        return ""

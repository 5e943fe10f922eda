"""Addresses of pictures that somebody has written down, one a line."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from ..targets import Target
from .base import Fetch, Found

PER_PAGE = 100


class Urls:
    """A file in place of a site: its pages are read from there. `#` begins a comment."""

    name = "urls"

    def __init__(self, file: Path) -> None:
        lines = (line.split(" #")[0].strip() for line in file.read_text("utf-8").splitlines())
        self.addresses = [line for line in lines if line and not line.startswith("#")]
        self.hosts: Sequence[str] = sorted({urlsplit(address).hostname or "" for address in self.addresses} - {""})

    def page(self, target: Target, number: int, fetch: Fetch) -> list[Found]:
        part = self.addresses[(number - 1) * PER_PAGE : number * PER_PAGE]
        return [Found(place, address) for place, address in enumerate(part, 1)]

    def is_wanted(self, address: str) -> bool:
        return True

"""What a site has to tell so that it can be crawled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from crawler.targets import Target


@dataclass(frozen=True)
class Found:
    """A picture that a page names. `address` is empty where the page has none; `place` counts from 1."""

    place: int
    address: str
    remote_id: str = ""
    title: str = ""
    keywords: tuple[str, ...] = field(default=())
    licence: str = ""


Fetch = Callable[[str], str]  # the text of a page; raises the errors of `web.errors`


class Source(Protocol):
    """A site. Its `name` is part of the files' names."""

    name: str
    hosts: Sequence[str]  # of pages and pictures, as `web.guard.Guard` takes them
    is_local: bool  # whether its pages cost nothing, so that they are read again by every crawl

    def page(self, target: Target, number: int, fetch: Fetch) -> list[Found]:
        """The pictures of a page of results, in its order; none past the last page. Pages count from 1."""

    def is_wanted(self, address: str) -> bool:
        """Whether an address is one of the pictures, and no advertisement or icon."""

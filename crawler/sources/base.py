"""What a site has to tell so that it can be crawled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class CrawlTarget:
    """One set of pictures, in one folder `<output>/<label>/<gender>/`: what the site is searched for, and its class."""

    label: str
    phrase: str
    gender: str

    @property
    def name(self) -> str:
        return f"{self.label}/{self.gender}"


@dataclass(frozen=True)
class ListedPicture:
    """A picture that a page names. `url` is empty where the page has none; `position` on the page counts from 1."""

    position: int
    url: str
    remote_id: str = ""
    title: str = ""
    keywords: tuple[str, ...] = field(default=())
    license: str = ""


FetchText = Callable[[str], str]  # the text of the page at a URL; raises the errors of `crawler.http.errors`


class CrawlSource(Protocol):
    """A site. Its `name` is part of the files' names."""

    name: str
    hosts: Sequence[str]  # of pages and pictures, as `UrlGuard` takes them
    is_local: bool  # whether its pages cost nothing, so that they are read again by every crawl

    def read_page(self, target: CrawlTarget, number: int, fetch_text: FetchText) -> list[ListedPicture]:
        """Return the pictures of a page of results, in its order; none past the last page. Pages count from 1."""

    def is_picture_url(self, url: str) -> bool:
        """Return whether a URL is one of the pictures, and no advertisement or icon."""

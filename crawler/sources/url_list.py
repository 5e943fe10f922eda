"""URLs of pictures that somebody has written down, one a line."""

from collections.abc import Sequence
from pathlib import Path

from crawler.http.errors import Forbidden
from crawler.http.guard import parse_host_port
from crawler.sources.base import CrawlTarget, FetchText, ListedPicture

URLS_PER_PAGE = 100


class UrlListSource:
    """A file in place of a site: its pages are read from there, each URL once. `#` begins a comment.

    The hosts and ports that it names are allowed. Raise OSError or UnicodeDecodeError for a file that is no text.
    """

    name = "urls"
    is_local = True

    def __init__(self, file: Path) -> None:
        lines = (line.split(" #")[0].strip() for line in file.read_text("utf-8-sig").splitlines())
        self.urls = list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
        self.hosts: Sequence[str] = sorted({host for url in self.urls if (host := _parse_host(url))})

    def read_page(self, target: CrawlTarget, number: int, fetch_text: FetchText) -> list[ListedPicture]:
        urls = self.urls[(number - 1) * URLS_PER_PAGE : number * URLS_PER_PAGE]
        return [ListedPicture(position, url) for position, url in enumerate(urls, 1)]

    def is_picture_url(self, url: str) -> bool:
        return True


def _parse_host(url: str) -> str:
    """Empty for a line that is no URL; it is recorded as failed when its turn comes."""
    try:
        return parse_host_port(url)
    except Forbidden:
        return ""

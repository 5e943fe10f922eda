"""Pages and pictures from the net. Runs in many threads and does not touch the database."""

from dataclasses import dataclass

from crawler.http.body import decode_text
from crawler.http.client import Client
from crawler.http.errors import CrawlStopped, FetchError, NotFound
from crawler.http.robots import Robots
from crawler.models import Item
from crawler.pictures import InvalidPicture, VerifiedPicture, verify_picture
from crawler.sources.base import CrawlSource, CrawlTarget, ListedPicture
from crawler.store import CrawlStore

# What some servers call every file.
GENERIC_CONTENT_TYPES = ("application/octet-stream", "binary/octet-stream")


@dataclass(frozen=True)
class PageReader:
    """Read the pages of results, which say which pictures a site has."""

    source: CrawlSource
    client: Client
    robots: Robots

    def read(self, target: CrawlTarget, number: int) -> list[ListedPicture]:
        """Return the pictures of a page; none past the last one.

        Raise CrawlStopped where it cannot be read: without its pages a crawl cannot go on.
        """
        try:
            return self.source.read_page(target, number, self._fetch_text)
        except NotFound:
            return []
        except FetchError as error:
            if error.reason == "robots":
                raise CrawlStopped(
                    f"{error}. The site does not want its pages of results to be read by programs."
                ) from error
            raise CrawlStopped(f"page {number} of {target.name} cannot be read ({error}). Try again later.") from error

    def _fetch_text(self, url: str) -> str:
        response = self.client.get(url, self.robots.check)
        return decode_text(response.data, response.content_type)


@dataclass(frozen=True)
class PictureDownloader:
    """Download pictures into the store's incoming folder."""

    client: Client
    robots: Robots
    store: CrawlStore
    min_side_px: int

    def download(self, item: Item) -> VerifiedPicture:
        """Return the facts of a picture whose file is whole. Raise what `Client.get` raises and InvalidPicture."""
        path = self.store.incoming_path(item)
        if path.exists():  # from a run that ended before it could note this
            return verify_picture(path.read_bytes(), min_side_px=self.min_side_px)
        response = self.client.get(item.url, self.robots.check)
        content_type = response.content_type.partition(";")[0].strip().lower()
        if content_type and not content_type.startswith("image/") and content_type not in GENERIC_CONTENT_TYPES:
            raise InvalidPicture("not_a_picture", content_type)
        verified = verify_picture(response.data, min_side_px=self.min_side_px)
        self.store.write_incoming(item, response.data)
        return verified

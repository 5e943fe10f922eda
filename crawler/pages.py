"""Reads the pages that say which pictures there are."""

from dataclasses import dataclass

from crawler.http.body import text_of
from crawler.http.client import Client
from crawler.http.errors import FetchError, Missing, Stop
from crawler.http.robots import Robots
from crawler.sources.base import Found, Source
from crawler.targets import Target


@dataclass(frozen=True)
class Pages:
    source: Source
    client: Client
    robots: Robots

    def read(self, target: Target, number: int) -> list[Found]:
        """The pictures of a page; none past the last. Raises Stop: without its pages a crawl cannot go on."""
        try:
            return self.source.page(target, number, self._fetch)
        except Missing:
            return []
        except FetchError as error:
            if error.reason == "robots":
                raise Stop(f"{error}. The site does not want its pages of results to be read by programs.") from error
            raise Stop(f"page {number} of {target.name} cannot be read ({error}). Try again later.") from error

    def _fetch(self, address: str) -> str:
        answer = self.client.get(address, self.robots.check)
        return text_of(answer.data, answer.content_type)

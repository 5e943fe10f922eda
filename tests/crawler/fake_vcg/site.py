"""The site: its servers, its addresses, and what was asked of it."""

import threading
from dataclasses import dataclass
from itertools import product
from typing import Self

from tests.crawler.fake_vcg import pictures
from tests.crawler.fake_vcg.log import Log, Request
from tests.crawler.fake_vcg.picture_host import PictureHandler, TrapHandler
from tests.crawler.fake_vcg.places import PHRASES, Page, Place
from tests.crawler.fake_vcg.search_host import SearchHandler
from tests.crawler.fake_vcg.server import Server
from tests.crawler.fake_vcg.setup import Setup


@dataclass(eq=False)
class FakeVcg(Setup):
    """A site that is open while its context lasts; what it can be told is in `Setup`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.log = Log()
        self.leaving = threading.Event()

    def __enter__(self) -> Self:
        self._search = Server("search", SearchHandler, self)
        self._pictures = [Server("picture", PictureHandler, self) for _ in range(self.servers_of_pictures)]
        self._trap = Server("trap", TrapHandler, self)
        self._servers = [self._search, *self._pictures, self._trap]
        for server in self._servers:
            server.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.leaving.set()
        for server in self._servers:
            server.stop()
        errors = [error for server in self._servers for error in server.errors]
        if errors and kind is None:
            raise BaseExceptionGroup("the site itself went wrong", errors)

    @property
    def search_url(self) -> str:
        return f"http://{self._search.host}"

    @property
    def picture_hosts(self) -> list[str]:
        return [server.host for server in self._pictures]

    @property
    def picture_host(self) -> str:
        return self.picture_hosts[0]

    @property
    def trap_host(self) -> str:
        """Nobody has reason to ask anything there: a redirect that should not be followed leads to it."""
        return self._trap.host

    def page_address(self, phrase: str, gender: int, page: int) -> str:
        return self.search_url + Page(phrase, gender, page).path

    def picture_address(self, place: tuple[str, int, int, int]) -> str:
        where = Place(*place)
        return f"http://{self.host_of(where)}{where.path}"

    def host_of(self, place: Place) -> str:
        """What pages call the host of this picture."""
        hosts = self.hosts or self.picture_hosts
        return hosts[place.place % len(hosts)]

    def picture(self, place: tuple[str, int, int, int]) -> bytes:
        """The picture of this place, were nothing wrong with it."""
        return pictures.photo(Place(*place))

    def places(self) -> list[Place]:
        """All places of the known phrases, in the order of a crawl."""
        numbers = product(PHRASES, (1, 2), range(1, self.pages + 1), range(1, self.per_page + 1))
        return [Place(*each) for each in numbers]

    def warm(self) -> None:
        """Make all pictures now, for whoever measures time."""
        for place in self.places():
            pictures.photo(place)

    @property
    def requests(self) -> list[Request]:
        return self.log.all()

    @property
    def trapped(self) -> list[Request]:
        """What was asked of the trap: nothing, if the crawler is careful."""
        return self.log.all("trap")

    def count(self, address: str) -> int:
        return self.log.count(address)

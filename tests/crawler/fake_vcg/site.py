"""The site: its servers, its URLs, and what was asked of it."""

import threading
from dataclasses import dataclass
from itertools import product
from typing import Self

from tests.crawler.fake_vcg import pictures
from tests.crawler.fake_vcg.options import FakeVcgOptions
from tests.crawler.fake_vcg.picture_host import PictureHandler, TrapHandler
from tests.crawler.fake_vcg.request_log import Request, RequestLog
from tests.crawler.fake_vcg.search_host import SearchHandler
from tests.crawler.fake_vcg.server import SiteServer
from tests.crawler.fake_vcg.slots import PHRASES, Page, PictureSlot


@dataclass(eq=False)
class FakeVcg(FakeVcgOptions):
    """A site that is open while its context lasts; what it can be told is in `FakeVcgOptions`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.log = RequestLog()
        self.closing = threading.Event()

    def __enter__(self) -> Self:
        self._search = SiteServer("search", SearchHandler, self)
        self._pictures = [SiteServer("picture", PictureHandler, self) for _ in range(self.picture_server_count)]
        self._trap = SiteServer("trap", TrapHandler, self)
        self._servers = [self._search, *self._pictures, self._trap]
        for server in self._servers:
            server.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.closing.set()
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

    def build_page_url(self, phrase: str, gender: int, page: int) -> str:
        return self.search_url + Page(phrase, gender, page).path

    def picture_url(self, slot: tuple[str, int, int, int]) -> str:
        picture_slot = PictureSlot(*slot)
        return f"http://{self.host_of(picture_slot)}{picture_slot.path}"

    def host_of(self, slot: PictureSlot) -> str:
        """What pages call the host of this picture."""
        hosts = self.hosts or self.picture_hosts
        return hosts[slot.number % len(hosts)]

    def picture(self, slot: tuple[str, int, int, int]) -> bytes:
        """The picture of this slot, were nothing wrong with it."""
        return pictures.make_picture(PictureSlot(*slot))

    def list_slots(self) -> list[PictureSlot]:
        """All slots of the known phrases, in the order of a crawl."""
        numbers = product(PHRASES, (1, 2), range(1, self.pages + 1), range(1, self.per_page + 1))
        return [PictureSlot(*each) for each in numbers]

    def render_all_pictures(self) -> None:
        """Make all pictures now, for whoever measures time."""
        for slot in self.list_slots():
            pictures.make_picture(slot)

    @property
    def requests(self) -> list[Request]:
        return self.log.all()

    @property
    def trapped(self) -> list[Request]:
        """What was asked of the trap: nothing, if the crawler is careful."""
        return self.log.all("trap")

    def count(self, url: str) -> int:
        return self.log.count(url)

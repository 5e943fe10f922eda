"""A crawl, from the first page of results to the last picture.

Pictures are downloaded by several threads, but decided about one after another in the order of their places. So which
of two that look alike is kept does not depend on which arrived first, and a crawl that was killed and taken up again
ends with the same files as one that was not.
"""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from django.utils import timezone

from crawler.download import Downloader, Verified
from crawler.http.client import Client
from crawler.http.errors import FetchError, ServerTrouble, Stop
from crawler.items import Ledger, settle
from crawler.models import Item
from crawler.pages import Pages
from crawler.progress import Progress
from crawler.saving import Saver
from crawler.targets import Target


@dataclass(frozen=True)
class Options:
    """`pages`: the first and the last (0: as many as there are). `limit`: files a set (0: all)."""

    pages: tuple[int, int] = (1, 0)
    limit: int = 0
    workers: int = 4
    most_failures: int = 10  # of server or line, in a row, before the crawl stops
    is_fresh: bool = False  # ask for pages again that were read before
    with_failed: bool = False  # try again what failed for a reason that may have passed


@dataclass
class Crawl:
    """`stopped` is set from outside to end it: what is under way is finished first."""

    client: Client
    pages: Pages
    ledger: Ledger
    saver: Saver
    download: Downloader
    progress: Progress
    options: Options
    stopped: threading.Event
    streak: list[Item] = field(default_factory=list)  # those that server or line failed at, in a row

    def run(self, targets: Sequence[Target]) -> None:
        """Raises Stop with the reason where it ends early; whatever was had until then is saved."""
        with ThreadPoolExecutor(self.options.workers) as pool:
            try:
                for target in targets:
                    with self.progress.on(target):
                        self._collect(pool, target)
            except Stop as error:
                self.client.end(error)  # else the pool would wait until what is under way had been tried again
                raise

    def _collect(self, pool: ThreadPoolExecutor, target: Target) -> None:
        room = self.options.limit - self.ledger.count_kept(target) if self.options.limit else None
        for items in self._pages(target):
            self.progress.expect(len(items))
            room = self._download(pool, items, room)
            if room == 0:
                return

    def _pages(self, target: Target) -> Iterator[list[Item]]:
        """What is still to be had of each page, until there are no more pages."""
        number, last = self.options.pages
        earlier: set[str] = set()
        while not last or number <= last:
            page = None if self._reads_again else self.ledger.page_read(target, number)
            if page is None:
                page, new = self.ledger.enter(target, number, self.pages.read(target, number), earlier)
                skipped = [item for item in new if item.state == Item.State.SKIPPED]
                self.progress.expect(len(skipped))
                self.progress.note(*skipped)
            if page.is_last:
                return
            yield self.ledger.unfinished(target, number, with_failed=self.options.with_failed)
            earlier.add(page.addresses)
            number += 1

    @property
    def _reads_again(self) -> bool:
        return self.options.is_fresh or self.pages.source.is_local

    def _download(self, pool: ThreadPoolExecutor, items: Sequence[Item], room: int | None) -> int | None:
        """Have these pictures, as far as there is `room` for more files; the room that is left."""
        waiting, coming = deque(items), deque[tuple[Item, Future[Verified]]]()
        most = 2 * self.options.workers
        try:
            while (waiting or coming) and room != 0:
                # Nothing is asked for that there may be no room for.
                while waiting and len(coming) < min(most, room or most) and not self.stopped.is_set():
                    item = waiting.popleft()
                    coming.append((item, pool.submit(self._have, item)))
                if not coming:
                    raise Stop("interrupted.")
                if self._decide(*coming.popleft()) and room is not None:
                    room -= 1
        finally:
            for _item, future in coming:
                future.cancel()
            self.saver.flush()
        return room

    def _have(self, item: Item) -> Verified:
        """In a thread of the pool."""
        try:
            return self.download(item)
        except Stop as error:
            self.client.end(error)  # at once, and not only when it is this picture's turn to be decided about
            failure: FetchError | Stop = error
        except FetchError as error:
            failure = error
        # A traceback holds what was downloaded for as long as the error waits for its turn.
        failure.__cause__ = failure.__context__ = None
        raise failure.with_traceback(None)

    def _decide(self, item: Item, future: Future[Verified]) -> bool:
        """Note what became of a picture; whether it is kept."""
        try:
            self.saver.save(item, future.result())
            self.streak.clear()
        except ServerTrouble as error:
            self._fail(item, error, is_final=False)
            self._lengthen_streak(item, error)
        except FetchError as error:
            self._fail(item, error, is_final=error.reason != "robots")
            self.streak.clear()
        self.progress.note(item)
        return item.state in (Item.State.SAVING, Item.State.KEPT)

    def _lengthen_streak(self, item: Item, error: ServerTrouble) -> None:
        self.streak.append(item)
        if len(self.streak) < self.options.most_failures:
            return
        # It was not these pictures that failed: the next crawl begins with them.
        for one in self.streak:
            settle(one, Item.State.WAITING, is_final=False)
            self.saver.note(one)
        raise Stop(f"{len(self.streak)} failures in a row, the last: {error}. Try again later.")

    def _fail(self, item: Item, error: FetchError, *, is_final: bool) -> None:
        item.fetched = timezone.now()
        settle(item, Item.State.FAILED, error.reason[:40], is_final=is_final)
        self.saver.note(item)
        with suppress(FileNotFoundError):
            self.saver.store.incoming_path(item).unlink()

"""A crawl, from the first page of results to the last picture.

Pictures are downloaded by several threads, but decided about one after another in the order of their positions. So
which of two that look alike is kept does not depend on which arrived first, and a crawl that was killed and resumed
ends with the same files as one that was not.
"""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from django.utils import timezone

from crawler.download import PageReader, PictureDownloader
from crawler.http.client import Client
from crawler.http.errors import CrawlStopped, FetchError, TransientError
from crawler.ledger import Ledger, set_outcome
from crawler.models import Item
from crawler.pictures import VerifiedPicture
from crawler.progress import CrawlProgress
from crawler.saver import PictureSaver
from crawler.sources.base import CrawlTarget


@dataclass(frozen=True)
class CrawlOptions:
    """`pages`: the first and the last (0: as many as there are). `limit`: files a set (0: all)."""

    pages: tuple[int, int] = (1, 0)
    limit: int = 0
    workers: int = 4
    max_failures_in_row: int = 10  # of server or connection, before the crawl stops
    reread_pages: bool = False  # request pages again that were read before
    retry_failed: bool = False  # try again what failed for a reason that may have passed


@dataclass
class Crawl:
    """`stopped` is set from outside to end it: what is under way is finished first."""

    client: Client
    pages: PageReader
    ledger: Ledger
    saver: PictureSaver
    downloader: PictureDownloader
    progress: CrawlProgress
    options: CrawlOptions
    stopped: threading.Event
    failures_in_row: list[Item] = field(default_factory=list)

    def run(self, targets: Sequence[CrawlTarget]) -> None:
        """Collect all targets. Raise CrawlStopped where it ends early; whatever came until then is saved."""
        with ThreadPoolExecutor(self.options.workers) as pool:
            try:
                for target in targets:
                    with self.progress.track(target):
                        self._collect(pool, target)
            except CrawlStopped as error:
                self.client.stop(error)  # else the pool would wait until what is under way had been tried again
                raise

    def _collect(self, pool: ThreadPoolExecutor, target: CrawlTarget) -> None:
        remaining = self.options.limit - self.ledger.count_kept(target) if self.options.limit else None
        for items in self._iter_pages(target):
            self.progress.add_expected(len(items))
            remaining = self._download(pool, items, remaining)
            if remaining == 0:
                return

    def _iter_pages(self, target: CrawlTarget) -> Iterator[list[Item]]:
        """What is still to be downloaded of each page, until there are no more pages."""
        number, last = self.options.pages
        rereads = self.options.reread_pages or self.pages.source.is_local
        earlier_pages: set[str] = set()
        while not last or number <= last:
            page = None if rereads else self.ledger.find_page(target, number)
            if page is None:
                page, new = self.ledger.add_page(target, number, self.pages.read(target, number), earlier_pages)
                skipped = [item for item in new if item.state == Item.State.SKIPPED]
                self.progress.add_expected(len(skipped))
                self.progress.count(*skipped)
            if page.is_last:
                return
            yield self.ledger.list_unfinished(target, number, retry_failed=self.options.retry_failed)
            earlier_pages.add(page.urls_digest)
            number += 1

    def _download(self, pool: ThreadPoolExecutor, items: Sequence[Item], remaining: int | None) -> int | None:
        """Download and save, up to `remaining` more files (None: all); return how many remain then."""
        waiting, running = deque(items), deque[tuple[Item, Future[VerifiedPicture]]]()
        max_running = 2 * self.options.workers
        try:
            while (waiting or running) and remaining != 0:
                # Nothing is requested that may be beyond the limit.
                max_now = min(max_running, remaining or max_running)
                while waiting and len(running) < max_now and not self.stopped.is_set():
                    item = waiting.popleft()
                    running.append((item, pool.submit(self._download_one, item)))
                if not running:
                    raise CrawlStopped("interrupted.")
                if self._save_or_fail(*running.popleft()) and remaining is not None:
                    remaining -= 1
        finally:
            for _item, future in running:
                future.cancel()
            self.saver.flush()
        return remaining

    def _download_one(self, item: Item) -> VerifiedPicture:
        """In a thread of the pool."""
        try:
            return self.downloader.download(item)
        except CrawlStopped as error:
            self.client.stop(error)  # at once, and not only when it is this picture's turn to be decided about
            failure: FetchError | CrawlStopped = error
        except FetchError as error:
            failure = error
        # A traceback holds what was downloaded for as long as the error waits for its turn.
        failure.__cause__ = failure.__context__ = None
        raise failure.with_traceback(None)

    def _save_or_fail(self, item: Item, future: Future[VerifiedPicture]) -> bool:
        """Whether the picture is kept."""
        try:
            self.saver.save_picture(item, future.result())
            self.failures_in_row.clear()
        except TransientError as error:
            self._fail(item, error, is_final=False)
            self.failures_in_row.append(item)
            if len(self.failures_in_row) >= self.options.max_failures_in_row:
                self._stop_after_failures(error)
        except FetchError as error:
            self._fail(item, error, is_final=error.reason != "robots")
            self.failures_in_row.clear()
        self.progress.count(item)
        return item.state in (Item.State.SAVING, Item.State.KEPT)

    def _fail(self, item: Item, error: FetchError, *, is_final: bool) -> None:
        item.fetched = timezone.now()
        set_outcome(item, Item.State.FAILED, error.reason[:40], is_final=is_final)
        self.saver.save_soon(item)
        with suppress(FileNotFoundError):
            self.saver.store.incoming_path(item).unlink()

    def _stop_after_failures(self, error: TransientError) -> None:
        # It was not these pictures that failed: the next crawl begins with them.
        for item in self.failures_in_row:
            set_outcome(item, Item.State.WAITING, is_final=False)
            self.saver.save_soon(item)
        raise CrawlStopped(f"{len(self.failures_in_row)} failures in a row, the last: {error}. Try again later.")

"""Put a crawl together from its plan, record how it ended, or only list what it would download."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from crawler.crawl import Crawl, CrawlOptions
from crawler.download import PageReader, PictureDownloader
from crawler.http.client import Client, ClientOptions
from crawler.http.errors import CrawlStopped
from crawler.http.guard import UrlGuard
from crawler.http.robots import Robots
from crawler.ledger import Ledger
from crawler.models import Run
from crawler.progress import CrawlProgress
from crawler.saver import PictureSaver
from crawler.sources.base import CrawlSource, CrawlTarget
from crawler.store import CrawlStore


@dataclass(frozen=True)
class CrawlPlan:
    """What to collect and how. `trusted_hosts`: `host:port` that the operator named, private or not."""

    source: CrawlSource
    targets: Sequence[CrawlTarget]
    output: Path
    client_options: ClientOptions
    options: CrawlOptions
    trusted_hosts: frozenset[str] = frozenset()
    min_side_px: int = 256
    max_hash_distance: int = 6  # bits of 64

    def build_client(self, stopped: threading.Event) -> Client:
        guard = UrlGuard(self.source.hosts, self.trusted_hosts)
        return Client(guard, self.client_options, connections_per_host=self.options.workers, stopped=stopped)


def run_crawl(
    plan: CrawlPlan, progress: CrawlProgress, stopped: threading.Event, recorded_options: dict[str, object]
) -> str:
    """Crawl; return why it stopped early, empty if it did not. Raise StoreLocked.

    `recorded_options` are stored with the run.
    """
    store = CrawlStore(plan.output, plan.source.name)
    with store.lock():
        run = Run.objects.create(source=plan.source.name, output=str(store.root), options=recorded_options)
        ledger = Ledger(store, plan.source, run)
        ledger.recover()
        client = plan.build_client(stopped)
        robots = Robots(client)
        crawl = Crawl(
            client=client,
            pages=PageReader(plan.source, client, robots),
            ledger=ledger,
            saver=PictureSaver(store, ledger, max_distance=plan.max_hash_distance),
            downloader=PictureDownloader(client, robots, store, plan.min_side_px),
            progress=progress,
            options=plan.options,
            stopped=stopped,
        )
        message = ""
        try:
            crawl.run(plan.targets)
        except CrawlStopped as error:
            message = str(error)
        finally:
            for label in {target.label for target in plan.targets}:
                store.write_manifest(label)
        total = progress.total
        run.state = Run.State.STOPPED if message else Run.State.DONE
        run.message, run.ended = message[:500], timezone.now()
        run.kept, run.skipped, run.failed, run.bytes = total.kept, total.skipped, total.failed, total.bytes
        run.save()
        store.delete_orphaned_files(ledger.get_unfinished_keys())
    return message


@dataclass(frozen=True)
class ListedPage:
    """A page of a set: how many items are on it, and the URLs of its pictures."""

    name: str
    page: int
    items: int
    urls: list[str]

    def __str__(self) -> str:
        lines = [f"{self.name} page {self.page}: {len(self.urls)} of {self.items}"]
        return "\n".join([*lines, *(f"  {url}" for url in self.urls)])

    def as_dict(self) -> dict[str, object]:
        return {"name": self.name, "page": self.page, "items": self.items, "addresses": self.urls}


def list_pages(plan: CrawlPlan, stopped: threading.Event) -> Iterator[ListedPage]:
    """Yield what a crawl would download, from the pages alone; only the first one if the plan names no last.

    Raise CrawlStopped.
    """
    client = plan.build_client(stopped)
    pages = PageReader(plan.source, client, Robots(client))
    first, last = plan.options.pages
    for target in plan.targets:
        earlier_pages: list[list[str]] = []
        for number in range(first, (last or first) + 1):
            listed = pages.read(target, number)
            urls = [picture.url for picture in listed]
            if not listed or urls in earlier_pages:
                break
            earlier_pages.append(urls)
            picture_urls = [url for url in urls if url and plan.source.is_picture_url(url)]
            yield ListedPage(target.name, number, len(listed), picture_urls)

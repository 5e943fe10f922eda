"""Puts a crawl together and notes how it ended."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from crawler.crawl import Crawl, Options
from crawler.download import Downloader
from crawler.http.client import Client, Manners
from crawler.http.errors import Stop
from crawler.http.guard import Guard
from crawler.http.robots import Robots
from crawler.items import Ledger
from crawler.models import Run
from crawler.pages import Pages
from crawler.progress import Progress
from crawler.saving import Saver
from crawler.sources.base import Source
from crawler.store import Store
from crawler.targets import Target


@dataclass(frozen=True)
class Plan:
    """What to collect and how. `trusted`: `host:port` that the operator named, private or not."""

    source: Source
    targets: Sequence[Target]
    output: Path
    manners: Manners
    options: Options
    trusted: frozenset[str] = frozenset()
    least_side: int = 256
    similar_bits: int = 6

    def client(self, stopped: threading.Event) -> Client:
        guard = Guard(self.source.hosts, self.trusted)
        return Client(guard, self.manners, connections=self.options.workers, stopped=stopped)


def carry_out(plan: Plan, progress: Progress, stopped: threading.Event, noted: dict[str, object]) -> str:
    """Crawl; why it stopped early, empty if it did not. Raises Busy. `noted` options are kept with the run."""
    store = Store(plan.output, plan.source.name)
    with store.open():
        run = Run.objects.create(source=plan.source.name, output=str(store.root), options=noted)
        ledger = Ledger(store, plan.source, run)
        ledger.recover()
        message = ""
        try:
            _crawl(plan, store, ledger, progress, stopped).run(plan.targets)
        except Stop as error:
            message = str(error)
        finally:
            for label in {target.label for target in plan.targets}:
                store.write_manifest(label)
        _finish(run, progress, message)
        store.clean(ledger.waiting_keys())
    return message


def _crawl(plan: Plan, store: Store, ledger: Ledger, progress: Progress, stopped: threading.Event) -> Crawl:
    client = plan.client(stopped)
    robots = Robots(client)
    return Crawl(
        client=client,
        pages=Pages(plan.source, client, robots),
        ledger=ledger,
        saver=Saver(store, ledger, similar=plan.similar_bits),
        download=Downloader(client, robots, store, plan.least_side),
        progress=progress,
        options=plan.options,
        stopped=stopped,
    )


def _finish(run: Run, progress: Progress, message: str) -> None:
    total = progress.total
    run.state = Run.State.STOPPED if message else Run.State.DONE
    run.message, run.ended = message[:500], timezone.now()
    run.kept, run.skipped, run.failed, run.bytes = total.kept, total.skipped, total.failed, total.bytes
    run.save()

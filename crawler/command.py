"""What the commands of the crawler share: arguments, Ctrl-C, and what is said at the end."""

import json
import signal
import threading
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from .crawl import Options
from .dry_run import pictures_of
from .progress import Progress
from .run import Plan, carry_out
from .sources.base import Source
from .store import Busy
from .targets import Target
from .web.client import Manners
from .web.errors import FetchError, Stop
from .web.guard import PORTS

SOME_FAILED, STOPPED = 1, 2  # exit statuses


def page_range(text: str) -> tuple[int, int]:
    """`3` is page 3, `1-5` five pages, `2-` all from the second."""
    first, dash, last = text.partition("-")
    try:
        pages = int(first), (int(last or 0) if dash else int(first))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not like 3, 1-5 or 2-") from None
    if pages[0] < 1 or (pages[1] and pages[1] < pages[0]):
        raise ArgumentTypeError(f"there is no page in {text!r}")
    return pages


def place_of(address: str) -> str:
    """`host:port` of an address."""
    parts = urlsplit(address)
    return f"{(parts.hostname or '').lower()}:{parts.port or PORTS.get(parts.scheme, 0)}"


class CrawlCommand(BaseCommand):
    default_output = Path("datasets/vcg")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, default=self.default_output, help=f"default: {self.default_output}")
        parser.add_argument("--pages", type=page_range, default=(1, 0), help="3, 1-5, 2- (default: all there are)")
        parser.add_argument("--limit", type=int, default=0, metavar="N", help="at most N files a class and gender")
        parser.add_argument("--min-size", type=int, default=256, help="least side in pixels (default: 256)")
        parser.add_argument("--max-mb", type=float, default=12, help="of a picture (default: 12)")
        parser.add_argument("--delay", type=float, default=1.0, help="least seconds between requests to a host")
        parser.add_argument("--workers", type=int, default=4, help="downloads at a time (default: 4)")
        parser.add_argument("--allow-host", nargs="+", default=[], metavar="HOST:PORT", help="of a mirror of yours")
        parser.add_argument("--backoff", type=float, default=2.0, help="seconds before the second try; then doubled")
        parser.add_argument("--dry-run", action="store_true", help="say what would be downloaded, and write nothing")
        parser.add_argument("--json", action="store_true", help="a line of JSON a set, and one for all")
        parser.add_argument("--retry", action="store_true", help="try again what server or line failed at before")
        again = parser.add_mutually_exclusive_group()
        again.add_argument("--resume", action="store_true", help="go on where the last crawl ended (the default)")
        again.add_argument("--fresh", action="store_true", help="ask again for pages that were read before")

    def crawl(self, source: Source, targets: Sequence[Target], trusted: set[str], options: dict[str, Any]) -> None:
        """Exit status 0: all; 1: some pictures failed; 2: stopped."""
        plan = self._plan(source, targets, trusted, options)
        if options["dry_run"]:
            self._list(plan)
            return
        progress, stopped = Progress(self.stdout, as_json=options["json"]), threading.Event()
        try:
            with self._interruptible(stopped):
                message = carry_out(plan, progress, stopped, _noted(options))
        except Busy as error:
            raise CommandError(str(error), returncode=STOPPED) from error
        self._tell(progress, message, as_json=options["json"])

    def _plan(self, source: Source, targets: Sequence[Target], trusted: set[str], options: dict[str, Any]) -> Plan:
        if not settings.CRAWLER_CONTACT and not trusted:
            self.stderr.write("Set CRAWLER_CONTACT to an address of yours, so that the site can reach you.")
        contact = settings.CRAWLER_CONTACT or "no contact given"
        agent = f"AnimeGANStudioCrawler/1.0 (+{contact})"
        return Plan(
            source=source,
            targets=targets,
            output=options["output"],
            manners=Manners(
                user_agent=agent,
                delay=options["delay"],
                backoff=options["backoff"],
                most_bytes=round(options["max_mb"] * 2**20),
            ),
            options=Options(
                pages=options["pages"],
                limit=options["limit"],
                workers=options["workers"],
                is_fresh=options["fresh"],
                with_failed=options["retry"],
            ),
            trusted=frozenset(trusted | set(options["allow_host"])),
            least_side=options["min_size"],
            similar_bits=settings.CRAWLER_SIMILAR_BITS,
        )

    def _list(self, plan: Plan) -> None:
        try:
            for line in pictures_of(plan):
                self.stdout.write(line)
        except (FetchError, Stop) as error:
            raise CommandError(f"Stopped: {error}", returncode=STOPPED) from error

    @contextmanager
    def _interruptible(self, stopped: threading.Event) -> Iterator[None]:
        """The first Ctrl-C lets what is under way come to its end; the second one does not."""

        def stop(number: int, _frame: object) -> None:
            if stopped.is_set():
                raise KeyboardInterrupt
            stopped.set()
            self.stderr.write("Finishing what is under way; once more to break it off.")

        earlier = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)

    def _tell(self, progress: Progress, message: str, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({**vars(progress.total), "stopped": message or None}))
        else:
            self.stdout.write(progress.table())
        if message:
            raise CommandError(f"Stopped: {message} The same command goes on from here.", returncode=STOPPED)
        if failed := progress.total.failed:
            raise CommandError(f"{failed} pictures could not be had", returncode=SOME_FAILED)


def _noted(options: dict[str, Any]) -> dict[str, object]:
    """The options as JSON can hold them, without Django's own."""
    ours = {name: value for name, value in options.items() if name not in DJANGO_OPTIONS}
    return {name: str(value) if isinstance(value, Path) else value for name, value in ours.items()}


DJANGO_OPTIONS = {
    *("verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks", "stdout", "stderr")
}

"""What the commands of the crawler share: arguments, Ctrl-C, and what is said at the end."""

import json
import os
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from crawler.arguments import at_least, host_and_port, page_range
from crawler.crawl import Options
from crawler.dry_run import Listed, listed_pages
from crawler.http.client import Manners
from crawler.http.errors import Stop
from crawler.progress import Progress
from crawler.run import Plan, carry_out
from crawler.sources.base import Source
from crawler.store import Busy
from crawler.targets import Target

SOME_FAILED, STOPPED = 1, 2  # exit statuses
GOES_ON = "The same command goes on from here."
STATUSES = "Exit status: 0, all went well; 1, some pictures could not be had; 2, stopped, or not begun."
LONGEST_OUTPUT = 300  # characters, which leaves room for the files' own names


class CrawlCommand(BaseCommand):
    default_output = Path("datasets/vcg")

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, epilog=STATUSES, **options)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, default=self.default_output, help=f"default: {self.default_output}")
        parser.add_argument("--pages", type=page_range, default=(1, 0), help="3, 1-5, 2- (default: all there are)")
        parser.add_argument("--limit", type=at_least(1, int), default=0, metavar="N", help="files a class and gender")
        parser.add_argument(
            "--min-size", type=at_least(1, int), default=256, metavar="N", help="least side in pixels (default: 256)"
        )
        parser.add_argument(
            "--max-mb", type=at_least(0.01), default=12, metavar="MB", help="of a picture (default: 12)"
        )
        parser.add_argument(
            "--delay",
            type=at_least(0),
            default=1.0,
            metavar="S",
            help="least seconds between requests to a host (default: 1); up to half as much is added at random",
        )
        parser.add_argument(
            "--workers", type=at_least(1, int), default=4, metavar="N", help="downloads at a time (default: 4)"
        )
        parser.add_argument(
            "--allow-host",
            type=host_and_port,
            nargs="+",
            default=[],
            metavar="HOST:PORT",
            help="of a mirror of yours",
        )
        parser.add_argument(
            "--backoff",
            type=at_least(0),
            default=2.0,
            metavar="S",
            help="seconds before the second try (default: 2); then doubled",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be downloaded, and write nothing")
        parser.add_argument("--json", action="store_true", help="a line of JSON a set, and one for all")
        parser.add_argument("--retry", action="store_true", help="try again what server or line failed at before")
        again = parser.add_mutually_exclusive_group()
        again.add_argument("--resume", action="store_true", help="go on where the last crawl ended (the default)")
        again.add_argument("--fresh", action="store_true", help="ask again for pages that were read before")

    def crawl(self, source: Source, targets: Sequence[Target], trusted: set[str], options: dict[str, Any]) -> None:
        """Raises CommandError with the exit status, unless all went well."""
        plan, stopped = self._plan(source, targets, trusted, options), threading.Event()
        try:
            with self._interruptible(stopped):
                if options["dry_run"]:
                    self._list(listed_pages(plan, stopped), as_json=options["json"])
                    return
                progress = Progress(self.stdout, as_json=options["json"])
                message = carry_out(plan, progress, stopped, _noted(options))
        except (Busy, Stop, OSError) as error:
            raise CommandError(f"Stopped: {error}", returncode=STOPPED) from error
        self._tell(progress, message, as_json=options["json"])

    def _plan(self, source: Source, targets: Sequence[Target], trusted: set[str], options: dict[str, Any]) -> Plan:
        output = options["output"].resolve()
        if len(str(output)) > LONGEST_OUTPUT:
            raise CommandError(f"--output: {output} is too long a path", returncode=STOPPED)
        return Plan(
            source=source,
            targets=targets,
            output=output,
            manners=Manners(
                user_agent=self._user_agent(has_mirror=bool(trusted)),
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

    def _user_agent(self, *, has_mirror: bool) -> str:
        contact = settings.CRAWLER_CONTACT
        if not contact and not has_mirror:
            self.stderr.write("Set CRAWLER_CONTACT to an address of yours, so that the site can reach you.")
        if not (contact.isascii() and contact.isprintable()):
            raise CommandError("CRAWLER_CONTACT is sent as it is: use plain ASCII on one line", returncode=STOPPED)
        return f"AnimeGANStudioCrawler/1.0 (+{contact or 'no contact given'})"

    def _list(self, pages: Iterable[Listed], *, as_json: bool) -> None:
        for page in pages:
            self.stdout.write(json.dumps(vars(page), ensure_ascii=False) if as_json else str(page))

    @contextmanager
    def _interruptible(self, stopped: threading.Event) -> Iterator[None]:
        """The first Ctrl-C lets what is under way come to its end; the second one does not."""
        asked = False

        def stop(_number: int, _frame: object) -> None:
            nonlocal asked
            if asked:
                self.stderr.write(f"Broken off. {GOES_ON}")
                os._exit(STOPPED)  # without waiting for anybody; what is had is as safe as from any other end
            asked = True
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
            raise CommandError(f"Stopped: {message} {GOES_ON}", returncode=STOPPED)
        if failed := progress.total.failed:
            raise CommandError(f"{failed} pictures could not be had", returncode=SOME_FAILED)


def _noted(options: dict[str, Any]) -> dict[str, object]:
    """The options as JSON can hold them, without Django's own."""
    ours = {name: value for name, value in options.items() if name not in DJANGO_OPTIONS}
    return {name: str(value) if isinstance(value, Path) else value for name, value in ours.items()}


DJANGO_OPTIONS = {
    *("verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks", "stdout", "stderr")
}

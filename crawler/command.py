"""What the commands of the crawler share: arguments, Ctrl-C, and the report at the end."""

import json
import os
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from crawler.arguments import build_number_parser, parse_host_and_port, parse_page_range
from crawler.crawl import CrawlOptions
from crawler.http.client import ClientOptions
from crawler.http.errors import CrawlStopped
from crawler.progress import CrawlProgress
from crawler.run import CrawlPlan, list_pages, run_crawl
from crawler.sources.base import CrawlSource, CrawlTarget
from crawler.store import StoreLocked

EXIT_SOME_FAILED, EXIT_STOPPED = 1, 2
EXIT_STATUS_HELP = "Exit status: 0, all went well; 1, some pictures could not be had; 2, stopped, or not begun."
RESUME_HINT = "The same command goes on from here."
MAX_OUTPUT_LENGTH = 300  # characters of its path, which leaves room for the files' own names
# Options of every command, which say nothing of a crawl.
DJANGO_OPTIONS = {
    *("verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks", "stdout", "stderr")
}


class CrawlCommand(BaseCommand):
    """Base of the commands that crawl; each adds its source and calls `crawl`."""

    default_output = Path("datasets/vcg")

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, epilog=EXIT_STATUS_HELP, **options)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, default=self.default_output, help=f"default: {self.default_output}")
        parser.add_argument(
            "--pages", type=parse_page_range, default=(1, 0), help="3, 1-5, 2- (default: all there are)"
        )
        parser.add_argument(
            "--limit", type=build_number_parser(1, int), default=0, metavar="N", help="files a class and gender"
        )
        parser.add_argument(
            "--min-size",
            type=build_number_parser(1, int),
            default=256,
            metavar="N",
            help="least side in pixels (default: 256)",
        )
        parser.add_argument(
            "--max-mb", type=build_number_parser(0.01), default=12, metavar="MB", help="of a picture (default: 12)"
        )
        parser.add_argument(
            "--delay",
            type=build_number_parser(0),
            default=1.0,
            metavar="S",
            help="least seconds between requests to a host (default: 1); up to half as much is added at random",
        )
        parser.add_argument(
            "--workers",
            type=build_number_parser(1, int),
            default=4,
            metavar="N",
            help="downloads at a time (default: 4)",
        )
        parser.add_argument(
            "--allow-host",
            type=parse_host_and_port,
            nargs="+",
            default=[],
            metavar="HOST:PORT",
            help="of a mirror of yours",
        )
        parser.add_argument(
            "--backoff",
            type=build_number_parser(0),
            default=2.0,
            metavar="S",
            help="seconds before the second try (default: 2); then doubled",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be downloaded, and write nothing")
        parser.add_argument("--json", action="store_true", help="a line of JSON a set, and one for all")
        parser.add_argument("--retry", action="store_true", help="try again what server or line failed at before")
        page_group = parser.add_mutually_exclusive_group()
        page_group.add_argument("--resume", action="store_true", help="go on where the last crawl ended (the default)")
        page_group.add_argument("--fresh", action="store_true", help="ask again for pages that were read before")

    def crawl(
        self,
        source: CrawlSource,
        targets: Sequence[CrawlTarget],
        trusted_hosts: set[str],
        options: dict[str, Any],
    ) -> None:
        """Crawl, or list what would be crawled. Raise CommandError with the exit status, unless all went well."""
        plan, stopped = self._build_plan(source, targets, trusted_hosts, options), threading.Event()
        try:
            with self._interruptible(stopped):
                if options["dry_run"]:
                    for page in list_pages(plan, stopped):
                        line = json.dumps(page.as_dict(), ensure_ascii=False) if options["json"] else str(page)
                        self.stdout.write(line)
                    return
                progress = CrawlProgress(self.stdout, as_json=options["json"])
                message = run_crawl(plan, progress, stopped, _serialize_options(options))
        except (StoreLocked, CrawlStopped, OSError) as error:
            raise CommandError(f"Stopped: {error}", returncode=EXIT_STOPPED) from error
        self._report(progress, message, as_json=options["json"])

    def _build_plan(
        self,
        source: CrawlSource,
        targets: Sequence[CrawlTarget],
        trusted_hosts: set[str],
        options: dict[str, Any],
    ) -> CrawlPlan:
        output = options["output"].resolve()
        if len(str(output)) > MAX_OUTPUT_LENGTH:
            raise CommandError(f"--output: {output} is too long a path", returncode=EXIT_STOPPED)
        return CrawlPlan(
            source=source,
            targets=targets,
            output=output,
            client_options=ClientOptions(
                user_agent=self._build_user_agent(has_mirror=bool(trusted_hosts)),
                delay_seconds=options["delay"],
                backoff_seconds=options["backoff"],
                max_bytes=round(options["max_mb"] * 2**20),
            ),
            options=CrawlOptions(
                pages=options["pages"],
                limit=options["limit"],
                workers=options["workers"],
                reread_pages=options["fresh"],
                retry_failed=options["retry"],
            ),
            trusted_hosts=frozenset(trusted_hosts | set(options["allow_host"])),
            min_side_px=options["min_size"],
            max_hash_distance=settings.CRAWLER_SIMILAR_BITS,
        )

    def _build_user_agent(self, *, has_mirror: bool) -> str:
        contact = settings.CRAWLER_CONTACT
        if not contact and not has_mirror:
            self.stderr.write("Set CRAWLER_CONTACT to an address of yours, so that the site can reach you.")
        if not (contact.isascii() and contact.isprintable()):
            raise CommandError("CRAWLER_CONTACT is sent as it is: use plain ASCII on one line", returncode=EXIT_STOPPED)
        return f"AnimeGANStudioCrawler/1.0 (+{contact or 'no contact given'})"

    @contextmanager
    def _interruptible(self, stopped: threading.Event) -> Iterator[None]:
        """The first Ctrl-C lets what is under way come to its end; the second one does not."""

        def handle_signal(_number: int, _frame: object) -> None:
            if stopped_by_signal.is_set():
                self.stderr.write(f"Canceled. {RESUME_HINT}")
                os._exit(EXIT_STOPPED)  # without waiting for threads; what came is as safe as from any other end
            stopped_by_signal.set()
            stopped.set()
            self.stderr.write("Finishing what is under way; once more to break it off.")

        stopped_by_signal = threading.Event()
        earlier = {number: signal.signal(number, handle_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)

    def _report(self, progress: CrawlProgress, message: str, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({**vars(progress.total), "stopped": message or None}))
        else:
            self.stdout.write(progress.format_table())
        if message:
            raise CommandError(f"Stopped: {message} {RESUME_HINT}", returncode=EXIT_STOPPED)
        if failed := progress.total.failed:
            raise CommandError(f"{failed} pictures could not be had", returncode=EXIT_SOME_FAILED)


def _serialize_options(options: dict[str, Any]) -> dict[str, object]:
    """As JSON can hold them, without Django's own."""
    own = {name: value for name, value in options.items() if name not in DJANGO_OPTIONS}
    return {name: str(value) if isinstance(value, Path) else value for name, value in own.items()}

"""Collects pictures from other sources than VCG, into the same folders."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from crawler.arguments import class_name, gender_name
from crawler.command import STOPPED, CrawlCommand
from crawler.sources.urls import Urls
from crawler.targets import Target


class Command(CrawlCommand):
    help = "Collect pictures from a list of addresses. You need the right to use what you collect."
    default_output = Path("datasets/own")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", choices=("urls",))
        super().add_arguments(parser)
        parser.add_argument("--from-urls", type=Path, required=True, metavar="FILE", help="one address a line")
        parser.add_argument(
            "--class", dest="label", type=class_name, required=True, help="the class, which names the folder"
        )
        parser.add_argument("--gender", type=gender_name, default="any", help="the folder below it (default: any)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            source = Urls(options["from_urls"])
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['from_urls']} cannot be read: {error}", returncode=STOPPED) from error
        if not source.addresses:
            raise CommandError(f"{options['from_urls']} names no address", returncode=STOPPED)
        # Who writes addresses down means these hosts and ports; those in private networks have to be named.
        self.crawl(source, [Target(options["label"], "", options["gender"])], set(), options)

"""Collect pictures from other sources than VCG, into the same folders."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from crawler.arguments import parse_class_name, parse_gender_name
from crawler.command import EXIT_STOPPED, CrawlCommand
from crawler.sources.base import CrawlTarget
from crawler.sources.url_list import UrlListSource


class Command(CrawlCommand):
    help = "Collect pictures from a list of addresses. You need the right to use what you collect."
    default_output = Path("datasets/own")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", choices=("urls",))
        super().add_arguments(parser)
        parser.add_argument("--from-urls", type=Path, required=True, metavar="FILE", help="one address a line")
        parser.add_argument(
            "--class", dest="label", type=parse_class_name, required=True, help="the class, which names the folder"
        )
        parser.add_argument(
            "--gender", type=parse_gender_name, default="any", help="the folder below it (default: any)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            source = UrlListSource(options["from_urls"])
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['from_urls']} cannot be read: {error}", returncode=EXIT_STOPPED) from error
        if not source.urls:
            raise CommandError(f"{options['from_urls']} names no address", returncode=EXIT_STOPPED)
        # The hosts and ports of the list are allowed; those in private networks have to be named.
        self.crawl(source, [CrawlTarget(options["label"], "", options["gender"])], set(), options)

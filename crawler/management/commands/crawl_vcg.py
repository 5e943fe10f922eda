"""Collect pictures from VCG's creative search."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from crawler.arguments import parse_class_name, parse_url
from crawler.command import EXIT_STOPPED, CrawlCommand
from crawler.http.guard import parse_host_port
from crawler.sources.base import CrawlTarget
from crawler.sources.vcg import DEFAULT_PHRASES, GENDERS, SITE_URL, VcgSource


class Command(CrawlCommand):
    help = (
        "Collect pictures from www.vcg.com into class and gender folders. They are licensed stock: you need the right "
        "to use what you collect."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--class",
            type=parse_class_name,
            nargs="+",
            dest="labels",
            metavar="CLASS",
            help=f"default: {' '.join(DEFAULT_PHRASES)}",
        )
        parser.add_argument("--gender", nargs="+", choices=GENDERS, default=list(GENDERS), help="default: both")
        parser.add_argument("--phrase", help="search for these words, into the one class that --class names")
        parser.add_argument(
            "--people", choices=("1", "any"), default="1", help="how many people a picture shows (default: 1)"
        )
        parser.add_argument("--base-url", type=parse_url, default=SITE_URL, help="the site, or a mirror of it")

    def handle(self, *args: Any, **options: Any) -> None:
        genders = list(dict.fromkeys(options["gender"]))
        targets = [
            CrawlTarget(label, phrase, gender)
            for label, phrase in _choose_phrases(options).items()
            for gender in genders
        ]
        base_url = options["base_url"]
        trusted_hosts = set() if base_url == SITE_URL else {parse_host_port(base_url)}
        people = 0 if options["people"] == "any" else int(options["people"])
        self.crawl(VcgSource(base_url=base_url, people=people), targets, trusted_hosts, options)


def _choose_phrases(options: dict[str, Any]) -> dict[str, str]:
    """The words to search for, by class."""
    labels: list[str] = options["labels"] or list(DEFAULT_PHRASES)
    if options["phrase"] is not None:
        if not options["phrase"].strip():
            raise CommandError("--phrase has no words", returncode=EXIT_STOPPED)
        if options["labels"] is None or len(labels) != 1:
            raise CommandError("--phrase needs one --class, which names its folder", returncode=EXIT_STOPPED)
        return {labels[0]: options["phrase"].strip()}
    if unknown := [label for label in labels if label not in DEFAULT_PHRASES]:
        message = f"no words are known for {', '.join(unknown)}: give them with --phrase"
        raise CommandError(message, returncode=EXIT_STOPPED)
    return {label: DEFAULT_PHRASES[label] for label in labels}

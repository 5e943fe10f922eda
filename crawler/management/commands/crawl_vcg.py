"""Collects pictures from VCG's creative search."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from crawler.arguments import class_name, web_address
from crawler.command import STOPPED, CrawlCommand
from crawler.http.guard import place_of
from crawler.sources.vcg import HOME, Vcg
from crawler.targets import GENDERS, PHRASES, Target


class Command(CrawlCommand):
    help = (
        "Collect pictures from www.vcg.com into class and gender folders. They are licensed stock: you need the right "
        "to use what you collect."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--class",
            type=class_name,
            nargs="+",
            dest="labels",
            metavar="CLASS",
            help=f"default: {' '.join(PHRASES)}",
        )
        parser.add_argument("--gender", nargs="+", choices=GENDERS, default=list(GENDERS), help="default: both")
        parser.add_argument("--phrase", help="search for these words, into the one class that --class names")
        parser.add_argument(
            "--people", choices=("1", "any"), default="1", help="how many people a picture shows (default: 1)"
        )
        parser.add_argument("--base-url", type=web_address, default=HOME, help="the site, or a mirror of it")

    def handle(self, *args: Any, **options: Any) -> None:
        genders = list(dict.fromkeys(options["gender"]))
        targets = [Target(label, phrase, gender) for label, phrase in _phrases(options).items() for gender in genders]
        base = options["base_url"]
        trusted = set() if base == HOME else {place_of(base)}
        people = 0 if options["people"] == "any" else int(options["people"])
        self.crawl(Vcg(home=base, people=people), targets, trusted, options)


def _phrases(options: dict[str, Any]) -> dict[str, str]:
    """The words that are searched for, by their class."""
    labels: list[str] = options["labels"] or list(PHRASES)
    if options["phrase"] is not None:
        if not options["phrase"].strip():
            raise CommandError("--phrase has no words", returncode=STOPPED)
        if options["labels"] is None or len(labels) != 1:
            raise CommandError("--phrase needs one --class, which names its folder", returncode=STOPPED)
        return {labels[0]: options["phrase"].strip()}
    if unknown := [label for label in labels if label not in PHRASES]:
        known = f"no words are known for {', '.join(unknown)}: give them with --phrase"
        raise CommandError(known, returncode=STOPPED)
    return {label: PHRASES[label] for label in labels}

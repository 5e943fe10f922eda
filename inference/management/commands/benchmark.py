"""Speed of every back end and style on this machine, all from one run."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from inference.benchmark import measure
from inference.runtime import registry


class Command(BaseCommand):
    help = "Seconds, ratios to plain torch, matrix rate and memory at 512x512 pixels."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--repeats", type=int, default=5, help="the median of so many (default: 5)")
        parser.add_argument("--size", type=int, default=512, help="pixels, height and width (default: 512)")

    def handle(self, *args: Any, **options: Any) -> None:
        report = measure(
            registry().available(), settings.INFERENCE_CACHE_DIR, size=options["size"], repeats=options["repeats"]
        )
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=2))
            return
        for name, value in report.items():
            self.stdout.write(f"{name:<42} {value}")

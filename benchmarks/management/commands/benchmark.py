"""This project beside every other way to run these generators, on this machine, all in one run."""

import json
from argparse import ArgumentParser
from dataclasses import asdict, replace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from benchmarks.speed.measure import QUICK_PLAN, BenchmarkPlan, measure
from benchmarks.speed.table import format_lines
from inference.runtime import get_style_registry


class Command(BaseCommand):
    help = "Seconds, ratios, share of the matrix rate and peak memory at 512x512 pixels and of a 12-megapixel photo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--quick", action="store_true", help="tiny pictures and one turn: does it work at all?")
        parser.add_argument("--turns", type=int, help="the median of so many (default: 7)")
        parser.add_argument("--limit-mb", type=int, help="memory that a contestant may have (default: 12288)")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = QUICK_PLAN if options["quick"] else BenchmarkPlan()
        given = {name: options[name] for name in ("turns", "limit_mb") if options[name]}
        default = get_style_registry().get_available(settings.DEFAULT_STYLE)
        measurement = measure(default, replace(plan, **given), self.stderr.write)
        if options["json"]:
            self.stdout.write(json.dumps(asdict(measurement), indent=2))
            return
        for line in format_lines(measurement):
            self.stdout.write(line)

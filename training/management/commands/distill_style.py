"""Teaches the project's own small generator what a large one does."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import torch
from django.core.management.base import BaseCommand

from imaging.files import atomic_write
from inference.architectures import architectures_of_class
from training.data.teachers import TEACHERS
from training.losses import LPIPS
from training.management.commands._arguments import (
    add_number_arguments,
    add_weight_arguments,
    given_weights,
    run_or_command_error,
    select_fields,
)
from training.recipes.distill import DistillConfig, distill
from training.recipes.supervised import LOSSES

DEFAULTS = DistillConfig(photos=[], teacher_weights=Path(), out=Path())
COUNTS = ("steps", "batch_size", "crop", "seed", "checkpoint_interval", "held_out", "validation_size")


class Command(BaseCommand):
    help = "Train the compact network on a teacher's results; ends with a weights file, a log and a sample sheet."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--teacher", choices=TEACHERS, default=DEFAULTS.teacher)
        parser.add_argument("--teacher-weights", type=Path, required=True, metavar="FILE")
        parser.add_argument("--photos", type=Path, nargs="+", required=True, metavar="DIR")
        parser.add_argument("--more-photos", type=Path, nargs="*", default=[], metavar="DIR", help="none is held out")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="weights, as .safetensors")
        parser.add_argument("--run", type=Path, metavar="DIR", help="of checkpoint, log, sheet (default: runs/NAME)")
        parser.add_argument("--network", choices=architectures_of_class("CompactGenerator"), default=DEFAULTS.network)
        parser.add_argument("--start", type=Path, metavar="FILE", help="weights of a compact generator to begin with")
        parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint of the run")
        parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
        add_number_arguments(parser, int, COUNTS, DEFAULTS)
        add_number_arguments(parser, float, ("learning_rate", "distill_features_until"), DEFAULTS)
        add_weight_arguments(parser, [loss for loss in LOSSES if loss != LPIPS], DEFAULTS.weights)
        parser.add_argument("--sizes", type=int, nargs="+", default=list(DEFAULTS.sizes), help="pixels, long side")

    def handle(self, *args: Any, **options: Any) -> None:
        options["run"] = options["run"] or Path("runs") / options["out"].stem
        run_or_command_error(lambda: self._distill(options), checkpoint=options["run"] / "checkpoint.pt")
        self.stdout.write(self.style.SUCCESS(f"{options['out']} ({options['out'].stat().st_size / 1e6:.2f} MB)"))

    def _distill(self, options: dict[str, Any]) -> None:
        chosen = select_fields(options, DistillConfig) | {"sizes": tuple(options["sizes"]), "out": options["run"]}
        chosen["weights"] = given_weights(options, DEFAULTS.weights)
        options["out"].parent.mkdir(parents=True, exist_ok=True)
        weights = distill(DistillConfig(**chosen), resume=options["resume"], report=self.stdout.write)
        with atomic_write(options["out"]) as part:
            shutil.copyfile(weights, part)  # the run's folder may be on another disk
        weights.unlink()

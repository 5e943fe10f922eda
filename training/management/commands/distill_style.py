"""Teaches the project's own small generator what a large one does."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import torch
from django.core.management.base import BaseCommand, CommandError

from training.distill import NETWORKS, DistillSettings, distill
from training.teachers import TEACHERS

DEFAULTS = DistillSettings(photos=[], teacher_weights=Path(), out=Path())


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
        parser.add_argument("--network", choices=NETWORKS, default=DEFAULTS.network)
        parser.add_argument("--start", type=Path, metavar="FILE", help="weights of a compact generator to begin with")
        parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint of the run")
        parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
        for name in ("steps", "batch", "crop", "seed", "every", "held_out", "validation_size"):
            parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=getattr(DEFAULTS, name))
        for name in ("learning_rate", "gradient_weight", "ssim_weight", "adversarial_weight"):
            parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=getattr(DEFAULTS, name))
        parser.add_argument("--sizes", type=int, nargs="+", default=list(DEFAULTS.sizes), help="pixels, long side")

    def handle(self, *args: Any, **options: Any) -> None:
        names = DistillSettings.__dataclass_fields__.keys() & options.keys()
        chosen = {name: options[name] for name in names} | {"sizes": tuple(options["sizes"])}
        chosen["out"] = options["run"] or Path("runs") / options["out"].stem
        try:
            options["out"].parent.mkdir(parents=True, exist_ok=True)
            weights = distill(DistillSettings(**chosen), resume=options["resume"], report=self.stdout.write)
        except (OSError, KeyError, RuntimeError, ValueError, FloatingPointError) as error:
            raise CommandError(f"{type(error).__name__}: {error}") from error
        # By way of a copy beside it: the run's folder may be on another disk.
        part = options["out"].with_suffix(".part")
        shutil.move(weights, part)
        part.replace(options["out"])
        self.stdout.write(self.style.SUCCESS(f"{options['out']} ({options['out'].stat().st_size / 1e6:.2f} MB)"))

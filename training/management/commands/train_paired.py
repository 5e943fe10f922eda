"""Trains the project's small generator on pairs of a photo and its result."""

from pathlib import Path
from typing import Any

import torch
from django.core.management.base import BaseCommand, CommandParser

from inference.architectures import architectures_of_class
from training.management.commands._arguments import add_number_arguments, add_text_arguments, or_refuse, same_named
from training.recipes.paired import PairedSettings, train_paired
from training.style_package import StyleTexts

DEFAULTS = PairedSettings(pairs=[], out=Path())
COUNTS = ("steps", "batch", "seed", "every", "snapshots", "validation_size")
RATES = ("learning_rate", "encoder_rate", "ema", "zoom", "contrast", "dropout", "held_out")
WEIGHTS = (
    "gradient_weight",
    "ssim_weight",
    "patch_weight",
    "lpips_weight",
    "adversarial_weight",
    "feature_weight",
    "discriminator_rate",
    "lines_from",
    "adversarial_from",
)


class Command(BaseCommand):
    help = "Train styles on pairs, NAME_photo.jpg and NAME_anime.jpg; ends with a style package for each folder."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pairs", type=Path, nargs="+", required=True, metavar="DIR", help="each is a style")
        parser.add_argument(
            "--network", choices=architectures_of_class("CompactContextGenerator"), default=DEFAULTS.network
        )
        parser.add_argument("--start", type=Path, metavar="FILE", help="weights of a compact generator to begin with")
        parser.add_argument(
            "--out", type=Path, required=True, metavar="DIR", help="of checkpoint, log, sheet, packages"
        )
        parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint of the run")
        parser.add_argument("--snapshot", type=Path, metavar="FILE", help="only pack this average_STEP of the run")
        parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
        parser.add_argument("--sizes", type=int, nargs="+", default=list(DEFAULTS.sizes), help="pixels, long side")
        parser.add_argument("--split", type=Path, metavar="FILE", help="split.csv of a run, in place of --held-out")
        add_number_arguments(parser, int, COUNTS, DEFAULTS)
        add_number_arguments(parser, float, RATES, DEFAULTS)
        losses = parser.add_argument_group("losses (…-from: shares of the run)")
        losses.add_argument("--scale-weights", type=float, nargs="+", default=list(DEFAULTS.scale_weights), metavar="W")
        losses.add_argument("--lpips", type=Path, nargs=2, default=(), metavar="FILE", help="AlexNet, LPIPS's weights")
        add_number_arguments(losses, float, WEIGHTS, DEFAULTS)
        add_text_arguments(parser.add_argument_group("what the site says about the styles"))

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = same_named(options, PairedSettings)
        chosen |= {name: tuple(options[name]) for name in ("sizes", "scale_weights", "lpips")}
        chosen["texts"] = StyleTexts(**same_named(options, StyleTexts))
        how = {"resume": options["resume"], "snapshot": options["snapshot"], "report": self.stdout.write}
        checkpoint = options["out"] / "checkpoint.pt"
        for package in or_refuse(lambda: train_paired(PairedSettings(**chosen), **how), checkpoint=checkpoint):
            self.stdout.write(self.style.SUCCESS(f"{package}: install it with manage.py add_style {package}"))

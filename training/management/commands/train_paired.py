"""Trains the project's small generators on pairs of a photo and its result."""

from pathlib import Path
from typing import Any

import torch
from django.core.management.base import BaseCommand, CommandParser

from inference.architectures import architectures_of_class
from training.losses import FEATURE_DISTILLATION
from training.management.commands._arguments import (
    add_number_arguments,
    add_text_arguments,
    add_weight_arguments,
    given_weights,
    run_or_command_error,
    select_fields,
)
from training.recipes import paired
from training.recipes.paired import PairedConfig
from training.recipes.supervised import LOSSES
from training.style_package import StyleTexts

DEFAULTS = PairedConfig(pairs=[], out=Path())
COUNTS = ("steps", "batch_size", "seed", "checkpoint_interval", "snapshots", "validation_size")
RATES = ("learning_rate", "learning_rate_falls_from", "encoder_learning_rate_share")
SHARES = ("ema", "zoom", "contrast", "dropout", "held_out")
NETWORKS = [network for name in paired.NETWORK_CLASSES for network in architectures_of_class(name)]


class Command(BaseCommand):
    help = "Train styles on pairs, NAME_photo.jpg and NAME_anime.jpg; ends with a style package for each folder."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pairs", type=Path, nargs="+", required=True, metavar="DIR", help="each is a style")
        parser.add_argument("--network", choices=NETWORKS, default=DEFAULTS.network)
        parser.add_argument("--start", type=Path, metavar="FILE", help="weights to begin with, of such a network")
        parser.add_argument(
            "--out", type=Path, required=True, metavar="DIR", help="of checkpoint, log, sheet, packages"
        )
        parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint of the run")
        parser.add_argument("--snapshot", type=Path, metavar="FILE", help="only pack this average_STEP of the run")
        parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
        parser.add_argument("--sizes", type=int, nargs="+", default=list(DEFAULTS.sizes), help="pixels, long side")
        parser.add_argument("--split", type=Path, metavar="FILE", help="split.csv of a run, in place of --held-out")
        parser.add_argument(
            "--crop",
            type=int,
            default=DEFAULTS.crop,
            help="pixels: random crops at the pairs' own size, not whole ones",
        )
        parser.add_argument(
            "--styles-per-step",
            type=int,
            default=DEFAULTS.styles_per_step,
            help="of several, that a step sees crops of",
        )
        parser.add_argument(
            "--working-size", type=int, default=DEFAULTS.working_size, help="of the site (default: --validation-size)"
        )
        add_number_arguments(parser, int, COUNTS, DEFAULTS)
        add_number_arguments(parser, float, (*RATES, *SHARES), DEFAULTS)
        losses = parser.add_argument_group("losses (…-from: shares of the run)")
        losses.add_argument("--scale-weights", type=float, nargs="+", default=list(DEFAULTS.scale_weights), metavar="W")
        losses.add_argument("--lpips", type=Path, nargs=2, default=(), metavar="FILE", help="AlexNet, LPIPS's weights")
        # There is no teacher to learn features from.
        add_weight_arguments(losses, [loss for loss in LOSSES if loss != FEATURE_DISTILLATION], DEFAULTS.weights)
        names = ("discriminator_learning_rate", "lines_from", "adversarial_from")
        add_number_arguments(losses, float, names, DEFAULTS)
        add_text_arguments(parser.add_argument_group("what the site says about the styles"))

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = select_fields(options, PairedConfig)
        chosen |= {name: tuple(options[name]) for name in ("sizes", "scale_weights", "lpips")}
        chosen |= {"weights": given_weights(options, DEFAULTS.weights)}
        chosen["texts"] = StyleTexts(**select_fields(options, StyleTexts))
        how = {"resume": options["resume"], "snapshot": options["snapshot"], "report": self.stdout.write}
        checkpoint = options["out"] / "checkpoint.pt"
        for package in run_or_command_error(lambda: paired.train(PairedConfig(**chosen), **how), checkpoint=checkpoint):
            self.stdout.write(self.style.SUCCESS(f"{package}: install it with manage.py add_style {package}"))

"""Trains White-box Cartoonization on photos and cartoons."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from training.losses import WHITEBOX_PRESETS, WhiteboxWeights
from training.management.commands._arguments import (
    add_run_arguments,
    add_style_arguments,
    given_weights,
    or_refuse,
    same_named,
    style_options,
)


class Command(BaseCommand):
    help = "Train White-box Cartoonization; ends with a style package that manage.py add_style installs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_run_arguments(parser, batch=16)
        parser.add_argument("--start", type=Path, metavar="DIR", help="the run of pretrain_whitebox to begin with")
        parser.add_argument("--like", choices=WHITEBOX_PRESETS, help="whose weights (default: authors, or pyramid)")
        parser.add_argument(
            "--superpixels", choices=("slic", "selective"), default="slic", help="of the structure loss"
        )
        parser.add_argument("--steps", type=int, default=100_000)
        parser.add_argument("--rates", type=float, nargs=2, metavar="RATE", help="generator, discriminators")
        add_style_arguments(parser, WhiteboxWeights)

    def handle(self, *args: Any, **options: Any) -> None:
        from training.recipes import whitebox  # Fabric and TensorBoard take seconds to import

        like = options["like"] or ("authors" if options["perceptual"] == "vgg19" else "pyramid")
        weights = replace(WHITEBOX_PRESETS[like], **given_weights(options, WhiteboxWeights))
        chosen = same_named(options, whitebox.WhiteboxSettings) | style_options(options) | {"weights": weights}
        if options["rates"]:
            chosen["rates"] = tuple(options["rates"])
        or_refuse(
            lambda: whitebox.train(
                whitebox.WhiteboxSettings(**chosen), resume=options["resume"], report=self.stdout.write
            ),
            checkpoint=options["out"] / "checkpoint.pt",
        )

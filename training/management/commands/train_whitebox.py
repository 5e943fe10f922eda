"""Trains White-box Cartoonization on photos and cartoons."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from training.losses.representations import SUPERPIXEL_METHODS
from training.management.commands._arguments import (
    add_run_arguments,
    add_style_arguments,
    given_weights,
    option_strings,
    run_or_command_error,
    select_fields,
    style_options,
)
from training.recipes import whitebox
from training.recipes.whitebox import WhiteboxConfig


class Command(BaseCommand):
    help = "Train White-box Cartoonization; ends with a style package that manage.py add_style installs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_run_arguments(parser, WhiteboxConfig)
        parser.add_argument("--start", type=Path, metavar="DIR", help="the run of pretrain_whitebox to begin with")
        parser.add_argument("--like", choices=whitebox.PRESETS, help="whose weights (default: authors, or pyramid)")
        parser.add_argument(
            "--superpixels",
            choices=SUPERPIXEL_METHODS,
            default=WhiteboxConfig.superpixels,
            help="of the structure loss",
        )
        parser.add_argument("--steps", type=int, default=WhiteboxConfig.steps)
        parser.add_argument(
            *option_strings("learning_rates"), type=float, nargs=2, metavar="RATE", help="generator, discriminators"
        )
        add_style_arguments(parser, whitebox.WEIGHTS)

    def handle(self, *args: Any, **options: Any) -> None:
        like = options["like"] or ("authors" if options["perceptual"] == "vgg19" else "pyramid")
        chosen = select_fields(options, WhiteboxConfig) | style_options(options)
        chosen["weights"] = given_weights(options, whitebox.PRESETS[like])
        if options["learning_rates"]:
            chosen["learning_rates"] = tuple(options["learning_rates"])
        run_or_command_error(
            lambda: whitebox.train(WhiteboxConfig(**chosen), resume=options["resume"], report=self.stdout.write),
            checkpoint=options["out"] / "checkpoint.pt",
        )

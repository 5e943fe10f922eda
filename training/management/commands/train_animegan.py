"""Trains AnimeGAN or AnimeGANv2 on photos and anime pictures."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from training.losses import PRESETS, Weights
from training.management.commands._arguments import (
    add_run_arguments,
    add_style_arguments,
    given_weights,
    or_refuse,
    same_named,
    style_options,
)

STYLES = {1: ("1",), 2: ("hayao", "paprika", "shinkai")}


class Command(BaseCommand):
    help = "Train AnimeGAN (1) or AnimeGANv2 (2); ends with a style package that manage.py add_style installs."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django's own --version, which every command has, gives way to ours.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        add_run_arguments(parser, batch=12)
        parser.add_argument("--smooth", type=Path, metavar="DIR", help="its anime_smooth/; default: made as needed")
        parser.add_argument("--version", type=int, choices=STYLES, default=2, help="of AnimeGAN")
        parser.add_argument("--like", choices=STYLES[2], default="hayao", help="whose weights of losses (version 2)")
        parser.add_argument("--epochs", type=int, default=100)
        parser.add_argument("--first-epochs", type=int, help="for the content loss alone (default: 10; version 1: 1)")
        parser.add_argument(
            "--rates", type=float, nargs=3, metavar="RATE", help="first phase, generator, discriminator"
        )
        add_style_arguments(parser, Weights)

    def handle(self, *args: Any, **options: Any) -> None:
        from training.recipes import animegan  # Fabric and TensorBoard take seconds to import

        version = options["version"]
        preset = PRESETS["1" if version == 1 else options["like"]]
        own = {
            "weights": replace(preset, **given_weights(options, Weights)),
            "rates": tuple(options["rates"] or animegan.RATES[version]),
        }
        chosen = {"first_epochs": animegan.FIRST_EPOCHS[version]} | same_named(options, animegan.AnimeGANSettings)
        chosen |= style_options(options) | own
        or_refuse(
            lambda: animegan.train(
                animegan.AnimeGANSettings(**chosen), resume=options["resume"], report=self.stdout.write
            ),
            checkpoint=options["out"] / "checkpoint.pt",
        )

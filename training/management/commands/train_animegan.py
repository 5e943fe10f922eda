"""Trains AnimeGAN or AnimeGANv2 on photos and anime pictures."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from training.management.commands._arguments import (
    add_run_arguments,
    add_style_arguments,
    given_weights,
    option_strings,
    run_or_command_error,
    select_fields,
    style_options,
)
from training.recipes import animegan
from training.recipes.animegan import AnimeGANConfig

PRESETS_BY_VERSION = {1: ("1",), 2: ("hayao", "paprika", "shinkai")}


class Command(BaseCommand):
    help = "Train AnimeGAN (1) or AnimeGANv2 (2); ends with a style package that manage.py add_style installs."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django's own --version, which every command has, gives way to ours.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        add_run_arguments(parser, AnimeGANConfig)
        parser.add_argument("--smooth", type=Path, metavar="DIR", help="its anime_smooth/; default: made as needed")
        version = AnimeGANConfig.version
        parser.add_argument("--version", type=int, choices=PRESETS_BY_VERSION, default=version, help="of AnimeGAN")
        parser.add_argument(
            "--like", choices=PRESETS_BY_VERSION[2], default="hayao", help="whose weights of losses (version 2)"
        )
        parser.add_argument("--epochs", type=int, default=AnimeGANConfig.epochs)
        parser.add_argument(
            "--first-epochs",
            type=int,
            help="for the content loss alone (default: 10, version 1: 1, but half of the epochs at most)",
        )
        parser.add_argument(
            *option_strings("learning_rates"),
            type=float,
            nargs=3,
            metavar="RATE",
            help="first phase, generator, discriminator",
        )
        add_style_arguments(parser, animegan.WEIGHTS)

    def handle(self, *args: Any, **options: Any) -> None:
        version = options["version"]
        chosen = select_fields(options, AnimeGANConfig) | style_options(options)
        chosen["weights"] = given_weights(options, animegan.PRESETS["1" if version == 1 else options["like"]])
        chosen["learning_rates"] = tuple(options["learning_rates"] or animegan.LEARNING_RATES[version])
        run_or_command_error(lambda: self._train(chosen, options), checkpoint=options["out"] / "checkpoint.pt")

    def _train(self, chosen: dict[str, Any], options: dict[str, Any]) -> None:
        if options["resume"]:
            chosen.setdefault("first_epochs", animegan.read_first_epochs(options["out"], options["version"]))
        animegan.train(AnimeGANConfig(**chosen), resume=options["resume"], report=self.stdout.write)

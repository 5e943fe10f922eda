"""Makes what White-box Cartoonization starts from."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from training.management.commands._arguments import (
    add_run_arguments,
    option_strings,
    run_or_command_error,
    select_fields,
)
from training.recipes import whitebox_pretrain
from training.recipes.whitebox_pretrain import WhiteboxPretrainConfig


class Command(BaseCommand):
    help = "Train White-box Cartoonization's generator to draw photos, and a network to see landmarks of faces in them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_run_arguments(parser, WhiteboxPretrainConfig)
        parser.add_argument("--steps", type=int, default=WhiteboxPretrainConfig.steps)
        for name, network in (("learning_rate", "generator"), ("landmark_learning_rate", "landmark network")):
            default = getattr(WhiteboxPretrainConfig, name)
            parser.add_argument(*option_strings(name), type=float, default=default, help=f"of the {network}")
        parser.add_argument("--points", type=Path, metavar="FILE", help="landmarks by photo, as JSON; default: found")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = select_fields(options, WhiteboxPretrainConfig)
        run_or_command_error(
            lambda: whitebox_pretrain.pretrain(
                WhiteboxPretrainConfig(**chosen), resume=options["resume"], report=self.stdout.write
            ),
            checkpoint=options["out"] / "checkpoint.pt",
        )

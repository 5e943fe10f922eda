"""Trains AnimeGAN or AnimeGANv2 on photos and anime pictures."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch
from django.conf import settings as site
from django.core.management.base import BaseCommand, CommandError, CommandParser

from training.losses import PRESETS, Weights
from training.package import StyleTexts
from training.perceptual import CHOICES
from training.vgg import NAME

STYLES = {1: ("1",), 2: ("hayao", "paprika", "shinkai")}


class Command(BaseCommand):
    help = "Train AnimeGAN (1) or AnimeGANv2 (2); ends with a style package that manage.py add_style installs."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django's own --version, which every command has, gives way to ours.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--photos", type=Path, required=True, metavar="DIR", help="any, or prepare_dataset's photo/"
        )
        parser.add_argument("--anime", type=Path, required=True, metavar="DIR", help="any, or prepare_dataset's anime/")
        parser.add_argument("--smooth", type=Path, metavar="DIR", help="its anime_smooth/; default: made as needed")
        parser.add_argument("--out", type=Path, required=True, metavar="runs/NAME", help="NAME is the style's id, too")
        parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint of the run")
        parser.add_argument("--version", dest="generator", type=int, choices=STYLES, default=2, help="of AnimeGAN")
        parser.add_argument("--like", choices=STYLES[2], default="hayao", help="whose weights of losses (version 2)")
        parser.add_argument("--perceptual", choices=CHOICES, default="vgg19", help="pyramid, none: need no download")
        parser.add_argument("--vgg19", type=Path, metavar="FILE", help="default: weights/" + NAME)
        parser.add_argument("--epochs", type=int, default=100)
        parser.add_argument("--first-epochs", type=int, default=10, help="of them, for the content loss alone")
        parser.add_argument("--batch", type=int, default=12, help="pictures a step, of each process")
        parser.add_argument("--size", type=int, default=256, help="pixels of a picture's side")
        parser.add_argument(
            "--rates", type=float, nargs=3, metavar="RATE", help="first phase, generator, discriminator"
        )
        parser.add_argument("--every", type=int, default=200, help="steps between checkpoints, rows of the log, sheets")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
        parser.add_argument("--precision", choices=("32-true", "bf16-mixed"), default="32-true")
        parser.add_argument("--processes", type=int, default=1, help="on this machine; one a GPU")
        parser.add_argument("--machines", type=int, default=1, help="see docs/training.md")
        parser.add_argument("--cache", type=Path, default=Path("runs/cache"), metavar="DIR", help="of resized pictures")
        losses = parser.add_argument_group("weights of losses, in place of the published ones")
        for loss in fields(Weights):
            losses.add_argument(f"--{loss.name.replace('_', '-')}-weight", type=float, metavar="W")
        texts = parser.add_argument_group("what the site says about the style")
        texts.add_argument("--title", default="", help="default: the name of the run")
        texts.add_argument("--description", default="")
        texts.add_argument("--subject", choices=("any", "face", "scenery"), default="any")
        texts.add_argument("--licence", default="", help="add_style wants one")
        texts.add_argument("--licence-url", default="", metavar="URL")

    def handle(self, *args: Any, **options: Any) -> None:
        from training.animegan import train  # Fabric and TensorBoard take seconds to import

        try:
            train(_settings(options), resume=options["resume"], report=self.stdout.write)
        except (OSError, KeyError, RuntimeError, ValueError, FloatingPointError) as error:
            raise CommandError(f"{type(error).__name__}: {error}") from error


def _settings(options: dict[str, Any]) -> Any:
    from training.animegan import RATES, AnimeGANSettings

    version = options["generator"]
    given = {loss.name: options[f"{loss.name}_weight"] for loss in fields(Weights)}
    changed = {name: weight for name, weight in given.items() if weight is not None}
    direct = {field.name for field in fields(AnimeGANSettings)} - {"version", "weights", "rates", "vgg19", "texts"}
    return AnimeGANSettings(
        version=version,
        weights=replace(PRESETS["1" if version == 1 else options["like"]], **changed),
        rates=tuple(options["rates"] or RATES[version]),
        vgg19=options["vgg19"] or Path(site.WEIGHTS_DIR) / NAME,
        texts=StyleTexts(**{field.name: options[field.name] for field in fields(StyleTexts)}),
        **{name: options[name] for name in direct & options.keys()},
    )

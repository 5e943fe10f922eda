"""What the commands that train have in common: their options, and how they answer."""

from argparse import ArgumentParser, ArgumentTypeError, _ActionsContainer
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar, get_args

import torch
from django.conf import settings as site
from django.core.management.base import CommandError

from imaging.errors import ImagingError
from imaging.urls import is_web_url
from inference.styles import SUBJECTS
from inference.vgg19 import VGG19_FILE_NAME
from training.config import Precision, TrainConfig, UnpairedConfig
from training.losses import Loss
from training.losses.perceptual import PERCEPTUAL_CHOICES
from training.run_settings import LEGACY_FIELDS, LEGACY_WEIGHTS
from training.style_package import StyleTexts

T = TypeVar("T")


def option_strings(field: str) -> list[str]:
    """Return the option of a setting, and its other spellings: those that earlier versions had stay valid."""
    names = [field, *(old for old, new in LEGACY_FIELDS.items() if new == field)]
    return [f"--{name.replace('_', '-')}" for name in names]


def weight_option_strings(name: str) -> list[str]:
    """Return the option of the weight of a loss, and its other spellings."""
    names = [name, *(old for old, new in LEGACY_WEIGHTS.items() if new == name)]
    return [f"--{one.replace('_', '-')}-weight" for one in names]


def add_run_arguments(parser: ArgumentParser, kind: type[UnpairedConfig]) -> None:
    """Add pictures, the run's folder, sizes, and where it runs; the defaults are those of the settings."""
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="any, or prepare_dataset's photo/")
    parser.add_argument("--out", type=Path, required=True, metavar="runs/NAME", help="NAME is the style's id, too")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint of the run")
    parser.add_argument(
        *option_strings("batch_size"), type=int, default=kind.batch_size, help="pictures a step, of each process"
    )
    parser.add_argument("--size", type=int, default=kind.size, help="pixels of a picture's side")
    parser.add_argument(
        *option_strings("checkpoint_interval"),
        type=int,
        default=kind.checkpoint_interval,
        help="steps between checkpoints, rows of the log, sheets",
    )
    parser.add_argument("--seed", type=int, default=kind.seed)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--precision", choices=get_args(Precision), default=kind.precision)
    parser.add_argument("--processes", type=int, default=kind.processes, help="on this machine; one a GPU")
    parser.add_argument("--machines", type=int, default=kind.machines, help="see docs/training.md")
    parser.add_argument("--cache", type=Path, default=kind.cache, metavar="DIR", help="of resized pictures")


def add_style_arguments(parser: ArgumentParser, weights: Mapping[str, float]) -> None:
    """Add what a style is learned from and by; `weights` are those of the losses, by name."""
    parser.add_argument("--anime", type=Path, required=True, metavar="DIR", help="any, or prepare_dataset's anime/")
    parser.add_argument(
        "--perceptual",
        choices=PERCEPTUAL_CHOICES,
        default=UnpairedConfig.perceptual,
        help="pyramid, none: need no download",
    )
    parser.add_argument("--vgg19", type=Path, metavar="FILE", help="default: weights/" + VGG19_FILE_NAME)
    parser.add_argument(
        "--discriminator-width",
        type=int,
        default=UnpairedConfig.discriminator_width,
        help="channels of its first layer",
    )
    losses = parser.add_argument_group("weights of losses, in place of the published ones")
    for name in weights:
        losses.add_argument(*weight_option_strings(name), type=float, metavar="W")
    texts = parser.add_argument_group("what the site says about the style")
    texts.add_argument("--title", default="", help="default: the name of the run")
    add_text_arguments(texts)


def add_face_style_argument(parser: _ActionsContainer) -> None:
    """Add the style that converts the faces of a photo before a teacher converts the whole."""
    parser.add_argument(
        "--under", "--face-style", dest="face_style", metavar="ID_OR_FILE", help="this one converts the faces first"
    )


def add_text_arguments(parser: _ActionsContainer) -> None:
    """Add what the site says about a style, but for its title."""
    parser.add_argument("--description", default="")
    parser.add_argument("--subject", choices=SUBJECTS, default=StyleTexts.subject)
    parser.add_argument(*option_strings("license"), default="", help="add_style wants one")
    parser.add_argument(*option_strings("license_url"), default="", type=web_url, metavar="URL")


def web_url(text: str) -> str:
    """Return the value of an option that becomes a link. Raise ArgumentTypeError for what `add_style` would refuse."""
    if text and not is_web_url(text):
        raise ArgumentTypeError(f"{text!r} is no http or https URL")
    return text


def add_number_arguments(parser: _ActionsContainer, kind: type, names: Iterable[str], defaults: object) -> None:
    """Add options of int or float that are named as the settings `defaults` name them, and have their values."""
    for name in names:
        parser.add_argument(*option_strings(name), type=kind, default=getattr(defaults, name))


def add_weight_arguments(parser: _ActionsContainer, losses: Iterable[Loss], defaults: Mapping[str, float]) -> None:
    """Add an option for the weight of each loss."""
    for loss in losses:
        parser.add_argument(*weight_option_strings(loss.name), type=float, default=defaults[loss.name])


def given_weights(options: Mapping[str, Any], weights: Mapping[str, float]) -> dict[str, float]:
    """Return the `weights`, with those in place of them that the options give."""
    given = {name: options.get(f"{name}_weight") for name in weights}
    return {**weights, **{name: weight for name, weight in given.items() if weight is not None}}


def style_options(options: dict[str, Any]) -> dict[str, Any]:
    """Return what `add_style_arguments` asked for, but for the weights, as settings."""
    return {
        "vgg19": options["vgg19"] or Path(site.WEIGHTS_DIR) / VGG19_FILE_NAME,
        "texts": StyleTexts(**select_fields(options, StyleTexts)),
    }


def select_fields(options: dict[str, Any], kind: type[TrainConfig] | type[StyleTexts]) -> dict[str, Any]:
    """Return the options that are fields by the same name, and were given or have a default."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in options.items() if name in names and value is not None}


def run_or_command_error(work: Callable[[], T], *, checkpoint: Path | None = None) -> T:
    """Return what `work` does. Raise CommandError, a message and an exit status, where it cannot be done or goes wrong.

    After Ctrl-C, too, with the status that a shell gives; it says whether there is a checkpoint to go on from.
    """
    try:
        return work()
    except KeyboardInterrupt:
        where = ""
        if checkpoint:
            has_one = checkpoint.exists()
            where = f": --resume goes on from {checkpoint}" if has_one else f": {checkpoint} was not yet written"
        raise CommandError(f"stopped{where}", returncode=130) from None
    except (ImagingError, OSError, KeyError, RuntimeError, ValueError, FloatingPointError) as error:
        raise CommandError(f"{type(error).__name__}: {error}") from error

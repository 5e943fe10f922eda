"""The settings that a run was made with, read back from its folder.

A run of this version has them in `config.json`. Earlier ones had them in the checkpoint as text, each value as `str`
made it: `_parse_legacy` reads that, by the types of the fields that the settings have now.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from django.utils.module_loading import import_string

from training.checkpoints import describe_changes
from training.config import TrainConfig, flatten_settings, read_config, to_json, typed_fields
from training.losses import LOSSES
from training.style_package import StyleTexts

CONFIGS = {
    "train_animegan": "training.recipes.animegan.AnimeGANConfig",
    "train_whitebox": "training.recipes.whitebox.WhiteboxConfig",
    "pretrain_whitebox": "training.recipes.whitebox_pretrain.WhiteboxPretrainConfig",
    "train_paired": "training.recipes.paired.PairedConfig",
    "distill_style": "training.recipes.distill.DistillConfig",
}
LEGACY_FIELDS = {
    "batch": "batch_size",
    "every": "checkpoint_interval",
    "rates": "learning_rates",
    "rate": "learning_rate",
    "landmark_rate": "landmark_learning_rate",
    "discriminator_rate": "discriminator_learning_rate",
    "encoder_rate": "encoder_learning_rate_share",
    "hints_until": "distill_features_until",
    "licence": "license",
    "licence_url": "license_url",
}
LEGACY_WEIGHTS = {alias: loss.name for loss in LOSSES for alias in loss.aliases} | {"grey": "gray"}


def config_class(command: str) -> type[TrainConfig]:
    """Return the settings of the runs that a management command makes. Raise KeyError for another command."""
    found: type[TrainConfig] = import_string(CONFIGS[command])
    return found


def read_settings(run: Path, state: Mapping[str, Any], columns: set[str]) -> tuple[str, dict[str, Any]]:
    """Return the command that made a run and what is known of its settings, by field and typed.

    `state`: its checkpoint; `columns`: those of its log, by which earlier versions' commands are told. Raise
    ValueError, naming the file, for a damaged config.json.
    """
    values = read_config(run)
    if values is not None:
        command = str(values["command"])
        with _bad_settings(run):
            return command, typed_fields(config_class(command), values) if command in CONFIGS else {}
    told: Mapping[str, str] = state.get("legacy_settings", {})
    command = _legacy_command(told, columns)
    if command not in CONFIGS:
        return command, {}
    if told:
        with _bad_settings(run):
            return command, _parse_legacy(config_class(command), told)
    return command, {name: state["data"][name] for name in ("size", "seed") if name in state.get("data", {})}


@contextmanager
def _bad_settings(run: Path) -> Iterator[None]:
    try:
        yield
    except (TypeError, ValueError, KeyError, SyntaxError, AttributeError) as error:
        raise ValueError(f"{run}: its settings are not ones that this program can read ({error})") from error


def describe_config_changes(config: TrainConfig, state: Mapping[str, Any]) -> list[str]:
    """Return a line for each setting that was another when the run was begun or last resumed.

    Raise ValueError, naming the folder, for settings that cannot be read.
    """
    values, kind = read_config(config.out), type(config)
    if values is None and "legacy_settings" not in state:
        return ["made by an earlier version: whether settings and pictures are the same is not known"]
    with _bad_settings(config.out):
        before = typed_fields(kind, values) if values is not None else _parse_legacy(kind, state["legacy_settings"])
        flat = to_json(flatten_settings(kind, before))
    now = to_json(config.flatten())
    known = {name: value for name, value in flat.items() if name in now}
    return describe_changes(known, {name: now[name] for name in known})


def _legacy_command(told: Mapping[str, str], columns: set[str]) -> str:
    """Return the command of a run of an earlier version; adversarial ones of the last told it."""
    if "command" in told:
        return told["command"]
    if "pairs" in told:
        return "train_paired"
    if "teacher" in told:
        return "distill_style"
    if "location" in columns:
        return "pretrain_whitebox"
    return "train_whitebox" if "surface" in columns else "train_animegan"


def _parse_legacy(kind: type[TrainConfig], told: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings that an earlier version kept as text, by the names and types that they have now."""
    hints = get_type_hints(kind)
    names = {one.name for one in fields(kind)}
    text_names = {one.name for one in fields(StyleTexts)} if "texts" in names else set()
    values: dict[str, Any] = {}
    weights: dict[str, float] = {}
    texts: dict[str, str] = {}
    for old_name, text in told.items():
        name = LEGACY_FIELDS.get(old_name, old_name)
        if old_name.endswith("_weight"):
            loss = old_name.removesuffix("_weight")
            weights[LEGACY_WEIGHTS.get(loss, loss)] = float(text)
        elif name in names and name != "texts":
            values[name] = parse_legacy_value(hints[name], text)
        elif name in text_names:
            texts[name] = text
    return values | ({"weights": weights} if weights else {}) | ({"texts": StyleTexts(**texts)} if texts else {})


def parse_legacy_value(kind: Any, text: str) -> Any:
    """Return what `str` made of a setting of the annotated type `kind`. Raise ValueError or SyntaxError for another."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if text == "None" else parse_legacy_value(next(a for a in arguments if a is not NoneType), text)
    if origin in (list, tuple) and arguments[0] is Path:
        return origin(Path(path) for _, path in re.findall(r"""Path\((['"])(.*?)\1\)""", text))
    if origin is not None and origin in (list, tuple, dict):
        return ast.literal_eval(text)
    return kind(text) if kind in (int, float, str, Path) else text

"""The command that a run was started with, told from what the run knows of its settings."""

import ast
from argparse import Action
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import Any

from django.core.management import get_commands, load_command_class

from training.losses import PRESETS, WHITEBOX_PRESETS
from training.report.stages import paths_in


def name_of(settings: Mapping[str, Any], columns: set[str]) -> str:
    """Which command makes runs with these settings and columns in the log; adversarial runs of now tell it."""
    if "command" in settings:
        return str(settings["command"])
    if "pairs" in settings:
        return "train_paired"
    if "teacher" in settings:
        return "distill_style"
    if "location" in columns:
        return "pretrain_whitebox"
    return "train_whitebox" if "surface" in columns else "train_animegan"


def _with_like(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with `like` in place of published weights of losses: those that most of the run's are."""
    best: tuple[int, dict[str, Any]] = (0, dict(settings))
    for like, weights in (PRESETS | WHITEBOX_PRESETS).items():
        published = {f"{loss}_weight": str(weight) for loss, weight in asdict(weights).items()}
        if published.keys() <= settings.keys() and (like == "1") == (settings.get("version") == "1"):
            others = dict(settings.items() - published.items())
            chosen = {} if like == "1" else {"like": like}  # the first version has no choice
            best = max(best, (len(settings) - len(others), others | chosen), key=lambda one: one[0])
    return best[1]


def _shown(path: Path) -> str:
    """Without what is only of the machine that it ran on."""
    return path.name if path.is_absolute() or ".." in path.parts else str(path)


def _words(value: Any, action: Action) -> list[str]:
    text = str(value)
    if action.type is Path:
        return [_shown(path) for path in paths_in(text)]
    if action.nargs and text[:1] in ("(", "["):
        return [str(part) for part in ast.literal_eval(text)]
    return [text]


def _options(action: Action, settings: Mapping[str, Any]) -> Iterator[str]:
    if action.dest in settings:
        words = _words(settings[action.dest], action)
        if words != _words(action.default, action):
            yield from (action.option_strings[-1], *map(quote, words))
    elif action.required:
        yield from (action.option_strings[-1], "…")


def command_line(run: Path, settings: Mapping[str, Any], columns: set[str]) -> str:
    """With every option that is not as it is by default; "…" stands for what the run does not know.

    Empty where this version has no such command.
    """
    name = name_of(settings, columns)
    if get_commands().get(name) != "training":
        return ""
    parser = load_command_class("training", name).create_parser("manage.py", name)
    known = {option: value for option, value in _with_like(settings).items() if value not in ("None", "[]", "()")}
    known["out"] = f"{run.name}.safetensors" if name == "distill_style" else f"runs/{run.name}"
    actions = sorted((one for one in parser._actions if one.option_strings), key=lambda one: not one.required)
    words = [word for action in actions for word in _options(action, known)]
    return " ".join(["manage.py", name, *words])

"""The command that a run was started with, told from what is known of its settings."""

from argparse import Action
from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from django.core.management import get_commands, load_command_class

from training.config import flatten_settings
from training.recipes import animegan, whitebox
from training.run_settings import CONFIGS, config_class

PRESETS = {"train_animegan": animegan.PRESETS, "train_whitebox": whitebox.PRESETS}


def _with_preset(command: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with `like` in place of published weights of losses: those that most of the run's are."""
    best: tuple[int, dict[str, Any]] = (0, dict(settings))
    weights: Mapping[str, float] = settings.get("weights", {})
    for like, preset in PRESETS.get(command, {}).items():
        if preset.keys() <= weights.keys() and (like == "1") == (settings.get("version") == 1):
            others = {name: weight for name, weight in weights.items() if preset.get(name) != weight}
            chosen = {} if like == "1" else {"like": like}  # the first version has no choice
            candidate = (len(weights) - len(others), {**settings, "weights": others} | chosen)
            best = max(best, candidate, key=lambda one: one[0])
    return best[1]


def _without_machine(path: Path) -> str:
    """Return a path without what is only of the machine that it was on."""
    return path.name if path.is_absolute() or ".." in path.parts else str(path)


def _words(value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return [word for one in value for word in _words(one)]
    return [_without_machine(value) if isinstance(value, Path) else str(value)]


def _options(action: Action, settings: Mapping[str, Any]) -> Iterator[str]:
    if action.dest in settings:
        words = _words(settings[action.dest])
        if words != _words(action.default):
            yield from (action.option_strings[0], *map(quote, words))
    elif action.required:
        yield from (action.option_strings[0], "…")


def command_line(run: Path, command: str, settings: Mapping[str, Any]) -> str:
    """Return it with every option that is not as it is by default; "…" stands for what is not known of the run.

    `settings`: those that are known, by field. Empty where this version has no such command.
    """
    if command not in CONFIGS or get_commands().get(command) != "training":
        return ""
    parser = load_command_class("training", command).create_parser("manage.py", command)
    flat = flatten_settings(config_class(command), _with_preset(command, settings))
    known = {name: value for name, value in flat.items() if value is not None and value not in ([], (), {})}
    known["out"] = f"{run.name}.safetensors" if command == "distill_style" else f"runs/{run.name}"
    actions = sorted((one for one in parser._actions if one.option_strings), key=lambda one: not one.required)
    words = [word for action in actions for word in _options(action, known)]
    return " ".join(["manage.py", command, *words])

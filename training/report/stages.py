"""The generator of a run as it was at several steps: at the start, in its snapshots, at the end."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from inference.architectures import build_network, detect_architecture
from inference.architectures.styled import StyledNetwork
from inference.checkpoints import load_generator, read_state_dict
from inference.errors import BadWeights
from inference.styles import read_manifest
from training.checkpoints import brief
from training.recipes.distill import DistillSettings
from training.recipes.paired import PairedSettings
from training.recipes.supervised import SupervisedSettings
from training.style_package import style_id

State = dict[str, Tensor]


@dataclass(frozen=True)
class Stage:
    """Generators of RGB [N,3,H,W] in [-1,1] after so many steps, by style."""

    step: int
    networks: dict[str, nn.Module]


def paths_in(text: str) -> list[Path]:
    """The paths in what `str` makes of one, or of a list or tuple of some."""
    listed = [path for _, path in re.findall(r"""Path\((['"])(.*?)\1\)""", text)]
    return [Path(path) for path in listed or [text]]


def _settings(told: dict[str, str]) -> SupervisedSettings | None:
    """As far as they say what the generator was at the start; None for runs that do not tell."""
    if not {"widths", "seed"} <= told.keys():
        return None
    start = None if told["start"] == "None" else Path(told["start"])
    same: dict[str, Any] = {"out": Path(), "seed": int(told["seed"]), "start": start, "network": told["network"]}
    same["widths"] = ast.literal_eval(told["widths"])
    if "teacher" in told:
        return DistillSettings(photos=[], teacher_weights=Path(), **same)
    return PairedSettings(pairs=paths_in(told["pairs"]), dropout=float(told["dropout"]), **same)


def _start(settings: SupervisedSettings) -> nn.Module:
    """As `supervised.Run` begins. Raises BadWeights where the weights to begin with are gone."""
    torch.manual_seed(settings.seed)
    return settings.build()


def _like(state: State) -> nn.Module:
    """The network that has these tensors. Raises ValueError."""
    architecture = detect_architecture(state)
    if architecture is None:
        raise ValueError("the checkpoint is of no network that this project knows")
    return build_network(architecture)


def _filled(state: State, settings: SupervisedSettings | None) -> nn.Module:
    network = replace(settings, start=None).build() if settings else _like(state)
    network.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    return network


def _snapshots(run: Path, checkpoint: dict[str, Any]) -> Iterator[tuple[int, State]]:
    files = {int(path.stem.split("_")[1]): path for path in run.glob("average_*.safetensors")}
    for step in sorted(files):
        yield step, read_state_dict(files[step])
    if checkpoint["step"] not in files:
        yield checkpoint["step"], checkpoint["average"]


def _by_style(network: nn.Module, styles: list[str]) -> dict[str, nn.Module]:
    network = network.eval().requires_grad_(False)
    if isinstance(network, StyledNetwork):
        return {style: network.single(number).eval() for number, style in enumerate(styles)}
    return {styles[0]: network}


def _packaged(run: Path, step: int) -> list[Stage]:
    manifests = sorted(run.glob("package/**/manifest.json"))
    styles = [style for path in manifests for style in read_manifest(path).values()]
    return [Stage(step, {style.id: load_generator(style) for style in styles})] if styles else []


def stages_of(run: Path, checkpoint: dict[str, Any], last_step: int) -> list[Stage]:
    """All stages that the run has kept, the earliest first; of a run without a checkpoint, its packages.

    Raises ValueError or BadWeights for files that cannot be used, and where there are none.
    """
    if not checkpoint:
        stages = _packaged(run, last_step)
        if not stages:
            raise ValueError(f"{run}: neither checkpoint.pt nor a package to show results of")
        return stages
    try:
        settings = _settings(checkpoint.get("settings", {}))
        styles = list(settings.styles) if isinstance(settings, PairedSettings) else [style_id(run.name)]
        stages = [
            Stage(step, _by_style(_filled(state, settings), styles)) for step, state in _snapshots(run, checkpoint)
        ]
    except (KeyError, RuntimeError, SyntaxError, ValueError) as error:
        raise ValueError(f"{run}: not a run that this program can read ({brief(error)})") from error
    try:
        first = [Stage(0, _by_style(_start(settings), styles))] if settings else []
    except BadWeights:  # the results at step 0 are nice to have; all others do not need these weights
        first = []
    return [*first, *stages]

"""The generator of a run as it was at several steps: at the start, in its snapshots, at the end."""

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
from training.checkpoints import summarize_error
from training.config import TrainConfig
from training.recipes.paired import PairedConfig
from training.recipes.supervised import SupervisedConfig
from training.run_settings import CONFIGS, config_class
from training.style_package import make_style_id

State = dict[str, Tensor]


@dataclass(frozen=True)
class Stage:
    """Generators of RGB [N,3,H,W] in [-1,1] after so many steps, by style."""

    step: int
    networks: dict[str, nn.Module]


def _start_config(command: str, settings: dict[str, Any]) -> SupervisedConfig | None:
    """Return the settings that a run on pairs builds its generator by; None for others, and where too few are known."""
    kind = config_class(command) if command in CONFIGS else TrainConfig
    if not issubclass(kind, SupervisedConfig) or not {"widths", "seed", "network"} <= settings.keys():
        return None
    return kind(**settings | {"out": Path()})


def _build_start(config: SupervisedConfig) -> nn.Module:
    """Return the generator as the run began with it. Raise BadWeights where the weights to begin with are gone."""
    torch.manual_seed(config.seed)
    return config.build()


def _build_by_shape(state: State) -> nn.Module:
    """Return the network that has these tensors. Raise ValueError where there is none."""
    architecture = detect_architecture(state)
    if architecture is None:
        raise ValueError("the checkpoint is of no network that this project knows")
    return build_network(architecture)


def _load_generator(state: State, config: SupervisedConfig | None) -> nn.Module:
    network = replace(config, start=None).build() if config else _build_by_shape(state)
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
        return {style: network.to_single_style(number).eval() for number, style in enumerate(styles)}
    return {styles[0]: network}


def _packaged(run: Path, step: int) -> list[Stage]:
    manifests = sorted(run.glob("package/**/manifest.json"))
    styles = [style for path in manifests for style in read_manifest(path).values()]
    return [Stage(step, {style.id: load_generator(style) for style in styles})] if styles else []


def load_stages(
    run: Path, checkpoint: dict[str, Any], last_step: int, command: str, settings: dict[str, Any]
) -> list[Stage]:
    """Return all stages that the run has kept, the earliest first; of a run without a checkpoint, its packages.

    Raise ValueError or BadWeights for files that cannot be used, and where there are none.
    """
    if not checkpoint:
        stages = _packaged(run, last_step)
        if not stages:
            raise ValueError(f"{run}: neither checkpoint.pt nor a package to show results of")
        return stages
    try:
        config = _start_config(command, settings)
        styles = list(config.styles) if isinstance(config, PairedConfig) else [make_style_id(run.name)]
        stages = [
            Stage(step, _by_style(_load_generator(state, config), styles))
            for step, state in _snapshots(run, checkpoint)
        ]
    except (KeyError, RuntimeError, SyntaxError, TypeError, ValueError) as error:
        raise ValueError(f"{run}: not a run that this program can read ({summarize_error(error)})") from error
    try:
        first = [Stage(0, _by_style(_build_start(config), styles))] if config else []
    except BadWeights:  # the results at step 0 are nice to have; all others do not need these weights
        first = []
    return [*first, *stages]

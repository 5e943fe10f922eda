"""What every run of training does alike: files that are whole, averages of weights, and stopping in time."""

import math
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from imaging.files import atomic_write
from inference.checkpoints import read_state_dict


def save_state(state: dict[str, Any], path: Path) -> None:
    """Write a checkpoint beside `path`, then rename: a kill leaves the old one or the new one."""
    with atomic_write(path) as part:
        torch.save(state, part)


def refuse_to_begin_again(checkpoint: Path, *, resume: bool) -> None:
    """Raises ValueError where a run is there that is not to be resumed: it may be days of work."""
    if checkpoint.exists() and not resume:
        raise ValueError(f"{checkpoint} is there already: go on from it with --resume, or give the run another folder")


@contextmanager
def taking_up(path: Path, *, of: str = "") -> Iterator[None]:
    """Whatever is wrong with the checkpoint that is read here is a ValueError that names it."""
    try:
        yield
    except FileNotFoundError:
        raise ValueError(f"{path}: no such file") from None
    except (pickle.UnpicklingError, EOFError, LookupError, TypeError, ValueError, RuntimeError) as error:
        # torch raises many kinds for a file of something else
        raise ValueError(f"{path}: not a checkpoint{of} ({brief(error)})") from error


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What `save_state` wrote, on the CPU; no code in it runs. Raises ValueError, naming the file, for another file."""
    with taking_up(path):
        state = torch.load(path, map_location="cpu", weights_only=True)
        if not isinstance(state, dict):
            raise TypeError(f"a {type(state).__name__}")
    return state


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What is another now than it was."""
    return [f"{name} is {now[name]}, was {before.get(name)}" for name in now if now[name] != before.get(name)]


def brief(error: Exception) -> str:
    """What an error says, on one line: torch lists every tensor that does not fit on one of its own."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def save_weights(network: nn.Module, path: Path, metadata: dict[str, str]) -> None:
    """Half precision safetensors, written beside `path` and renamed."""
    state = {name: tensor.half().contiguous().cpu() for name, tensor in network.state_dict().items()}
    with atomic_write(path) as part:
        part.write_bytes(save(state, metadata=metadata))  # save_file() would make it readable to its owner only


def begin_with(network: nn.Module, weights: Path, least: nn.Module) -> None:
    """Fill in the weights of another run: all those of `least` must be there, and none that have no place.

    Raises BadWeights, or ValueError, naming the file.
    """
    try:
        state = {name: tensor.float() for name, tensor in read_state_dict(weights).items()}
        missing, unknown = network.load_state_dict(state, strict=False)
    except RuntimeError as error:
        detail = str(error).splitlines()[-1].strip()
        raise ValueError(f"{weights}: of another shape than this --network ({detail})") from error
    if unknown or set(missing) & least.state_dict().keys():
        raise ValueError(f"{weights}: not of a compact generator")


def update_average(average: nn.Module, network: nn.Module, step: int, ema: float) -> None:
    """Move the running average of the weights a share of 1 - `ema` towards the network; faster at the start."""
    share = 1 - min(ema, (step + 1) / (step + 10))
    torch._foreach_lerp_(list(average.parameters()), [p.detach() for p in network.parameters()], share)


def stop_unless_finite(figures: dict[str, float], step: int, checkpoint: Path) -> None:
    """Raises FloatingPointError that names the figures, the step, and the last good checkpoint."""
    bad = [name for name, value in figures.items() if not math.isfinite(value)]
    if bad:
        last = f"the last good state is {checkpoint}" if checkpoint.exists() else f"{checkpoint} was not yet written"
        raise FloatingPointError(f"not a number at step {step}: {', '.join(bad)}; {last}")

"""Files of a run that are whole: its checkpoint, and weights; and how a checkpoint of an earlier version is read."""

import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from imaging.files import atomic_write, write_atomically
from inference.checkpoints import read_state_dict

OF_THESE_SETTINGS = " of a run with these settings"
# Earlier versions kept all that identifies a run under `made_with`, and named some parts otherwise.
LEGACY_PARTS = {
    "generator_optimiser": "generator_optimizer",
    "discriminator_optimiser": "discriminator_optimizer",
    "first_optimiser": "content_optimizer",
    "landmark_optimiser": "landmark_optimizer",
    "judges": "discriminators",
    "judges_optimiser": "discriminators_optimizer",
}


def save_state(state: dict[str, Any], path: Path) -> None:
    """Write a checkpoint beside `path`, then rename: a kill leaves the old one or the new one."""
    with atomic_write(path) as part:
        torch.save(state, part)


def refuse_existing_run(checkpoint: Path, *, resume: bool) -> None:
    """Raise ValueError where there is a run that is not to be resumed: it may be days of work."""
    if checkpoint.exists() and not resume:
        raise ValueError(f"{checkpoint} is there already: go on from it with --resume, or give the run another folder")


@contextmanager
def load_checkpoint_errors(path: Path, *, of: str = "") -> Iterator[None]:
    """Raise ValueError that names the checkpoint, whatever is wrong with it. `of`: words on what it should be of."""
    try:
        yield
    except FileNotFoundError:
        raise ValueError(f"{path}: no such file") from None
    except (pickle.UnpicklingError, EOFError, LookupError, TypeError, ValueError, RuntimeError) as error:
        # torch raises many kinds for a file of something else
        raise ValueError(f"{path}: not a checkpoint{of} ({summarize_error(error)})") from error


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return what `Trainer.save` wrote, on the CPU; no code in it runs. Raise ValueError, naming the file, for another.

    `step`, `data` (what identifies the pictures learned from), `rng`, and the state of each network and optimizer.
    """
    with load_checkpoint_errors(path):
        state = torch.load(path, map_location="cpu", weights_only=True)
        if not isinstance(state, dict):
            raise TypeError(f"a {type(state).__name__}")
        return _upgrade(state)


def _upgrade(state: dict[str, Any]) -> dict[str, Any]:
    """Return the checkpoint of an earlier version as this one writes it, with its settings, as text, beside it.

    That of adversarial runs had `made_with` and, later, `settings`; that of runs on pairs `fingerprint` and `settings`.
    """
    state = {LEGACY_PARTS.get(name, name): part for name, part in state.items()}
    if "made_with" in state:
        data = state.pop("made_with")
        state["data"] = {"batch_size" if name == "batch" else name: value for name, value in data.items()}
    elif "fingerprint" in state:
        state["data"] = {"fingerprint": state.pop("fingerprint")}
    if "settings" in state:
        state["legacy_settings"] = state.pop("settings")
    return state


def require_same_data(state: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """Raise ValueError where a checkpoint was made with other pictures: what was held out would be learned from.

    What an earlier version does not tell is not compared.
    """
    before = state["data"]
    if changed := describe_changes(before, {name: data.get(name) for name in before}):
        raise ValueError(f"made with other pictures or settings: {'; '.join(changed)}")


def describe_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return a line for each value that is another now than before."""
    return [f"{name} is {now[name]}, was {before.get(name)}" for name in now if now[name] != before.get(name)]


def summarize_error(error: Exception) -> str:
    """Return what an error says, on one line: torch lists every tensor that does not fit on one of its own."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def save_weights(network: nn.Module, path: Path, metadata: dict[str, str]) -> None:
    """Write half precision safetensors beside `path`, then rename."""
    state = {name: tensor.half().contiguous().cpu() for name, tensor in network.state_dict().items()}
    # save_file() would make it readable to its owner only
    write_atomically(path, save(state, metadata=metadata))


def load_initial_weights(network: nn.Module, weights: Path, required: nn.Module) -> None:
    """Fill in the weights of another run: all those of `required` must be there, and none that have no place.

    Raise BadWeights, or ValueError, naming the file.
    """
    try:
        state = {name: tensor.float() for name, tensor in read_state_dict(weights).items()}
        missing, unknown = network.load_state_dict(state, strict=False)
    except RuntimeError as error:
        detail = str(error).splitlines()[-1].strip()
        raise ValueError(f"{weights}: of another shape than this --network ({detail})") from error
    if unknown or set(missing) & required.state_dict().keys():
        raise ValueError(f"{weights}: not of a generator like this --network")

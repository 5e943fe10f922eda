"""Loads weights files without ever running what is inside them."""

import zipfile
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from inference.architectures.registry import build_network, detect_architecture
from inference.architectures.stacked import StackedGenerator
from inference.errors import BadWeights
from inference.styles import Style

MAX_STATE_BYTES = 2 * 2**30


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a .safetensors file or of a torch state dict (read with `weights_only`).

    Raise BadWeights, naming the file, for a missing, truncated or unsafe file, or one that holds anything else.
    """
    if _unpacked_bytes(path) > MAX_STATE_BYTES:
        raise BadWeights(f"{path}: unpacks to more than {MAX_STATE_BYTES // 2**30} GB")
    try:
        state = load_file(path) if path.suffix == ".safetensors" else torch.load(path, "cpu", weights_only=True)
    except FileNotFoundError:
        raise BadWeights(f"{path}: no such file") from None
    except SafetensorError as error:
        raise BadWeights(f"{path}: not a safetensors file ({error})") from None
    except Exception as error:  # torch raises many kinds for a file that is damaged, or holds more than tensors
        detail = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadWeights(f"{path}: not a state dict that can be loaded safely ({detail[:200]})") from None
    if not isinstance(state, dict) or not state or not all(isinstance(v, Tensor) for v in state.values()):
        raise BadWeights(f"{path}: holds no state dict (a mapping from names to tensors)")
    return state


def _unpacked_bytes(path: Path) -> int:
    """Return what a zip archive, such as torch writes, unpacks to: a small one may say that it holds terabytes."""
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(entry.file_size for entry in archive.infolist())
    except (OSError, zipfile.BadZipFile):
        return 0


def _load_into(network: nn.Module, state: dict[str, Tensor], path: Path) -> None:
    """Fill the network in single precision. Raise BadWeights, naming a tensor, for one too many, too few or unlike."""
    expected = network.state_dict()
    for problem, names in (("lacks", expected.keys() - state.keys()), ("has unknown", state.keys() - expected.keys())):
        if names:
            raise BadWeights(f"{path}: {problem} {len(names)} tensor(s), such as {min(names)!r}: {_whose(state)}")
    for name, tensor in state.items():
        if tensor.shape != expected[name].shape:
            shapes = f"{tuple(tensor.shape)}, not {tuple(expected[name].shape)}"
            raise BadWeights(f"{path}: {name!r} has the shape {shapes}: {_whose(state)}")
    network.load_state_dict({name: tensor.float() for name, tensor in state.items()})


def _whose(state: dict[str, Tensor]) -> str:
    """Say which network the tensors are of, as far as they tell."""
    architecture = detect_architecture(state)
    return f"these are weights of another network, {architecture}" if architecture else "of another network?"


def load_network(
    path: Path, architecture: str, *, align_corners: bool = False, upsampling: str = "half_pixel"
) -> nn.Module:
    """Return a network for inference, in single precision on the CPU, from any state dict file. Raise BadWeights."""
    network = build_network(architecture, align_corners=align_corners, upsampling=upsampling)
    _load_into(network, read_state_dict(path), path)
    return network.eval().requires_grad_(False)


def load_generator(style: Style) -> nn.Module:
    """Return the generator of a style whose file is there, stacked on that of its base style. Raise BadWeights."""
    if style.graph:
        raise BadWeights(f"{style.id} is a graph, not a network of torch")
    network = load_network(
        style.path, style.architecture, align_corners=style.align_corners, upsampling=style.upsampling
    )
    if style.base_style is None:
        return network
    return StackedGenerator(network, load_generator(style.base_style), style.blend)

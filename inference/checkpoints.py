"""Loads weights files without ever running what is inside them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from inference.architectures.animegan1 import AnimeGAN1Generator
from inference.architectures.animegan2 import AnimeGAN2Generator
from inference.architectures.compact import SHAPES, CompactGenerator
from inference.architectures.compact_context import CONTEXT_SHAPES, CompactContextGenerator
from inference.architectures.laid_over import LaidOver
from inference.architectures.whitebox import WhiteboxGenerator
from inference.errors import BadWeights
from inference.styles import Style


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors file or of a torch state dict (read with `weights_only`).

    Raises BadWeights, naming the file, for a missing, truncated or unsafe file, or one that holds anything else.
    """
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


def build_network(network: str, *, align_corners: bool = False) -> nn.Module:
    """An untrained network by its name in the manifest."""
    if network == "animegan2":
        return AnimeGAN2Generator(align_corners)
    others: dict[str, Callable[[], nn.Module]] = {
        "animegan1": AnimeGAN1Generator,
        "whitebox": WhiteboxGenerator,
    }
    others |= {name: partial(CompactGenerator, **shape) for name, shape in SHAPES.items()}
    others |= {name: partial(CompactContextGenerator, **shape) for name, shape in CONTEXT_SHAPES.items()}
    return others[network]()


def _fill(network: nn.Module, state: dict[str, Tensor], path: Path) -> None:
    expected = network.state_dict()
    for problem, names in (("lacks", expected.keys() - state.keys()), ("has unknown", state.keys() - expected.keys())):
        if names:
            raise BadWeights(f"{path}: {problem} {len(names)} tensor(s), such as {min(names)!r}: of another network?")
    for name, tensor in state.items():
        if tensor.shape != expected[name].shape:
            shapes = f"{tuple(tensor.shape)}, not {tuple(expected[name].shape)}"
            raise BadWeights(f"{path}: {name!r} has the shape {shapes}: of another network?")
    network.load_state_dict({name: tensor.float() for name, tensor in state.items()})


def load_network(path: Path, network: str, *, align_corners: bool = False) -> nn.Module:
    """A network for inference, in single precision on the CPU, from any state dict file. Raises BadWeights."""
    module = build_network(network, align_corners=align_corners)
    _fill(module, read_state_dict(path), path)
    return module.eval().requires_grad_(False)


def load_generator(style: Style) -> nn.Module:
    """The generator of a style whose file is there, with what lies under it. Raises BadWeights."""
    own = load_network(style.path, style.network, align_corners=style.align_corners)
    return LaidOver(own, load_generator(style.under.style), style.under.share) if style.under else own

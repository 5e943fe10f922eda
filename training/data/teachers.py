"""Teachers: published generators that a small one learns from. They stay outside of the project."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from inference.architectures.whitebox import WhiteboxGenerator, from_published
from training.checkpoints import brief
from training.precision import mixed_precision

Teacher = Callable[[np.ndarray], np.ndarray]
Hints = Callable[[torch.Tensor], Sequence[torch.Tensor]]


def cache_of(folder: Path, weights: Path) -> Path:
    """Where below `folder` a teacher's pictures are kept: another teacher must not find those of this one."""
    with weights.open("rb") as file:
        return folder / hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _as_tensor(photo: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(photo.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]


def load_whitebox(weights: Path) -> WhiteboxGenerator:
    """The published White-box generator, from its convolutions by layer name (safetensors, OIHW).

    Raises FileNotFoundError, or ValueError, naming the file, where it holds something else.
    """
    network = WhiteboxGenerator().eval()
    try:
        network.load_state_dict(from_published(load_file(weights)))
    except (SafetensorError, LookupError, RuntimeError) as error:
        raise ValueError(f"{weights}: not the published White-box generator ({brief(error)})") from error
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def whitebox_teacher(weights: Path, device: str = "cpu", *, exact: bool = False) -> Teacher:
    """A function from photo to target, both uint8 [H,W,3] RGB with H and W divisible by 4.

    Unless `exact`, convolutions run in bfloat16 where the device computes in it: many times as fast, and 0.14/255 off.
    """
    network = load_whitebox(weights).to(device)

    @torch.inference_mode()
    def teach(photo: np.ndarray) -> np.ndarray:
        bgr = _as_tensor(photo[..., ::-1].copy()).to(device)
        with nullcontext() if exact else mixed_precision(device):
            output = network(bgr)
        result = output[0].permute(1, 2, 0).clamp(-1, 1).cpu().numpy()[..., ::-1]
        return np.round((result + 1) * 127.5).astype(np.uint8)

    return teach


def whitebox_hints(weights: Path, device: str = "cpu") -> Hints:
    """A function from [N,3,H,W] RGB in [-1,1] to the generator's features [N,128,H/4,W/4] after each of its blocks."""
    network = load_whitebox(weights).to(device).requires_grad_(False)
    return lambda photos: network.deep_features(photos.flip(1))


HINTS: dict[str, Callable[..., Hints]] = {"whitebox": whitebox_hints}
TEACHERS: dict[str, Callable[..., Teacher]] = {"whitebox": whitebox_teacher}

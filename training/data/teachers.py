"""Teachers: published generators that a small one learns from. They stay outside of the project."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from imaging.tensors import batch_to_image, image_to_batch
from inference.architectures.whitebox import WhiteboxGenerator, from_published
from inference.backends.precision import supports_bfloat16
from training.checkpoints import summarize_error

Teacher = Callable[[np.ndarray], np.ndarray]
TeacherFeatures = Callable[[torch.Tensor], Sequence[torch.Tensor]]


def teacher_cache_dir(folder: Path, weights: Path) -> Path:
    """Return where below `folder` a teacher's pictures are kept: another teacher must not find those of this one."""
    with weights.open("rb") as file:
        return folder / hashlib.file_digest(file, "sha256").hexdigest()[:16]


def load_whitebox(weights: Path) -> WhiteboxGenerator:
    """Return the published White-box generator, from its convolutions by layer name (safetensors, OIHW).

    Raise FileNotFoundError, or ValueError, naming the file, where it holds something else.
    """
    network = WhiteboxGenerator().eval()
    try:
        network.load_state_dict(from_published(load_file(weights)))
    except (SafetensorError, LookupError, RuntimeError) as error:
        raise ValueError(f"{weights}: not the published White-box generator ({summarize_error(error)})") from error
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def mixed_precision(device: str) -> torch.autocast:
    """Return a context where convolutions run in bfloat16 if the device computes in it, else in single precision."""
    return torch.autocast(torch.device(device).type, torch.bfloat16, enabled=supports_bfloat16(device))


def load_whitebox_teacher(weights: Path, device: str = "cpu", *, exact: bool = False) -> Teacher:
    """Return a function from photo to target, both uint8 [H,W,3] RGB with H and W divisible by 4.

    Unless `exact`, convolutions run in bfloat16 where the device computes in it: many times as fast, and 0.14/255 off.
    """
    network = load_whitebox(weights).to(device)

    @torch.inference_mode()
    def teach(photo: np.ndarray) -> np.ndarray:
        bgr = torch.from_numpy(image_to_batch(photo, "bgr")).to(device)
        with nullcontext() if exact else mixed_precision(device):
            output = network(bgr)
        return batch_to_image(output.float().cpu().numpy(), "bgr")

    return teach


def load_whitebox_features(weights: Path, device: str = "cpu") -> TeacherFeatures:
    """Return a function from RGB [N,3,H,W] in [-1,1] to the features [N,128,H/4,W/4] after each block."""
    network = load_whitebox(weights).to(device).requires_grad_(False)
    return lambda photos: network.deep_features(photos.flip(1))


FEATURE_TEACHERS: dict[str, Callable[..., TeacherFeatures]] = {"whitebox": load_whitebox_features}
TEACHERS: dict[str, Callable[..., Teacher]] = {"whitebox": load_whitebox_teacher}

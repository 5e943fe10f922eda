"""Converts as the published `test.py` of AnimeGANv2 for PyTorch does: one picture, one state dict, own size."""

from pathlib import Path

import numpy as np
from PIL import Image

from .backends import Session
from .engine import from_batch, to_batch


def load_checkpoint(path: Path, *, align_corners: bool, device: str = "cpu") -> Session:
    """A session for any AnimeGANv2 state dict. Raises BadWeights or DeviceUnavailable."""
    from .backends.torch_backend import TorchBackend, TorchSession
    from .checkpoints import load_network

    backend = TorchBackend(device)
    return TorchSession(load_network(path, "animegan2", align_corners=align_corners), backend.device)


def to_multiple_of_32(image: np.ndarray) -> np.ndarray:
    """Resize as `--x32` does: each side down to a multiple of 32, and at least 256."""
    height, width = (256 if side < 256 else side - side % 32 for side in image.shape[:2])
    return np.asarray(Image.fromarray(image).resize((width, height)))


def convert_at_own_size(session: Session, image: np.ndarray, *, x32: bool = False) -> np.ndarray:
    """uint8 [H,W,3] RGB; without `align_corners` up to 3 rows and columns are lost to a multiple of 4."""
    return from_batch(session.run(to_batch(to_multiple_of_32(image) if x32 else image)))

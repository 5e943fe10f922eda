"""Converts as the published `test.py` of AnimeGANv2 for PyTorch does: one picture, one state dict, own size."""

from pathlib import Path

import numpy as np
from PIL import Image

from imaging.decode import Picture
from imaging.tensors import batch_to_image, image_to_batch
from inference.backends import Session
from inference.engine import EngineSettings, choose_backend
from inference.errors import BadWeights
from inference.styles import Style

LEAST_SIDE = 8


def style_of_checkpoint(path: Path, *, align_corners: bool) -> Style:
    """Any AnimeGANv2 state dict as a style that no manifest knows. Raises BadWeights for a file that is not there."""
    if not path.is_file():
        raise BadWeights(f"{path}: no such file")
    name = {"en": path.stem}
    size = 512  # what the published checkpoints were made for
    return Style(path.stem, name, name, "any", "animegan2", path, "", name, "", size, align_corners=align_corners)


def load_as_published(style: Style, device: str) -> Session:
    """A session in torch, as the published script runs it. Raises BadWeights or DeviceUnavailable."""
    return choose_backend(EngineSettings(device=device, backend="torch")).load(style)


def to_multiples_of_32(picture: Picture) -> Picture:
    """Resized as `--x32` does: each side down to a multiple of 32, and at least 256."""
    height, width = (256 if side < 256 else side - side % 32 for side in picture.pixels.shape[:2])

    def resized(values: np.ndarray) -> np.ndarray:
        return np.asarray(Image.fromarray(values).resize((width, height)))

    return Picture(resized(picture.pixels), None if picture.alpha is None else resized(picture.alpha))


def convert_at_own_size(session: Session, image: np.ndarray) -> np.ndarray:
    """uint8 [H,W,3] RGB; without `align_corners` up to 3 rows and columns are lost to a multiple of 4.

    Raises ValueError for a side that is too short for the network, which mirrors borders at a quarter of the size.
    """
    if min(image.shape[:2]) < LEAST_SIDE:
        raise ValueError(f"too small: each side must have {LEAST_SIDE} pixels or more")
    return batch_to_image(session.run(image_to_batch(image)))

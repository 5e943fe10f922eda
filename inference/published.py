"""Converts as the published `test.py` of AnimeGANv2 for PyTorch does: one picture, one state dict, own size."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from imaging.decode import Picture
from imaging.tensors import batch_to_image, image_to_batch
from inference.backends import Session
from inference.engine import EngineSettings, choose_backend
from inference.errors import BadWeights
from inference.graphs.format import GRAPH, GRAPH_SUFFIXES
from inference.styles import Style

MIN_SIDE_PX = 8


def is_graph(path: Path) -> bool:
    """Return whether the file is a graph, by its name."""
    return path.suffix.lower() in GRAPH_SUFFIXES


def style_from_checkpoint(path: Path, *, align_corners: bool = False, upsampling: str = "half_pixel") -> Style:
    """Return any AnimeGANv2 state dict, or any graph, as a style that no manifest knows. Raise BadWeights.

    A graph is tried first, in a process of its own: `inference.graphs.trial`.
    """
    if not path.is_file():
        raise BadWeights(f"{path}: no such file")
    name = {"en": path.stem}
    size = 512  # what the published checkpoints were made for
    if is_graph(path):
        from inference.graphs.trial import try_graph

        found = try_graph(path).format
        return Style(path.stem, name, name, "any", GRAPH, path, "", name, "", size, graph=found)
    style = Style(path.stem, name, name, "any", "animegan2", path, "", name, "", size)
    return replace(style, align_corners=align_corners, upsampling=upsampling)


def load_published_session(style: Style, device: str) -> Session:
    """Return a session in torch, as the published script runs it. Raise BadWeights or DeviceUnavailable."""
    return choose_backend(EngineSettings(device=device, backend="torch")).load(style)


def resize_to_multiples_of_32(picture: Picture) -> Picture:
    """Return the picture resized as `--x32` does: each side down to a multiple of 32, and at least 256."""
    height, width = (256 if side < 256 else side - side % 32 for side in picture.pixels.shape[:2])

    def resized(values: np.ndarray) -> np.ndarray:
        return np.asarray(Image.fromarray(values).resize((width, height)))

    return Picture(resized(picture.pixels), None if picture.alpha is None else resized(picture.alpha))


def convert_at_full_size(session: Session, image: np.ndarray) -> np.ndarray:
    """Return uint8 [H,W,3] RGB for the same; without `align_corners`, cut to multiples of 4.

    Raise ValueError for a side that is too short for the network, which mirrors borders at a quarter of the size.
    """
    if min(image.shape[:2]) < MIN_SIDE_PX:
        raise ValueError(f"too small: each side must have {MIN_SIDE_PX} pixels or more")
    return batch_to_image(session.run(image_to_batch(image)))

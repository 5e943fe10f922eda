"""Small inputs for tests of training: photos that look like nothing else, and a teacher of random weights."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from inference.networks.whitebox import PUBLISHED_NAMES, WhiteboxGenerator
from training.distill import DistillSettings

KINDS = {"weight": "weights", "bias": "biases"}


def picture(seed: int, size: tuple[int, int] = (96, 72)) -> Image.Image:
    """Soft blobs of random colour: another seed gives another difference hash, another size does not."""
    blobs = np.random.default_rng(seed).integers(0, 256, (8, 9, 3), dtype=np.uint8)
    return Image.fromarray(blobs).resize(size, Image.Resampling.BICUBIC)


def save_photo(path: Path, seed: int, size: tuple[int, int] = (96, 72), **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(seed, size).save(path, **options)
    return path


def save_teacher(path: Path, seed: int = 0) -> Path:
    """White-box weights as published: half precision, by the published layer names."""
    torch.manual_seed(seed)
    names = {ours: published for published, ours in PUBLISHED_NAMES.items()}
    state = {}
    for key, tensor in WhiteboxGenerator().state_dict().items():
        *path_in_network, kind = key.split(".")
        if path_in_network[0] == "blocks":
            published = [f"block_{path_in_network[1]}", path_in_network[2]]
        else:
            published = [names[path_in_network[0]]]
        state["/".join(["generator", *published, KINDS[kind]])] = tensor.half()
    save_file(state, path)
    return path


def tiny(folder: Path, **changes: Any) -> DistillSettings:
    """A run of seconds on the photos and the teacher in `folder`, with the network that is shipped.

    The short linear start would keep so short a run from learning, hence the high learning rate.
    """
    settings: dict[str, Any] = {
        "photos": [folder / "photos"],
        "teacher_weights": folder / "teacher.safetensors",
        "out": folder / "run",
        "steps": 12,
        "batch": 2,
        "crop": 32,
        "sizes": (48, 64),
        "validation_size": 48,
        "held_out": 2,
        "every": 3,
        "learning_rate": 2e-2,
    }
    return DistillSettings(**settings | changes)


def fill(folder: Path, photos: int = 6) -> Path:
    """Photos and a teacher in `folder`, as `tiny` looks for them."""
    for seed in range(photos):
        save_photo(folder / "photos" / f"{seed}.png", seed)
    save_teacher(folder / "teacher.safetensors")
    return folder

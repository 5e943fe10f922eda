"""Small inputs for tests of training: photos that look like nothing else, and a teacher of random weights."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from inference.networks.whitebox import PUBLISHED_NAMES, WhiteboxGenerator
from training.distill import DistillSettings

KINDS = {"weight": "weights", "bias": "biases"}
SMALL = {"width4": 16, "width8": 16, "blocks4": 1, "blocks8": 1, "width1": 8}


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
    """A run of a second on the photos and the teacher in `folder`; `network={}` is the network that is shipped.

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
        "network": SMALL,
    }
    return DistillSettings(**settings | changes)


def arguments(folder: Path, run: str, **changes: Any) -> list[str]:
    """The same for the command `distill_style`, with its run and its weights named `run`."""
    options = {
        "teacher-weights": folder / "teacher.safetensors",
        "photos": folder / "photos",
        "run": folder / run,
        "out": folder / f"{run}.safetensors",
        "device": "cpu",
        "steps": 3,
        "batch": 2,
        "crop": 32,
        "validation-size": 48,
        "held-out": 2,
        "every": 5,
        "learning-rate": 2e-2,
    }
    return ["--sizes", "48", "64", *(f"--{name}={value}" for name, value in (options | changes).items())]


def read_log(run: Path) -> list[dict[str, float]]:
    """The rows of a run's log, without the time, which no two runs share."""
    with (run / "log.csv").open(newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    return [{name: value for name, value in row.items() if name != "seconds_per_step"} for row in rows]


def stop_at(step: int) -> Callable[[str], None]:
    """Ctrl-C while the row of this step is reported: after it was logged, before its checkpoint."""

    def report(line: str) -> None:
        if line.startswith(f"step {step} "):
            raise KeyboardInterrupt

    return report


def assert_same(one: Any, other: Any, at: str = "checkpoint") -> None:
    """The same tensors and numbers in the same places of two nested dicts or lists."""
    assert type(one) is type(other), at
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other), at
    elif isinstance(one, dict | list | tuple):
        assert len(one) == len(other), at
        for key in one if isinstance(one, dict) else range(len(one)):
            assert_same(one[key], other[key], f"{at}/{key}")
    else:
        assert one == other, at


def fill(folder: Path, photos: int = 6) -> Path:
    """Photos and a teacher in `folder`, as `tiny` looks for them."""
    for seed in range(photos):
        save_photo(folder / "photos" / f"{seed}.png", seed)
    save_teacher(folder / "teacher.safetensors")
    return folder

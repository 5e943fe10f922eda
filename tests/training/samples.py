"""Small inputs for tests of training: photos that look like nothing else, and a teacher of random weights."""

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from inference.architectures.whitebox import PUBLISHED_NAMES, WhiteboxGenerator
from training.config import UnpairedConfig
from training.data.pairs import CropSource, SeededSamples
from training.recipes import paired, supervised, whitebox
from training.recipes.animegan import AnimeGANConfig
from training.recipes.distill import DistillConfig
from training.recipes.paired import PairedConfig
from training.recipes.supervised import SupervisedConfig, SupervisedTrainer
from training.recipes.whitebox import WhiteboxConfig
from training.recipes.whitebox_pretrain import WhiteboxPretrainConfig
from training.trainer import make_fabric

KINDS = {"weight": "weights", "bias": "biases"}
SMALL = {"width": 16, "deep_width": 16, "blocks": 1, "deep_blocks": 1, "thin_width": 8}


def picture(seed: int, size: tuple[int, int] = (96, 72)) -> Image.Image:
    """Soft blobs of random color: another seed gives another difference hash, another size does not."""
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


def _with_weights(settings: dict[str, Any], weights: Mapping[str, float]) -> dict[str, Any]:
    """Settings in which those named NAME_weight are weights of losses."""
    changed = {name.removesuffix("_weight"): settings.pop(name) for name in list(settings) if name.endswith("_weight")}
    return settings | {"weights": {**weights, **changed}}


def tiny(folder: Path, **changes: Any) -> DistillConfig:
    """A run of a second on the photos and the teacher in `folder`; `widths={}` is the network that is shipped.

    The short linear start would keep so short a run from learning, hence the high learning rate.
    """
    settings: dict[str, Any] = {
        "photos": [folder / "photos"],
        "teacher_weights": folder / "teacher.safetensors",
        "out": folder / "run",
        "steps": 12,
        "batch_size": 2,
        "crop": 32,
        "sizes": (48, 64),
        "validation_size": 48,
        "held_out": 2,
        "checkpoint_interval": 3,
        "learning_rate": 2e-2,
        "widths": SMALL,
    }
    return DistillConfig(**_with_weights(settings | changes, supervised.WEIGHTS))


def arguments(folder: Path, run: str, **changes: Any) -> list[str]:
    """The same for the command `distill_style`, with its run and its weights named `run`."""
    options = {
        "teacher-weights": folder / "teacher.safetensors",
        "photos": folder / "photos",
        "run": folder / run,
        "out": folder / f"{run}.safetensors",
        "device": "cpu",
        "steps": 3,
        "batch-size": 2,
        "crop": 32,
        "validation-size": 48,
        "held-out": 2,
        "checkpoint-interval": 5,
        "learning-rate": 2e-2,
    }
    return ["--sizes", "48", "64", *(f"--{name}={value}" for name, value in (options | changes).items())]


def read_log(run: Path) -> list[dict[str, float]]:
    """The rows of a run's log, without the time, which no two runs share."""
    with (run / "log.csv").open(newline="", encoding="utf-8") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    return [{name: value for name, value in row.items() if name != "seconds_per_step"} for row in rows]


def supervised_trainer(config: SupervisedConfig, source: CropSource | None = None) -> SupervisedTrainer[Any]:
    """A run that has not begun; without a source it has nothing to learn from."""
    return SupervisedTrainer(config, make_fabric(config), source or CropSource([], [], crop=32, batch_size=2))


def supervised_step(trainer: SupervisedTrainer[Any], source: CropSource, seed: int | None = None) -> dict[str, float]:
    """The losses of the step that is due."""
    samples = SeededSamples(source, trainer.config.seed if seed is None else seed)
    losses = trainer.run_step(samples.batch(trainer.step, []).to(torch.device("cpu")))
    return {name: float(loss.detach()) for name, loss in losses.items()}


def last_state(config: SupervisedConfig) -> SupervisedTrainer[Any]:
    """A run as its checkpoint holds it, whatever pictures it was made with."""
    fingerprint = torch.load(config.checkpoint, weights_only=True)["data"]["fingerprint"]
    trainer = supervised_trainer(config, CropSource([], [], crop=32, batch_size=2, fingerprint=fingerprint))
    trainer.load(config.checkpoint)
    return trainer


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


def toned(photo: Image.Image) -> Image.Image:
    """A style that is easy to learn: warm, with less contrast."""
    pixels = np.asarray(photo).astype(float) * (0.8, 0.6, 0.5) + (60, 40, 10)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def fill_pairs(folder: Path, name: str, count: int, first: int = 0) -> Path:
    """A folder of photos and their results, as `tiny_paired` looks for them."""
    (folder / name).mkdir(parents=True)
    for number in range(count):
        photo = picture(first + number, (160, 128))
        photo.save(folder / name / f"{number}_photo.png")
        toned(photo).save(folder / name / f"{number}_anime.png")
    return folder / name


def tiny_paired(folder: Path, *names: str, **changes: Any) -> PairedConfig:
    """A run of seconds on what `fill_pairs` put into `folder`, without the discriminator."""
    settings: dict[str, Any] = {
        "pairs": [folder / name for name in names or ("warm",)],
        "out": folder / "run",
        "steps": 6,
        "batch_size": 2,
        "sizes": (64, 96),
        "validation_size": 96,
        "checkpoint_interval": 2,
        "snapshots": 2,
        "learning_rate": 2e-2,
        "widths": SMALL,
    }
    return PairedConfig(**_with_weights(settings | changes, paired.WEIGHTS))


def torchvision_vgg19() -> nn.Sequential:
    """The convolutional part as torchvision lays it out: convolutions, activations and maxima, counted through."""
    torch.manual_seed(19)
    layers: list[nn.Module] = []
    width = 3
    for stage in ([64] * 2, [128] * 2, [256] * 4, [512] * 4, [512] * 4):
        for following in stage:
            layers += [nn.Conv2d(width, following, 3, padding=1), nn.ReLU()]
            width = following
        layers.append(nn.MaxPool2d(2))
    # Rounded, so that a file of half the size holds it as it is.
    return nn.Sequential(*layers).half().float()


def save_vgg19(path: Path, features: nn.Sequential) -> Path:
    """As torchvision publishes it, with a classifier that nobody wants here."""
    state = {f"features.{name}": tensor.half() for name, tensor in features.state_dict().items()}
    torch.save(state | {"classifier.0.bias": torch.zeros(4096)}, path)
    return path


def fill_unpaired(folder: Path) -> Path:
    """Photos, some of them held out, and anime pictures, as `tiny_animegan` looks for them."""
    for seed in range(6):
        save_photo(folder / "photo" / "train" / f"{seed}.png", seed, (40, 36))
    for seed in range(2):
        save_photo(folder / "photo" / "val" / f"{seed}.png", 50 + seed, (48, 40))
    for seed in range(5):
        save_photo(folder / "anime" / f"{seed}.png", 20 + seed, (36, 44))
    return folder


def _unpaired(folder: Path, name: str) -> dict[str, Any]:
    """What all runs on `fill_unpaired` have alike."""
    paths = {"photos": folder / "photo", "out": folder / "runs" / name, "cache": folder / "cache"}
    return paths | {"batch_size": 2, "size": 32, "checkpoint_interval": 2}


def _as_options(settings: UnpairedConfig, *names: str, **changes: Any) -> list[str]:
    """Settings of these names, and what all runs on `fill_unpaired` have alike, for a command."""
    names = (*_unpaired(Path(), ""), "perceptual", "anime", "discriminator_width", *names)
    options = {name: getattr(settings, name) for name in names} | {"device": "cpu"} | changes
    return [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]


def tiny_animegan(folder: Path, name: str = "ink", **changes: Any) -> AnimeGANConfig:
    """Six steps, of which three for content alone, on what `fill_unpaired` put into `folder`."""
    own = {"anime": folder / "anime", "perceptual": "pyramid", "epochs": 2, "discriminator_width": 4}
    own["first_epochs"] = min(1, changes.get("epochs", 2) - 1)
    return AnimeGANConfig(**_unpaired(folder, name) | own | changes)


def animegan_arguments(folder: Path, name: str = "ink", **changes: Any) -> list[str]:
    """The same for the command `train_animegan`."""
    return _as_options(tiny_animegan(folder, name), "epochs", "first_epochs", **changes)


def save_points(folder: Path) -> Path:
    """Landmarks of what `fill_unpaired` made: in most photos, in one none, in one unknown."""
    points: dict[str, Any] = {f"{seed}.png": [[0.4, 0.4], [0.6, 0.4], [0.5, 0.6]] for seed in range(4)}
    file = folder / "points.json"
    file.write_text(json.dumps(points | {"4.png": [], "5.png": None}), "utf-8")
    return file


def tiny_pretraining(folder: Path, name: str = "start", **changes: Any) -> WhiteboxPretrainConfig:
    """Four steps on what `fill_unpaired` and `save_points` put into `folder`."""
    return WhiteboxPretrainConfig(**_unpaired(folder, name) | {"points": folder / "points.json", "steps": 4} | changes)


def tiny_whitebox(folder: Path, name: str = "flat", **changes: Any) -> WhiteboxConfig:
    """Six steps that begin where `tiny_pretraining` ended."""
    own = {"anime": folder / "anime", "start": folder / "runs" / "start", "steps": 6, "discriminator_width": 4}
    like = {"perceptual": "pyramid", "weights": whitebox.PRESETS["pyramid"]}
    return WhiteboxConfig(**_unpaired(folder, name) | own | like | changes)


def whitebox_arguments(folder: Path, name: str = "flat", **changes: Any) -> list[str]:
    """The same for the command `train_whitebox`."""
    return _as_options(tiny_whitebox(folder, name), "start", "steps", **changes)

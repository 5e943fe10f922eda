"""Pairs of a photo and what it should become: a teacher's, made once, kept on disk, cut into random crops."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from imaging.files import atomic_write
from inference.tensors import images_to_batch
from training.data.batches import TensorBatch
from training.data.photos import load_photo
from training.data.teachers import Teacher


@dataclass(frozen=True)
class Pair:
    """Photo and target, uint8 [H,W,3] RGB of the same size; `style`: the number of the target's."""

    photo: np.ndarray
    target: np.ndarray
    style: int = 0


@dataclass(frozen=True)
class PairSample(TensorBatch):
    """Photos and targets of one style and size to learn from, [N,3,H,W] in [-1,1]."""

    photos: Tensor
    targets: Tensor
    style: int = 0


def write_png(path: Path, picture: np.ndarray) -> None:
    """Write uint8 [H,W,3]; nobody sees half of it."""
    with atomic_write(path) as part:
        Image.fromarray(picture).save(part, format="PNG", compress_level=1)


def load_pair(path: Path, long_side: int, teacher: Teacher, cache: Path) -> Pair:
    """Return the pair of one photo at one size; the teacher is asked once, then the file in `cache` answers."""
    photo = load_photo(path, long_side)
    kept = cache / f"{sha256(path.read_bytes()).hexdigest()[:24]}_{long_side}.png"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        write_png(kept, teacher(photo))
    with Image.open(kept) as image:
        return Pair(photo, np.asarray(image.convert("RGB")))


def to_tensor(pictures: Sequence[np.ndarray]) -> Tensor:
    """Return uint8 [H,W,3] pictures of one size as float [N,3,H,W] in [-1,1], channels last in memory."""
    return images_to_batch(torch.from_numpy(np.stack(pictures)))


def crop_pairs(pairs: Sequence[Pair], *, crop: int, batch_size: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return (photos, targets), each [batch_size,3,crop,crop] in [-1,1]: random pair, place and mirroring.

    A side that is shorter is filled up by its mirror image.
    """
    photos, targets = [], []
    for index in rng.integers(len(pairs), size=batch_size):
        pair = pairs[index]
        height, width = pair.photo.shape[:2]
        top, left = rng.integers(max(0, height - crop) + 1), rng.integers(max(0, width - crop) + 1)
        flip = -1 if rng.random() < 0.5 else 1
        window = (slice(top, top + crop), slice(left, left + crop))
        photos.append(_fill_up(pair.photo[window][:, ::flip], crop))
        targets.append(_fill_up(pair.target[window][:, ::flip], crop))
    return to_tensor(photos), to_tensor(targets)


def _fill_up(picture: np.ndarray, side: int) -> np.ndarray:
    down, across = side - picture.shape[0], side - picture.shape[1]
    return np.pad(picture, ((0, down), (0, across), (0, 0)), mode="symmetric") if down or across else picture


def drop_small_pairs(pairs: Iterator[Pair], crop: int) -> list[Pair]:
    """Return the pairs that are large enough to cut a crop from."""
    return [pair for pair in pairs if min(pair.photo.shape[:2]) >= crop]


def no_teacher_features(_: Tensor) -> Sequence[Tensor]:
    """Return nothing: of a source that has results only."""
    return ()


class PairSource(Protocol):
    """Pairs to learn from. Runs are measured by those `held_out`; `fingerprint` changes with the pictures."""

    @property
    def styles(self) -> Sequence[str]: ...

    @property
    def held_out(self) -> Sequence[Pair]: ...

    @property
    def fingerprint(self) -> str: ...

    def samples(self, rng: np.random.Generator) -> list[PairSample]:
        """Return what one step learns from."""
        ...

    def teacher_features(self, photos: Tensor) -> Sequence[Tensor]:
        """Return what a teacher's layers see, for the generator's deep ones to become like; of many sources nothing."""
        ...


@dataclass(frozen=True)
class CropSource:
    """Pairs as a source for training: a step sees `batch_size` random crops at the pairs' own size.

    Of several styles it sees `styles_per_step`, by chance, an equal share of each.
    """

    pairs: Sequence[Pair]
    held_out: Sequence[Pair]
    crop: int
    batch_size: int
    fingerprint: str = ""
    styles: Sequence[str] = ("",)
    teacher_features: Callable[[Tensor], Sequence[Tensor]] = no_teacher_features
    styles_per_step: int = 1

    @cached_property
    def _pairs_by_style(self) -> list[list[Pair]]:
        return [[pair for pair in self.pairs if pair.style == number] for number in range(len(self.styles))]

    def samples(self, rng: np.random.Generator) -> list[PairSample]:
        # One style is not drawn for, so that runs see what they saw before there could be several.
        styles = rng.permutation(len(self.styles))[: self.styles_per_step].tolist() if len(self.styles) > 1 else [0]
        size = self.batch_size // len(styles)
        return [
            PairSample(*crop_pairs(self._pairs_by_style[style], crop=self.crop, batch_size=size, rng=rng), style)
            for style in styles
        ]


@dataclass(frozen=True)
class SupervisedBatch:
    """What one step learns from, and the seed of what is random in the networks meanwhile."""

    samples: list[PairSample]
    seed: int

    def to(self, device: torch.device) -> "SupervisedBatch":
        return SupervisedBatch([sample.to(device) for sample in self.samples], self.seed)


@dataclass(frozen=True)
class SeededSamples:
    """A `PairSource` as the trainer wants it: a batch by the number of its step."""

    source: PairSource
    seed: int

    def batch(self, step: int, places: Sequence[int]) -> SupervisedBatch:
        """Return the samples of a step, which say themselves how many they are."""
        rng = np.random.default_rng([self.seed, step])
        samples = self.source.samples(rng)
        return SupervisedBatch(samples, int(rng.integers(2**31)))

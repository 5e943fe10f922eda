"""Batches of unpaired pictures: photos, anime, and anime without clear edges.

Which pictures step n sees, and which part of each, follows from (seed, n) alone: a run that was killed and resumed
sees the same as one that was not, and two processes see between them what one with twice the batch would.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from datasets.filters import smooth_edges
from training.data.pairs import to_tensor, write_png
from training.data.photos import find_pictures, read_picture

ROOM = 9 / 8  # the shorter side of a kept picture, by that of a crop: room for the crop to move
AHEAD = 3  # batches that are made while the network is busy


@dataclass(frozen=True)
class Batch:
    """Each [N,3,size,size] in [-1,1]; `smooth` is of anime pictures whose edges are blurred."""

    photos: Tensor
    anime: Tensor
    smooth: Tensor

    def to(self, device: torch.device) -> "Batch":
        return Batch(self.photos.to(device), self.anime.to(device), self.smooth.to(device))


def learn_from(folder: Path) -> Path:
    """`train` in a folder that `prepare_dataset` wrote; else the folder itself."""
    return folder / "train" if (folder / "train").is_dir() else folder


def _kept_size(width: int, height: int, size: int) -> tuple[int, int]:
    """The shorter side at most ROOM times `size`, and at least `size`."""
    scale = min(max(1.0, size / min(width, height)), ROOM * size / min(width, height))
    return max(size, round(width * scale)), max(size, round(height * scale))


def _keep(path: Path, size: int, cache: Path) -> Path:
    """The picture's file if it has a fit size, else a smaller or larger copy in the cache. Raises OSError."""
    stat = path.stat()
    name = f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns} {size}"
    kept = cache / f"{sha256(name.encode()).hexdigest()[:24]}.png"
    if kept.exists():
        return kept
    picture = read_picture(path)
    fit = _kept_size(*picture.size, size)
    if fit == picture.size:
        return path
    write_png(kept, np.asarray(picture.resize(fit, Image.Resampling.LANCZOS)))
    return kept


def keep_pictures(folder: Path, size: int, cache: Path, report: Callable[[str], None]) -> dict[Path, Path]:
    """Look at every picture below the folder, once: the files to learn from, resized in the cache where that helps.

    By the picture that each was made from. A broken file is reported and left out. Raises ValueError, naming the
    folder, where nothing is left.
    """
    cache.mkdir(parents=True, exist_ok=True)

    def keep(path: Path) -> Path | None:
        try:
            return _keep(path, size, cache)
        except OSError as error:
            report(f"{error}; skipped")
            return None

    found = find_pictures(folder)
    with ThreadPoolExecutor() as pool:
        kept = {source: path for source, path in zip(found, pool.map(keep, found), strict=True) if path}
    if not kept:
        raise ValueError(f"no pictures below {folder}")
    return kept


def fingerprint(*kinds: Iterable[Path]) -> str:
    """Of pictures of several kinds: by their order, names and sizes in bytes, wherever the folders are."""
    digest = sha256()
    for kind in kinds:
        digest.update(b"kind\n")
        for path in kind:
            digest.update(os.fsencode(path.name) + f" {path.stat().st_size}\n".encode())
    return digest.hexdigest()[:16]


def chosen(count: int, kind: int, seed: int, places: Sequence[int]) -> list[int]:
    """Which of `count` pictures stand at these places of an endless row: one shuffled pass after the other."""
    passes = {place // count for place in places}
    orders = {number: np.random.default_rng([seed, kind, number]).permutation(count) for number in passes}
    return [int(orders[place // count][place % count]) for place in places]


@dataclass(frozen=True)
class Crop:
    """A part of a picture: uint8 [size,size,3]; where in the picture it begins, and the whole's size, in pixels."""

    path: Path
    pixels: np.ndarray
    top: int
    left: int
    is_mirrored: bool
    whole: tuple[int, int]  # width, height


def random_crop(path: Path, size: int, chance: np.random.Generator) -> Crop:
    """A random part of the picture, mirrored or not."""
    pixels = np.asarray(read_picture(path))
    height, width = pixels.shape[:2]
    top, left = int(chance.integers(height - size + 1)), int(chance.integers(width - size + 1))
    is_mirrored = bool(chance.random() < 0.5)
    part = pixels[top : top + size, left : left + size][:, :: -1 if is_mirrored else 1]
    return Crop(path, part, top, left, is_mirrored, (width, height))


def crops(files: list[Path], kind: int, size: int, seed: int, step: int, places: Sequence[int]) -> list[Crop]:
    """Of what stands at these places of the endless row of pictures of this kind (a number of its own)."""
    indices = chosen(len(files), kind, seed, places)
    chances = [np.random.default_rng([seed, kind, step, place]) for place in places]
    return [random_crop(files[index], size, chance) for index, chance in zip(indices, chances, strict=True)]


@dataclass(frozen=True)
class Data:
    """Files to learn from. With no `smooth` ones, the anime pictures' edges are blurred as they are needed."""

    photos: list[Path]
    anime: list[Path]
    smooth: list[Path]
    size: int
    seed: int

    def __len__(self) -> int:
        """Pictures in an epoch: as many as the larger of the two sets has, as AnimeGAN counts."""
        return max(len(self.photos), len(self.anime))

    def batch(self, step: int, places: Sequence[int]) -> Batch:
        """What stands at these places of the endless rows of pictures."""
        return Batch(
            to_tensor(self._crops(self.photos, 0, step, places)),
            to_tensor(self._crops(self.anime, 1, step, places)),
            to_tensor(self._smooth(step, places)),
        )

    def _crops(self, files: list[Path], kind: int, step: int, places: Sequence[int]) -> list[np.ndarray]:
        return [crop.pixels for crop in crops(files, kind, self.size, self.seed, step, places)]

    def _smooth(self, step: int, places: Sequence[int]) -> list[np.ndarray]:
        if self.smooth:
            return self._crops(self.smooth, 2, step, places)
        # Of other pictures than those in the batch: the discriminator is not to learn that the two are one.
        return [smooth_edges(crop) for crop in self._crops(self.anime, 2, step, places)]


B = TypeVar("B", covariant=True)


class BatchSource(Protocol[B]):
    """What gives the batch of a step, from the places of its pictures in endless rows."""

    def batch(self, step: int, places: Sequence[int]) -> B: ...


def batches(data: BatchSource[B], start: int, end: int, batch: int, *, rank: int = 0, world: int = 1) -> Iterator[B]:
    """This process's share, `batch` of each kind, of steps `start` to `end`; made ahead by threads."""

    def places(step: int) -> list[int]:
        first = step * batch * world
        return list(range(first + rank, first + batch * world, world))

    with ThreadPoolExecutor(AHEAD) as pool:
        waiting: list[Future[B]] = []
        for step in range(start, end):
            waiting.append(pool.submit(data.batch, step, places(step)))
            if len(waiting) == AHEAD:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()

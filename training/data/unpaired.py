"""Pictures that do not belong together, to learn from: photos, anime or cartoons, and anime without clear edges.

Which pictures step n sees, and which part of each, follows from (seed, n) alone: a run that was killed and resumed
sees the same as one that was not, and two processes see between them what one with twice the batch would.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from datasets.filters import smooth_edges
from training.data.batches import TensorBatch
from training.data.pairs import to_tensor, write_png
from training.data.photos import find_pictures, read_picture

CROP_ROOM = 9 / 8  # the shorter side of a cached picture, by that of a crop: room for the crop to move


def train_dir(folder: Path) -> Path:
    """Return `train` in a folder that `prepare_dataset` wrote; else the folder itself."""
    return folder / "train" if (folder / "train").is_dir() else folder


def _cached_size(width: int, height: int, size: int) -> tuple[int, int]:
    """Return a size whose shorter side is at most CROP_ROOM times `size`, and `size` or more."""
    scale = min(max(1.0, size / min(width, height)), CROP_ROOM * size / min(width, height))
    return max(size, round(width * scale)), max(size, round(height * scale))


def _cache_picture(path: Path, size: int, cache: Path) -> Path:
    """Return the picture's file if its size fits, else that of a resized copy in the cache. Raise OSError."""
    stat = path.stat()
    name = f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns} {size}"
    cached = cache / f"{sha256(name.encode()).hexdigest()[:24]}.png"
    if cached.exists():
        return cached
    picture = read_picture(path)
    fit = _cached_size(*picture.size, size)
    if fit == picture.size:
        return path
    write_png(cached, np.asarray(picture.resize(fit, Image.Resampling.LANCZOS)))
    return cached


def cache_pictures(folder: Path, size: int, cache: Path, report: Callable[[str], None]) -> dict[Path, Path]:
    """Look at every picture below the folder; return the files to learn from, resized in the cache where that helps.

    By the picture that each was made from. A broken file is reported and left out. Raise ValueError, naming the
    folder, where nothing is left.
    """
    cache.mkdir(parents=True, exist_ok=True)

    def cache_or_report(path: Path) -> Path | None:
        try:
            return _cache_picture(path, size, cache)
        except OSError as error:
            report(f"{error}; skipped")
            return None

    found = find_pictures(folder, report)
    with ThreadPoolExecutor() as pool:
        cached = {source: path for source, path in zip(found, pool.map(cache_or_report, found), strict=True) if path}
    if not cached:
        raise ValueError(f"no pictures below {folder}")
    return cached


def fingerprint_pictures(*kinds: Iterable[Path]) -> str:
    """Return a hash of pictures of several kinds: of their order, names and sizes in bytes, wherever they are."""
    digest = sha256()
    for kind in kinds:
        digest.update(b"kind\n")
        for path in kind:
            digest.update(os.fsencode(path.name) + f" {path.stat().st_size}\n".encode())
    return digest.hexdigest()[:16]


def shuffled_indices(count: int, kind: int, seed: int, places: Sequence[int]) -> list[int]:
    """Return which of `count` pictures stand at these places of an endless row: one shuffled pass after the other."""
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
    picture_size: tuple[int, int]  # width, height


def random_crop(path: Path, size: int, rng: np.random.Generator) -> Crop:
    """Return a random part of the picture, mirrored or not."""
    pixels = np.asarray(read_picture(path))
    height, width = pixels.shape[:2]
    top, left = int(rng.integers(height - size + 1)), int(rng.integers(width - size + 1))
    is_mirrored = bool(rng.random() < 0.5)
    part = pixels[top : top + size, left : left + size][:, :: -1 if is_mirrored else 1]
    return Crop(path, part, top, left, is_mirrored, (width, height))


def random_crops(files: list[Path], kind: int, size: int, seed: int, step: int, places: Sequence[int]) -> list[Crop]:
    """Return crops of what stands at these places of the endless row of pictures of this kind (a number of its own)."""
    indices = shuffled_indices(len(files), kind, seed, places)
    generators = [np.random.default_rng([seed, kind, step, place]) for place in places]
    return [random_crop(files[index], size, rng) for index, rng in zip(indices, generators, strict=True)]


@dataclass(frozen=True)
class AnimeGANBatch(TensorBatch):
    """Each [N,3,size,size] in [-1,1]; `smooth` is of anime pictures whose edges are blurred."""

    photos: Tensor
    anime: Tensor
    smooth: Tensor


@dataclass(frozen=True)
class AnimeGANData:
    """Files to learn from. With no `smooth` ones, the anime pictures' edges are blurred as they are needed."""

    photos: list[Path]
    anime: list[Path]
    smooth: list[Path]
    size: int
    seed: int

    def __len__(self) -> int:
        """Return the pictures in an epoch: as many as the larger of the two sets has, as AnimeGAN counts."""
        return max(len(self.photos), len(self.anime))

    def batch(self, step: int, places: Sequence[int]) -> AnimeGANBatch:
        """Return what stands at these places of the endless rows of pictures."""
        # Smooth pictures of others than those in the batch: the discriminator is not to learn that the two are one.
        smooth = self._crops(self.smooth or self.anime, 2, step, places)
        return AnimeGANBatch(
            to_tensor(self._crops(self.photos, 0, step, places)),
            to_tensor(self._crops(self.anime, 1, step, places)),
            to_tensor(smooth if self.smooth else [smooth_edges(crop) for crop in smooth]),
        )

    def _crops(self, files: list[Path], kind: int, step: int, places: Sequence[int]) -> list[np.ndarray]:
        return [crop.pixels for crop in random_crops(files, kind, self.size, self.seed, step, places)]


@dataclass(frozen=True)
class WhiteboxBatch(TensorBatch):
    """Each [N,3,size,size] in [-1,1]."""

    photos: Tensor
    cartoons: Tensor


@dataclass(frozen=True)
class WhiteboxData:
    """Files to learn from."""

    photos: list[Path]
    cartoons: list[Path]
    size: int
    seed: int

    def batch(self, step: int, places: Sequence[int]) -> WhiteboxBatch:
        """Return what stands at these places of the endless rows of pictures."""
        found = [
            random_crops(files, kind, self.size, self.seed, step, places)
            for kind, files in enumerate((self.photos, self.cartoons))
        ]
        photos, cartoons = (to_tensor([crop.pixels for crop in kind]) for kind in found)
        return WhiteboxBatch(photos, cartoons)

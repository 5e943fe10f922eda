"""Pairs on disk: `NAME_photo.jpg` beside `NAME_anime.jpg`, a folder a style. Which are held out, and how they lie."""

import csv
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from imaging.files import atomic_write
from training.data.alignment import Alignment, apply_alignment, find_alignment
from training.data.pairs import Pair, PairSample, no_teacher_features, to_tensor
from training.data.photos import (
    RECIPE_NOTE,
    find_pictures,
    hash_photo,
    is_similar_hash,
    pair_with_results,
    read_picture,
    scaled_size,
)

Report = Callable[[str], None]
SIDE_MULTIPLE = 32  # of sides, so that there are few shapes, each of which takes a while to prepare for


EXACT = Alignment(np.eye(2, 3), 0.0, 1.0)


@dataclass(frozen=True)
class PairFile:
    """A photo's file and its result's. `key`: a hash of both files' bytes."""

    photo: Path
    result: Path
    style: int
    key: str
    photo_hash: int  # difference hash

    @property
    def name(self) -> str:
        return f"{self.photo.parent.name}/{self.photo.name}"

    @property
    def is_exact(self) -> bool:
        """Return whether a generator made the result of this very photo, as `make_pairs` leaves word of."""
        return (self.photo.parent / RECIPE_NOTE).is_file()


def _pair_file(photo: Path, result: Path | None, style: int) -> PairFile:
    if result is None:
        raise ValueError(f"{photo}: there is no {photo.stem.removesuffix('_photo')}_anime beside it")
    key = sha256(photo.read_bytes() + result.read_bytes()).hexdigest()
    return PairFile(photo, result, style, key, hash_photo(photo))


def find_pairs(folders: Sequence[Path], report: Report) -> list[PairFile]:
    """Return all pairs, sorted; damaged photos and those without a result are reported.

    Raise ValueError for a folder without any pair.
    """
    found: list[PairFile] = []
    for style, folder in enumerate(folders):
        before = len(found)
        for photo, result in pair_with_results(find_pictures(folder, report, is_recursive=False)):
            try:
                found.append(_pair_file(photo, result, style))
            except (OSError, ValueError) as error:
                report(f"{error}; skipped")
        if len(found) == before:
            raise ValueError(f"no pairs (NAME_photo.jpg and NAME_anime.jpg) in {folder}")
    return found


def _choose_held_out(files: Sequence[PairFile], share: float) -> list[int]:
    """Return difference hashes of photos: of each style this share of them, those alike counted once."""
    hashes: list[int] = []
    for style in sorted({file.style for file in files}):
        of_style = sorted((file for file in files if file.style == style), key=lambda file: file.key)
        missing = max(1, round(share * len(of_style)))
        missing -= sum(is_similar_hash(file.photo_hash, hashes) for file in of_style)
        hashes += [file.photo_hash for file in of_style if not is_similar_hash(file.photo_hash, hashes)][
            : max(0, missing)
        ]
    return hashes


def split_pairs(
    files: Sequence[PairFile], share: float, chosen: Collection[str] = ()
) -> tuple[list[PairFile], list[PairFile]]:
    """Return (training, held out): of each style this share, at least one, chosen by a hash of the files' bytes.

    With `chosen`, keys of pairs, these in place of a share. A photo that looks like one held out is held out in all
    styles, so that no style has seen what another is judged by.
    """
    hashes = [file.photo_hash for file in files if file.key in chosen] if chosen else _choose_held_out(files, share)
    held_out = [file for file in files if is_similar_hash(file.photo_hash, hashes)]
    return [file for file in files if not is_similar_hash(file.photo_hash, hashes)], held_out


def load_aligned(file: PairFile, long_side: int | None) -> tuple[np.ndarray, np.ndarray, Alignment]:
    """Return photo and result, uint8 [H,W,3]: the result moved onto the photo, the long sides `long_side` at most.

    None: at their own size. Pairs that `make_pairs` made fit to the pixel, and are not moved. Raise OSError, naming the
    file, for a damaged one; ValueError for a result of another size or of something else.
    """
    photo, result = read_picture(file.photo), read_picture(file.result)
    if photo.size != result.size:
        raise ValueError(f"{file.photo}: its result has another size, {result.size}, not {photo.size}")
    alignment = EXACT if file.is_exact else _find_alignment(file, np.asarray(photo), np.asarray(result))
    moved = Image.fromarray(apply_alignment(np.asarray(result), alignment))
    size = photo.size if long_side is None else scaled_size(*photo.size, long_side)
    small = [np.asarray(p if p.size == size else p.resize(size, Image.Resampling.LANCZOS)) for p in (photo, moved)]
    return small[0], small[1], alignment


def _find_alignment(file: PairFile, photo: np.ndarray, result: np.ndarray) -> Alignment:
    alignment = find_alignment(photo, result)
    if not alignment.matches(photo.shape):
        raise ValueError(
            f"{file.photo}: its result shows something else (edges alike {alignment.correlation:.2f}, "
            f"moved by {alignment.movement_px:.1f} pixels)"
        )
    return alignment


def cut_to_multiple(picture: np.ndarray, multiple: int) -> np.ndarray:
    """Return the picture without the rows and columns that make its sides no multiple of that."""
    height, width = (side // multiple * multiple for side in picture.shape[:2])
    return picture[:height, :width]


HELD_OUT, LEARNED_FROM = "held out", "learnt from"  # as split.csv has said from the first version on
PairRole = tuple[PairFile, str, Alignment]


def write_split(path: Path, rows: Sequence[PairRole]) -> None:
    """Write which pair has which role, as CSV, and what was found of its position."""
    with atomic_write(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["pair", "role", "sha256", "moved_by", "edges_alike"])
        for pair, role, alignment in rows:
            writer.writerow([pair.name, role, pair.key, f"{alignment.movement_px:.2f}", f"{alignment.correlation:.3f}"])


def read_split(path: Path) -> frozenset[str]:
    """Return the keys of the pairs that a run's split.csv holds out. Raise ValueError, naming the file, for another."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            keys = frozenset(row["sha256"] for row in csv.DictReader(file) if row["role"] == HELD_OUT)
    except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: not the split.csv of a run ({type(error).__name__})") from error
    if not keys:
        raise ValueError(f"{path}: no pair is held out there")
    return keys


@dataclass(frozen=True)
class WholePictureSource:
    """Pairs as a source: a step sees `batch_size` of them, each whole but for a margin, mirrored or not."""

    pairs: Sequence[Pair]
    held_out: Sequence[Pair]
    styles: Sequence[str]
    sizes: Sequence[int]
    zoom: float
    batch_size: int
    fingerprint: str
    contrast: float = 1.0
    teacher_features = staticmethod(no_teacher_features)  # nobody needs to have the generator that made the results

    def samples(self, rng: np.random.Generator) -> list[PairSample]:
        return [self._sample(rng) for _ in range(self.batch_size)]

    def _sample(self, rng: np.random.Generator) -> PairSample:
        # A style of four times the pairs is seen twice as often, each of its pairs half as often.
        by_style = [[pair for pair in self.pairs if pair.style == number] for number in range(len(self.styles))]
        chances = np.sqrt([len(pairs) for pairs in by_style])
        pairs = by_style[rng.choice(len(by_style), p=chances / chances.sum())]
        pair = pairs[rng.integers(len(pairs))]
        height, width = pair.photo.shape[:2]
        share = rng.uniform(self.zoom, 1)
        tall, wide = round(height * share), round(width * share)
        top, left = rng.integers(height - tall + 1), rng.integers(width - wide + 1)
        scale = min(1.0, rng.choice(self.sizes) / max(tall, wide))
        size = [max(SIDE_MULTIPLE, round(side * scale / SIDE_MULTIPLE) * SIDE_MULTIPLE) for side in (wide, tall)]
        flip = -1 if rng.random() < 0.5 else 1

        def cut(picture: np.ndarray) -> np.ndarray:
            window = picture[top : top + tall, left : left + wide]
            return cv2.resize(window, size, interpolation=cv2.INTER_AREA)[:, ::flip]

        photo = to_tensor([cut(pair.photo)]) * rng.uniform(self.contrast, 1)
        return PairSample(photo, to_tensor([cut(pair.target)]), pair.style)

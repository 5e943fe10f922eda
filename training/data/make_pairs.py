"""Pairs of a photo and its result, made with styles that are there, for `train_paired` to teach to a small network.

A style may be stacked on another one (`inference.styles.stack_style`): so one that was learned from few pairs, and got
their tone but not their lines, is given the lines of the other. Or another one converts the faces first
(`training.data.face_first`).
"""

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from imaging.files import atomic_write, write_atomically
from imaging.hashing import difference_hash
from imaging.json_files import read_json
from training.data.face_first import PictureConverter
from training.data.pairs import write_png
from training.data.photos import (
    RECIPE_NOTE,
    find_pictures,
    hash_photos,
    is_similar_hash,
    read_picture,
    scaled_size,
)

JPEG_QUALITY = 95


def describe_recipe(teacher: dict[str, Any], long_sides: Sequence[int], *, lossless: bool = False) -> dict[str, Any]:
    """Return what pairs are made with: a teacher, as `describe_teacher` says, at such sizes.

    Two recipes that give other results are not equal.
    """
    # As earlier versions wrote it where it says the same, so that their folders can be added to.
    sizes = {"long_side": long_sides[0]} if len(long_sides) == 1 else {"long_sides": list(long_sides)}
    return teacher | sizes | ({"lossless": True} if lossless else {})


def _write_recipe(out: Path, recipe: dict[str, Any]) -> None:
    """Make the folder, with a note of how its pairs are made. Raise ValueError where it holds something else.

    Pairs of two styles in one folder would be learned as one.
    """
    note = out / RECIPE_NOTE
    if note.exists():
        if read_json(note) != recipe:
            raise ValueError(f"{out}: holds pairs that were made otherwise ({note.name}); name another folder")
    elif out.exists() and find_pictures(out):
        raise ValueError(f"{out}: holds other pictures; name another folder")
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(note, json.dumps(recipe, indent=2) + "\n")


def make_pairs(
    photos: Sequence[Path],
    out: Path,
    convert: PictureConverter,
    recipe: dict[str, Any],
    *,
    unlike: Sequence[Path],
    report: Callable[[str], None],
) -> int:
    """Write a pair for each photo and size of the recipe, and return how many there are now.

    What is there already is kept. Photos that look like one before, or like one of `unlike`, are skipped, and
    damaged ones reported. Raise ValueError where `out` has pairs of another recipe.
    """
    _write_recipe(out, recipe)
    seen = list(hash_photos(unlike, report).values())
    count = 0
    for path in tqdm(photos, unit="photo", disable=None):
        try:
            photo = read_picture(path)
        except OSError as error:
            report(f"{error}; skipped")
            continue
        photo_hash = difference_hash(np.asarray(photo))
        if is_similar_hash(photo_hash, seen):
            continue
        seen.append(photo_hash)
        name = sha256(path.read_bytes()).hexdigest()[:16]
        for stem, size in _pair_sizes(name, photo.size, recipe):
            count += 1
            _make_pair(photo, size, out / stem, convert, lossless=recipe.get("lossless", False))
    return count


def _pair_sizes(name: str, size: tuple[int, int], recipe: dict[str, Any]) -> list[tuple[str, tuple[int, int]]]:
    """Return what the pairs of a photo are named, and their (width, height). A small photo has fewer of them."""
    if "long_side" in recipe:
        return [(name, scaled_size(*size, recipe["long_side"]))]
    sizes = {scaled_size(*size, side): side for side in sorted(recipe["long_sides"], reverse=True)}
    return [(f"{name}_{side}", small) for small, side in sizes.items()]


def _make_pair(
    photo: Image.Image, size: tuple[int, int], stem: Path, convert: PictureConverter, *, lossless: bool
) -> None:
    """Write STEM_anime and STEM_photo, unless they are there."""
    suffix = "png" if lossless else "jpg"
    photo_file = stem.with_name(f"{stem.name}_photo.{suffix}")
    if photo_file.exists():  # it comes last
        return
    pixels = np.asarray(photo.resize(size, Image.Resampling.LANCZOS))
    write = write_png if lossless else _write_jpeg
    write(stem.with_name(f"{stem.name}_anime.{suffix}"), convert(pixels))
    write(photo_file, pixels)


def _write_jpeg(path: Path, picture: np.ndarray) -> None:
    with atomic_write(path) as part:
        Image.fromarray(picture).save(part, "JPEG", quality=JPEG_QUALITY, subsampling=0)

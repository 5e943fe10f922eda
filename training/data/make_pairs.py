"""Pairs of a photo and its result, made with styles that are there, for `train_paired` to teach to a small network.

A style may be stacked on another one (`inference.styles.stack_style`): so one that was learned from few pairs, and got
their tone but not their lines, is given the lines of the other.
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
from imaging.json_files import read_json
from inference.engine import Engine, run_padded
from inference.styles import Style
from training.data.photos import RECIPE_NOTE, find_pictures, hash_photo, hash_photos, is_similar_hash, load_photo

Converter = Callable[[np.ndarray], np.ndarray]
JPEG_QUALITY = 95


def make_converter(engine: Engine, style: Style) -> Converter:
    """Return what turns a photo, uint8 [H,W,3] RGB, into the result of a style at the photo's own size.

    The converter raises BadWeights and what `Engine.slot` raises.
    """

    def convert(photo: np.ndarray) -> np.ndarray:
        session = engine.load_session(style)
        with engine.slot():
            return run_padded(session, photo, style)

    return convert


def describe_recipe(style: Style, long_side: int) -> dict[str, Any]:
    """Return what pairs are made with. Two recipes that give other results are not equal."""
    layers = [(style, 1.0)] + ([(style.base_style, style.blend)] if style.base_style else [])
    with_files = [[one.id, sha256(one.path.read_bytes()).hexdigest(), share] for one, share in layers]
    return {"styles": with_files, "long_side": long_side}


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
    convert: Converter,
    recipe: dict[str, Any],
    *,
    unlike: Sequence[Path],
    report: Callable[[str], None],
) -> int:
    """Write a pair for each photo, as the recipe says, and return how many there are now.

    What is there already is kept. Photos that look like one before, or like one of `unlike`, are skipped, and
    damaged ones reported. Raise ValueError where `out` has pairs of another recipe.
    """
    _write_recipe(out, recipe)
    seen = list(hash_photos(unlike, report).values())
    count = 0
    for path in tqdm(photos, unit="photo", disable=None):
        try:
            photo_hash, photo = hash_photo(path), load_photo(path, recipe["long_side"])
        except OSError as error:
            report(f"{error}; skipped")
            continue
        if is_similar_hash(photo_hash, seen):
            continue
        seen.append(photo_hash)
        count += 1
        name = sha256(path.read_bytes()).hexdigest()[:16]
        if not (out / f"{name}_photo.jpg").exists():  # it comes last
            _write(convert(photo), out / f"{name}_anime.jpg")
            _write(photo, out / f"{name}_photo.jpg")
    return count


def _write(picture: np.ndarray, path: Path) -> None:
    with atomic_write(path) as part:
        Image.fromarray(picture).save(part, "JPEG", quality=JPEG_QUALITY, subsampling=0)

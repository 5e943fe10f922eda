"""Pairs of a photo and its result, made with styles that are there, for `train_paired` to teach to a small network.

A style may be stacked on another one (`inference.styles.stack_style`): so one that was learnt from few pairs, and got
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

from imaging.files import atomic_write
from inference.engine import Engine, run_padded
from inference.styles import Style
from training.data.photos import difference_hash, find_pictures, is_near, load_photo

Converter = Callable[[np.ndarray], np.ndarray]
QUALITY = 95


def converter(engine: Engine, style: Style) -> Converter:
    """What turns a photo, uint8 [H,W,3] RGB, into the result of a style at the photo's own size.

    The converter raises BadWeights and what `Engine.place` raises.
    """

    def convert(photo: np.ndarray) -> np.ndarray:
        session = engine.load_session(style)
        with engine.slot():
            return run_padded(session, photo, style)

    return convert


def recipe(style: Style, long_side: int) -> dict[str, Any]:
    """What pairs are made with. Two recipes that give other results are not equal."""
    layers = [(style, 1.0)] + ([(style.base_style, style.blend)] if style.base_style else [])
    with_files = [[one.id, sha256(one.path.read_bytes()).hexdigest(), share] for one, share in layers]
    return {"styles": with_files, "long_side": long_side}


def _note_recipe(out: Path, made_with: dict[str, Any]) -> None:
    """Make the folder, with a note of how its pairs are made. Raises ValueError where it holds something else.

    Pairs of two styles in one folder would be learnt as one.
    """
    note = out / "made_with.json"
    if note.exists():
        if json.loads(note.read_text("utf-8")) != made_with:
            raise ValueError(f"{out}: holds pairs that were made otherwise ({note.name}); name another folder")
    elif out.exists() and find_pictures(out):
        raise ValueError(f"{out}: holds other pictures; name another folder")
    out.mkdir(parents=True, exist_ok=True)
    with atomic_write(note) as part:
        part.write_text(json.dumps(made_with, indent=2) + "\n", encoding="utf-8")


def make_pairs(
    photos: Sequence[Path],
    out: Path,
    convert: Converter,
    made_with: dict[str, Any],
    *,
    unlike: Sequence[Path],
    report: Callable[[str], None],
) -> int:
    """Write a pair for each photo, as the recipe says, and return how many there are now.

    What is there already is kept. Photos that look like one before, or like one of `unlike`, are passed over, and
    damaged ones reported. Raises ValueError where `out` has pairs of another recipe.
    """
    _note_recipe(out, made_with)
    seen = [difference_hash(path) for path in unlike]
    count = 0
    for path in tqdm(photos, unit="photo", disable=None):
        try:
            look, photo = difference_hash(path), load_photo(path, made_with["long_side"])
        except OSError as error:
            report(f"{error}; skipped")
            continue
        if is_near(look, seen):
            continue
        seen.append(look)
        count += 1
        name = sha256(path.read_bytes()).hexdigest()[:16]
        if not (out / f"{name}_photo.jpg").exists():  # it comes last
            _write(convert(photo), out / f"{name}_anime.jpg")
            _write(photo, out / f"{name}_photo.jpg")
    return count


def _write(picture: np.ndarray, path: Path) -> None:
    with atomic_write(path) as part:
        Image.fromarray(picture).save(part, "JPEG", quality=QUALITY, subsampling=0)

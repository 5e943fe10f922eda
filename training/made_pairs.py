"""Pairs of a photo and its result, made with styles that are there, for `train_paired` to teach to a small network.

A style may be laid over another one (`inference.styles.laid_over`): so one that was learnt from few pairs, and got
their tone but not their lines, is given the lines of the other.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from inference.engine import Engine, run_padded
from inference.files import whole_or_nothing
from inference.styles import Style

from .photos import difference_hash, is_near, load_photo

Converter = Callable[[np.ndarray], np.ndarray]
QUALITY = 95


def converter(engine: Engine, style: Style) -> Converter:
    """What turns a photo, uint8 [H,W,3] RGB, into the result of a style at the photo's own size.

    The converter raises BadWeights and what `Engine.place` raises.
    """

    def convert(photo: np.ndarray) -> np.ndarray:
        session = engine.session(style)
        with engine.place():
            return run_padded(session, photo, style)

    return convert


def make_pairs(
    photos: Sequence[Path], out: Path, convert: Converter, *, long_side: int, unlike: Sequence[Path], report: Callable
) -> int:
    """Write a pair for each photo, `long_side` pixels at most, and return how many there are now.

    What is there already is kept. Photos that look like one before, or like one of `unlike`, are passed over, and
    damaged ones reported.
    """
    out.mkdir(parents=True, exist_ok=True)
    seen = [difference_hash(path) for path in unlike]
    count = 0
    for path in tqdm(photos, unit="photo", disable=None):
        try:
            look, photo = difference_hash(path), load_photo(path, long_side)
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
    with whole_or_nothing(path) as part:
        Image.fromarray(picture).save(part, "JPEG", quality=QUALITY, subsampling=0)

"""Photos and anime pictures to make the site's pictures from: real ones where they are at hand, else drawn ones."""

from functools import cache, lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

# Not by way of tests/needs.py, which needs pytest: docs/training.md has people run this with what `make run` installs.
SHARED = Path(__file__).parents[4] / "shared"
Pixels = NDArray[np.uint8]
_SIDE = 400  # what a source's short side is reduced to
_DRAWN = 120
_STROKES = 70  # in a drawn picture; with fewer, `prepare_dataset` would take it for a blurred photo
_PEOPLE = ("arcane_v3", "celeba_distill", "face_paint_512_*", "kpop_v3", "usa_v3", "webtoon_face")
_FILES = {
    "明星": ["photos/portrait/*.jpg"],
    "动漫人物": [f"pairs/{style}/*_anime.jpg" for style in _PEOPLE],
}


@lru_cache(512)
def load_source_image(phrase: str, number: int) -> Pixels:
    """One of the phrase's pictures; the numbers go round."""
    files = _files(phrase)
    if not files:
        return _drawn(number % _DRAWN)
    picture = cv2.imread(str(files[number % len(files)]))
    assert picture is not None, files[number % len(files)]
    factor = _SIDE / min(picture.shape[:2])
    if factor < 1:
        picture = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return picture.astype(np.uint8, copy=False)


def count_source_images(phrase: str) -> int:
    return len(_files(phrase)) or _DRAWN


@cache
def _files(phrase: str) -> list[Path]:
    patterns = _FILES.get(phrase, ["photos/scenery/*.jpg"])
    return sorted(path for pattern in patterns for path in (SHARED / "data").glob(pattern))


@cache
def _drawn(seed: int) -> Pixels:
    """Soft colors with shapes before them, thin lines, as sharp as hair in a photo, and grain: as many bytes as one."""
    rng = np.random.default_rng(seed)
    picture = cv2.resize(rng.integers(0, 256, (5, 4, 3), np.uint8), (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    for _ in range(14):
        color, center = rng.integers(0, 256, 3).tolist(), rng.integers(0, _SIDE, 2).tolist()
        axes, angle = rng.integers(10, 90, 2).tolist(), float(rng.integers(0, 180))
        if rng.random() < 0.5:
            cv2.ellipse(picture, center, axes, angle, 0, 360, color, -1, cv2.LINE_AA)
        else:
            corners = cv2.boxPoints((center, axes, angle)).astype(np.int32)
            cv2.fillConvexPoly(picture, corners, color, cv2.LINE_AA)
    for _ in range(_STROKES):
        start, step = rng.integers(0, _SIDE, 2), rng.integers(-80, 81, 2)
        color = (255, 255, 255) if rng.random() < 0.5 else (0, 0, 0)
        cv2.line(picture, start.tolist(), (start + step).tolist(), color, 2, cv2.LINE_AA)
    grain = rng.normal(0, 6, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)

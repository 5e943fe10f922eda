"""A sample photo, and what a run's generator made of it at several steps, side by side."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from imaging.decode import Picture, decode_image, shrink_picture
from imaging.encode import encode_image
from training.report.sheets import convert_photo
from training.report.stages import Stage

SIDE = 208  # pixels of a square cell
GAP = 4  # pixels between two, transparent
MULTIPLE = 32  # of what every network takes
QUALITY = 80


def square_photo(path: Path) -> np.ndarray:
    """The middle of a photo, uint8 [S,S,3], with S a multiple of MULTIPLE."""
    photo = decode_image(path).pixels
    height, width = photo.shape[:2]
    side = min(height, width) // MULTIPLE * MULTIPLE
    top, left = (height - side) // 2, (width - side) // 2
    return photo[top : top + side, left : left + side]


def chosen(stages: Sequence[Stage], most: int) -> list[Stage]:
    """At most so many of the stages, evenly spread: the first, the last, and some between them."""
    places = np.linspace(0, len(stages) - 1, min(most, len(stages)))
    return [stages[round(place)] for place in places]


def draw_strip(photo: np.ndarray, stages: Sequence[Stage], style: str) -> bytes:
    """WebP of the photo and of the results of each stage in one style, which says that it was made by AI."""
    cells = [photo, *(convert_photo(stage.networks[style], photo) for stage in stages)]
    width = len(cells) * (SIDE + GAP) - GAP
    pixels, alpha = np.zeros((SIDE, width, 3), np.uint8), np.zeros((SIDE, width), np.uint8)
    for place, cell in enumerate(cells):
        left = place * (SIDE + GAP)
        pixels[:, left : left + SIDE] = shrink_picture(Picture(cell), SIDE).pixels
        alpha[:, left : left + SIDE] = 255
    return encode_image(Picture(pixels, alpha), "WEBP", style=style, quality=QUALITY)

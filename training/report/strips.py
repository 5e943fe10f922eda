"""A sample photo, and what a run's generator made of it at several steps, side by side."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from imaging.decode import Picture, decode_image, shrink_picture
from imaging.encode import encode_image
from training.report.sheets import convert_photo
from training.report.stages import Stage

CELL_PX = 208  # pixels of a square cell
GAP_PX = 4  # pixels between two, transparent
SIDE_MULTIPLE = 32  # of what every network takes
WEBP_QUALITY = 80


def crop_square_photo(path: Path) -> np.ndarray:
    """Return the middle of a photo, uint8 [S,S,3], with S a multiple of SIDE_MULTIPLE."""
    photo = decode_image(path).pixels
    height, width = photo.shape[:2]
    side = min(height, width) // SIDE_MULTIPLE * SIDE_MULTIPLE
    top, left = (height - side) // 2, (width - side) // 2
    return photo[top : top + side, left : left + side]


def choose_stages(stages: Sequence[Stage], max_stages: int) -> list[Stage]:
    """Return at most so many of the stages, evenly spread: the first, the last, and some between them."""
    places = np.linspace(0, len(stages) - 1, min(max_stages, len(stages)))
    return [stages[round(place)] for place in places]


def draw_strip(photo: np.ndarray, stages: Sequence[Stage], style: str) -> bytes:
    """Return a WebP of the photo and of the results of each stage in one style, which says that it was made by AI."""
    cells = [photo, *(convert_photo(stage.networks[style], photo) for stage in stages)]
    width = len(cells) * (CELL_PX + GAP_PX) - GAP_PX
    pixels, alpha = np.zeros((CELL_PX, width, 3), np.uint8), np.zeros((CELL_PX, width), np.uint8)
    for place, cell in enumerate(cells):
        left = place * (CELL_PX + GAP_PX)
        pixels[:, left : left + CELL_PX] = shrink_picture(Picture(cell), CELL_PX).pixels
        alpha[:, left : left + CELL_PX] = 255
    return encode_image(Picture(pixels, alpha), "WEBP", style=style, quality=WEBP_QUALITY)

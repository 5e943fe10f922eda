"""Contact sheets: a look at a random part of a data set, each sample beside the picture that it is from."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from datasets.files import write_whole
from imaging.decode import Picture, decode_image
from imaging.encode import encode_image
from imaging.errors import BadImage

CELL_PX = 160  # pixels
COLUMNS, ROWS = 12, 8
GREEN, RED = (0, 200, 0), (230, 0, 0)


@dataclass(frozen=True)
class SheetItem:
    """A sample with what stands beside it. Boxes are left, top, side in the picture: green the sample, red the face."""

    picture: Path
    files: Sequence[Path]
    box: Sequence[int]
    face: Sequence[int] | None


def write_contact_sheet(path: Path, samples: Sequence[SheetItem]) -> None:
    """A JPEG of COLUMNS cells by at most ROWS; without samples none, and none that is left over."""
    path.unlink(missing_ok=True)
    if not samples:
        return
    per_row = COLUMNS // (1 + max(len(shown.files) for shown in samples))
    # By a hash of the name: as good as by chance, and the same each time.
    chosen = sorted(samples, key=lambda shown: sha256(shown.files[0].name.encode()).digest())[: per_row * ROWS]
    group = COLUMNS // per_row
    sheet = np.full((-(-len(chosen) // per_row) * CELL_PX, COLUMNS * CELL_PX, 3), 255, np.uint8)
    for place, shown in enumerate(chosen):
        top, left = place // per_row * CELL_PX, place % per_row * group * CELL_PX
        for column, cell in enumerate([_with_boxes(shown), *(_cell(_read(file)) for file in shown.files)]):
            sheet[top : top + CELL_PX, left + column * CELL_PX : left + (column + 1) * CELL_PX] = cell
    write_whole(path, encode_image(Picture(sheet), "JPEG", style=None, quality=88))


def _read(path: Path) -> np.ndarray:
    try:
        return decode_image(path).pixels
    except (BadImage, OSError):  # gone in the meantime: an empty cell says so
        return np.full((CELL_PX, CELL_PX, 3), 255, np.uint8)


def _cell(pixels: np.ndarray) -> np.ndarray:
    """uint8 [CELL,CELL,3]: the picture made to fit, in the middle, on white."""
    image = Image.fromarray(pixels)
    image.thumbnail((CELL_PX - 4, CELL_PX - 4), Image.Resampling.LANCZOS)
    cell = Image.new("RGB", (CELL_PX, CELL_PX), "white")
    cell.paste(image, ((CELL_PX - image.width) // 2, (CELL_PX - image.height) // 2))
    return np.asarray(cell)


def _with_boxes(shown: SheetItem) -> np.ndarray:
    pixels = np.array(_read(shown.picture))
    line = max(1, max(pixels.shape) * 2 // CELL_PX)
    for box, colour in ((shown.box, GREEN), (shown.face, RED)):
        if box:
            x, y, side = box
            cv2.rectangle(pixels, (x, y), (x + side - 1, y + side - 1), colour, line)
    return _cell(pixels)

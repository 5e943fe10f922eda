"""Contact sheets: a random part of a data set at a glance, each sample beside the picture that it is from."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from imaging.decode import Picture, decode_image
from imaging.encode import encode_image
from imaging.errors import BadImage
from imaging.files import write_atomically

CELL_PX = 160
COLUMNS, ROWS = 12, 8
GREEN, RED = (0, 200, 0), (230, 0, 0)


@dataclass(frozen=True)
class SheetItem:
    """A sample's files beside their picture; `box` (green) and `face` (red) are [left, top, side] in the picture."""

    picture: Path
    files: Sequence[Path]
    box: Sequence[int]
    face: Sequence[int] | None


def write_contact_sheet(path: Path, items: Sequence[SheetItem]) -> None:
    """Write a JPEG of COLUMNS cells by at most ROWS; without items none, and an earlier one is removed."""
    path.unlink(missing_ok=True)
    if not items:
        return
    items_per_row = COLUMNS // (1 + max(len(item.files) for item in items))
    # By a hash of the name: as good as by chance, and the same each time.
    chosen = sorted(items, key=lambda item: sha256(item.files[0].name.encode()).digest())[: items_per_row * ROWS]
    cells_per_item = COLUMNS // items_per_row
    sheet = np.full((-(-len(chosen) // items_per_row) * CELL_PX, COLUMNS * CELL_PX, 3), 255, np.uint8)
    for number, item in enumerate(chosen):
        top, left = number // items_per_row * CELL_PX, number % items_per_row * cells_per_item * CELL_PX
        cells = [_draw_picture_with_boxes(item), *(_fit_into_cell(_read_pixels(file)) for file in item.files)]
        for column, cell in enumerate(cells):
            sheet[top : top + CELL_PX, left + column * CELL_PX : left + (column + 1) * CELL_PX] = cell
    write_atomically(path, encode_image(Picture(sheet), "JPEG", style=None, quality=88))


def _read_pixels(path: Path) -> np.ndarray:
    try:
        return decode_image(path).pixels
    except (BadImage, OSError):  # gone in the meantime: an empty cell says so
        return np.full((CELL_PX, CELL_PX, 3), 255, np.uint8)


def _fit_into_cell(pixels: np.ndarray) -> np.ndarray:
    """uint8 [CELL_PX,CELL_PX,3]: the whole picture in the center, on white."""
    image = Image.fromarray(pixels)
    image.thumbnail((CELL_PX - 4, CELL_PX - 4), Image.Resampling.LANCZOS)
    cell = Image.new("RGB", (CELL_PX, CELL_PX), "white")
    cell.paste(image, ((CELL_PX - image.width) // 2, (CELL_PX - image.height) // 2))
    return np.asarray(cell)


def _draw_picture_with_boxes(item: SheetItem) -> np.ndarray:
    pixels = np.array(_read_pixels(item.picture))
    thickness = max(1, max(pixels.shape) * 2 // CELL_PX)
    for box, color in ((item.box, GREEN), (item.face, RED)):
        if box:
            x, y, side = box
            cv2.rectangle(pixels, (x, y), (x + side - 1, y + side - 1), color, thickness)
    return _fit_into_cell(pixels)

"""A sheet of samples, a row a photo: the photo, what was asked for, what the network makes of it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from imaging.files import atomic_write
from inference.tensors import batch_to_images
from training.data.pairs import Pair, to_tensor

Converter = Callable[[Tensor], Tensor]
CELL_PX = 360  # pixels of a cell's long side


def _cell(picture: np.ndarray) -> Image.Image:
    image = Image.fromarray(picture)
    image.thumbnail((CELL_PX, CELL_PX), Image.Resampling.LANCZOS)
    cell = Image.new("RGB", (CELL_PX, CELL_PX), "white")
    cell.paste(image, ((CELL_PX - image.width) // 2, (CELL_PX - image.height) // 2))
    return cell


def draw_sheet(rows: Sequence[Sequence[np.ndarray]]) -> Image.Image:
    """Return pictures, uint8 [H,W,3] of any sizes, in rows of one length, on one sheet."""
    sheet = Image.new("RGB", (len(rows[0]) * CELL_PX, len(rows) * CELL_PX), "white")
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            sheet.paste(_cell(picture), (column * CELL_PX, row * CELL_PX))
    return sheet


@torch.inference_mode()
def convert_photo(network: Converter, photo: np.ndarray, device: str | torch.device = "cpu") -> np.ndarray:
    """Return what the network makes of uint8 [H,W,3], as the same."""
    return batch_to_images(network(to_tensor([photo]).to(device)))[0].cpu().numpy()


def save_sheet(sheet: Image.Image, path: Path) -> None:
    """Write a JPEG, whole or not at all."""
    with atomic_write(path) as part:
        sheet.save(part, "JPEG", quality=90)


def draw_pairs(
    converter_of: Callable[[int], Converter], pairs: Sequence[Pair], device: str | torch.device = "cpu"
) -> Image.Image:
    """Return a sheet of len(pairs) rows: photo, target, and the result of the converter of its style."""
    rows = [(p.photo, p.target, convert_photo(converter_of(p.style), p.photo, device)) for p in pairs]
    return draw_sheet(rows)

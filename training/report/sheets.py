"""A sheet of samples, a row a photo: the photo, what was asked for, what the network makes of it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from imaging.files import atomic_write
from training.data.pairs import Pair, to_tensor

Converter = Callable[[Tensor], Tensor]
CELL = 360  # pixels of a cell's long side


def _cell(picture: np.ndarray) -> Image.Image:
    image = Image.fromarray(picture)
    image.thumbnail((CELL, CELL), Image.Resampling.LANCZOS)
    cell = Image.new("RGB", (CELL, CELL), "white")
    cell.paste(image, ((CELL - image.width) // 2, (CELL - image.height) // 2))
    return cell


def sheet_of(rows: Sequence[Sequence[np.ndarray]]) -> Image.Image:
    """Pictures, uint8 [H,W,3] of any sizes, in rows of one length."""
    sheet = Image.new("RGB", (len(rows[0]) * CELL, len(rows) * CELL), "white")
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            sheet.paste(_cell(picture), (column * CELL, row * CELL))
    return sheet


@torch.inference_mode()
def result_of(network: Converter, photo: np.ndarray, device: str | torch.device = "cpu") -> np.ndarray:
    """What the network makes of uint8 [H,W,3], as the same."""
    output = network(to_tensor([photo]).to(device))[0].permute(1, 2, 0).clamp(-1, 1).cpu().numpy()
    return np.round((output + 1) * 127.5).astype(np.uint8)


def save_sheet(sheet: Image.Image, path: Path) -> None:
    """As a JPEG, which is there whole or not at all."""
    with atomic_write(path) as part:
        sheet.save(part, "JPEG", quality=90)


def write_sheet(
    converter_of: Callable[[int], Converter], pairs: Sequence[Pair], path: Path, device: str = "cpu"
) -> None:
    """Write a JPEG of len(pairs) rows: photo, target, and the result of the converter of its style."""
    rows = [(pair.photo, pair.target, result_of(converter_of(pair.style), pair.photo, device)) for pair in pairs]
    save_sheet(sheet_of(rows), path)

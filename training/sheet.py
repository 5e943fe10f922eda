"""A sheet of samples: photo, teacher, student side by side, a row a photo."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from .pairs import Pair, to_tensor

CELL = 360  # pixels of a cell's long side


def _cell(picture: np.ndarray) -> Image.Image:
    image = Image.fromarray(picture)
    image.thumbnail((CELL, CELL), Image.Resampling.LANCZOS)
    cell = Image.new("RGB", (CELL, CELL), "white")
    cell.paste(image, ((CELL - image.width) // 2, (CELL - image.height) // 2))
    return cell


@torch.inference_mode()
def write_sheet(network: nn.Module, pairs: list[Pair], path: Path, device: str = "cpu") -> None:
    """Write a JPEG of len(pairs) rows: photo, target, the network's result."""
    sheet = Image.new("RGB", (3 * CELL, len(pairs) * CELL), "white")
    for row, pair in enumerate(pairs):
        output = network(to_tensor([pair.photo]).to(device))[0].permute(1, 2, 0).clamp(-1, 1).cpu().numpy()
        result = np.round((output + 1) * 127.5).astype(np.uint8)
        for column, picture in enumerate((pair.photo, pair.target, result)):
            sheet.paste(_cell(picture), (column * CELL, row * CELL))
    sheet.save(path, quality=90)

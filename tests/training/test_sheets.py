from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from tests.training.samples import picture
from training.data.pairs import Pair
from training.report.sheets import CELL_PX, draw_pairs, save_sheet

pytestmark = pytest.mark.no_database


class _Brighten(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + 5  # far out of range: white after clipping


def _cells(path: Path, rows: int) -> np.ndarray:
    """The middle colors of the cells, [rows, 3, RGB]."""
    with Image.open(path) as sheet:
        assert (sheet.format, sheet.size) == ("JPEG", (3 * CELL_PX, rows * CELL_PX))
        middle = np.arange(rows) * CELL_PX + CELL_PX // 2
        return np.asarray(sheet).astype(int)[middle][:, np.arange(3) * CELL_PX + CELL_PX // 2]


def test_a_row_shows_photo_target_and_result(tmp_path: Path) -> None:
    red, blue = (np.full((64, 48, 3), color, np.uint8) for color in ((200, 0, 0), (0, 0, 200)))
    save_sheet(draw_pairs(lambda _: _Brighten(), [Pair(red, blue), Pair(blue, red)]), tmp_path / "sheet.jpg")
    expected = [[[200, 0, 0], [0, 0, 200], [255, 255, 255]], [[0, 0, 200], [200, 0, 0], [255, 255, 255]]]
    assert np.abs(_cells(tmp_path / "sheet.jpg", 2) - expected).max() < 12  # JPEG


def test_photos_of_all_sizes_fit_and_keep_their_pixels(tmp_path: Path) -> None:
    photos = [np.asarray(picture(seed, size)) for seed, size in enumerate([(400, 200), (96, 488), (16, 16)])]
    save_sheet(draw_pairs(lambda _: nn.Identity(), [Pair(photo, photo) for photo in photos]), tmp_path / "sheet.jpg")
    cells = _cells(tmp_path / "sheet.jpg", 3)
    assert np.abs(cells - cells[:, :1]).max() < 12
    assert torch.is_grad_enabled()

"""The tiny picture that stands in for a large one."""

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from gallery.conversion import blur
from inference.images import Picture


@pytest.mark.no_database
@pytest.mark.parametrize("side", [8, 12, 20, 21, 40])
@pytest.mark.parametrize("seed", range(5))
def test_even_the_noisiest_picture_fits_into_its_column(side: int, seed: int) -> None:
    dots = np.random.default_rng(seed).integers(0, 2, (side, side, 3), dtype=np.uint8) * 255
    address = blur(Picture(dots, alpha=dots[..., 0]))
    assert 0 < len(address) <= 600
    picture = Image.open(BytesIO(base64.b64decode(address.partition(",")[2])))
    assert 8 <= picture.width <= 20

"""The tiny picture that stands in for a large one."""

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from gallery.photos.renditions import make_blur
from imaging.decode import Picture

pytestmark = pytest.mark.no_database


def noise(side: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2, (side, side, 3), dtype=np.uint8) * 255


@pytest.mark.parametrize("side", [8, 12, 20, 21, 40])
@pytest.mark.parametrize("seed", range(5))
def test_even_the_noisiest_picture_fits_into_its_column(side: int, seed: int) -> None:
    url = make_blur(Picture(noise(side, seed)))
    assert 0 < len(url) <= 600
    picture = Image.open(BytesIO(base64.b64decode(url.partition(",")[2])))
    assert 8 <= picture.width <= 20


def test_nothing_stands_in_for_a_picture_that_one_can_see_through() -> None:
    dots = noise(40, seed=1)
    assert make_blur(Picture(dots, alpha=dots[..., 0])) == ""

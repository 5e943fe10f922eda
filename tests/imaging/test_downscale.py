"""A smaller picture is the mean of the large one, by whichever way it is made."""

import cv2
import numpy as np
import pytest

from imaging.resize import downscale, resize_to_fit
from tests.inference.material import apart, photo

SIZES = [
    ((600, 800), (150, 200)),
    ((600, 800), (136, 180)),
    ((601, 803), (97, 130)),
    ((64, 64), (64, 64)),
    ((9, 4), (3, 1)),
]


@pytest.mark.parametrize(("size", "wanted"), SIZES)
def test_it_is_what_averaging_at_once_gives(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    large = photo(*size)
    small = downscale(large, *wanted)
    assert small.shape == (*wanted, 3)
    at_once = cv2.resize(large, wanted[::-1], interpolation=cv2.INTER_AREA)
    difference = apart(small, at_once)
    assert difference.mean() < 0.4
    assert difference.max() < 30  # where an edge runs through a pixel


def test_one_channel_is_enough() -> None:
    alpha = np.full((40, 80), 7, np.uint8)
    assert (downscale(alpha, 10, 20) == np.full((10, 20), 7)).all()


@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [((300, 400), 200, (150, 200)), ((400, 301), 40, (40, 30)), ((30, 40), 41, (30, 40)), ((900, 2), 90, (90, 1))],
)
def test_a_picture_is_fitted_to_its_longer_side(size: tuple[int, int], side: int, expected: tuple[int, int]) -> None:
    assert resize_to_fit(photo(*size), side).shape == (*expected, 3)

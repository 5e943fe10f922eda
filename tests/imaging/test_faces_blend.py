"""Putting a square back into a picture."""

import numpy as np
import pytest

from imaging.faces.align import FaceFrame, crop_frame
from imaging.faces.blend import MASK_PX, ROWS_AT_ONCE, paste_square, soft_mask
from tests.inference.material import apart, photo


def _noise(size: int) -> np.ndarray:
    return np.random.default_rng(1).integers(-20, 21, (size, size, 3))


def test_the_mask_is_whole_in_the_middle_gone_at_the_border_and_never_jumps() -> None:
    mask = soft_mask()
    assert mask[MASK_PX // 4 : -MASK_PX // 4, MASK_PX // 4 : -MASK_PX // 4].min() > 0.99
    assert max(mask[0].max(), mask[-1].max(), mask[:, 0].max(), mask[:, -1].max()) == 0
    assert np.abs(np.diff(mask, axis=0)).max() < 0.06


@pytest.mark.parametrize("angle", [0, 20, -65])
def test_a_square_that_was_not_changed_leaves_the_picture_as_it_is(angle: float) -> None:
    picture = photo(300, 400)
    frame, before = FaceFrame(180, 140, 150, angle), picture.copy()
    paste_square(picture, crop_frame(picture, frame, 150), frame)
    assert apart(picture, before).mean() < 0.3


def test_what_is_outside_of_the_square_is_not_touched() -> None:
    picture = photo(300, 400)
    before = picture.copy()
    paste_square(picture, photo(100, 100, seed=3), FaceFrame(180, 140, 100))
    outside = np.ones((300, 400), bool)
    outside[90:190, 130:230] = False
    assert np.array_equal(picture[outside], before[outside])
    assert not np.array_equal(picture, before)


def test_fine_detail_comes_from_the_square_and_color_from_the_picture() -> None:
    picture = np.full((300, 400, 3), (150, 120, 90), np.uint8)
    noise = _noise(200)
    paste_square(picture, (np.full((200, 200, 3), (90, 120, 150)) + noise).astype(np.uint8), FaceFrame(200, 150, 200))
    middle = picture[120:180, 170:230].astype(float)
    assert np.abs(middle.mean(axis=(0, 1)) - (150, 120, 90)).max() < 2
    assert apart(picture[120:180, 170:230], (150, 120, 90) + noise[70:130, 70:130]).mean() < 4


def test_a_square_at_the_border_is_put_back_as_far_as_there_is_a_picture() -> None:
    for x, y in ((0, 0), (400, 150), (200, 300)):
        picture = photo(300, 400)
        before = picture.copy()
        frame = FaceFrame(x, y, 120, 15)
        paste_square(picture, crop_frame(picture, frame, 240), frame)
        assert apart(picture, before).mean() < 0.3


def test_bands_of_rows_join_without_a_line() -> None:
    """A picture that is worked on in parts, and the same one at another height, so that the parts lie elsewhere."""
    high, low = (np.full((4 * ROWS_AT_ONCE, 900, 3), 100, np.uint8) for _ in range(2))
    square = photo(600, 600, seed=2)
    paste_square(high, square, FaceFrame(450, ROWS_AT_ONCE * 1.5, 600, 10))
    paste_square(low, square, FaceFrame(450, ROWS_AT_ONCE * 1.5 + 100, 600, 10))
    assert np.array_equal(high[:-100], low[100:])


def test_a_square_that_was_enlarged_is_averaged_and_not_sampled() -> None:
    stripes = np.zeros((800, 800, 3), np.uint8)
    stripes[:, ::2] = 200
    picture = np.full((200, 200, 3), 100, np.uint8)
    paste_square(picture, stripes, FaceFrame(100, 100, 100))
    assert apart(picture, np.full((200, 200, 3), 100)).max() <= 2

import cv2
import numpy as np
import pytest

from tests.training.samples import picture, toned
from training.data.alignment import Alignment, apply_alignment, find_alignment

pytestmark = pytest.mark.no_database


def _scene(seed: int, size: tuple[int, int] = (240, 180)) -> np.ndarray:
    """Blobs with hard edges, as photos have them."""
    levels = np.asarray(picture(seed, size)).astype(int) // 48 * 48
    return cv2.GaussianBlur(levels.astype(np.uint8), (0, 0), 0.8)


def _moved(photo: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """A result in which what the photo has at p lies at matrix·(p, 1)."""
    size = photo.shape[1::-1]
    return cv2.warpAffine(photo, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def _by(right: float, down: float) -> np.ndarray:
    return np.array([[1, 0, right], [0, 1, down]], dtype=np.float64)


@pytest.mark.parametrize(("right", "down"), [(1, 0), (0, -1), (0.6, -0.7), (-2.3, 1.4), (4, 5)])
@pytest.mark.parametrize("size", [(240, 180), (1000, 700)], ids=["as it is", "found on a smaller one"])
def test_a_shift_is_found_to_a_fraction_of_a_pixel(right: float, down: float, size: tuple[int, int]) -> None:
    scale = size[0] / 240
    photo = _scene(1, size)
    found = find_alignment(photo, _moved(photo, _by(scale * right, scale * down)))
    assert found.matrix == pytest.approx(_by(scale * right, scale * down), abs=0.2 * scale)
    assert found.matches(photo.shape)


def test_a_change_of_size_is_found() -> None:
    photo = _scene(2)
    matrix = np.array([[1.02, 0, -2.4], [0, 1.02, -1.8]])
    found = find_alignment(photo, _moved(photo, matrix))
    assert found.matrix == pytest.approx(matrix, abs=0.3)


def test_an_aligned_result_lies_on_the_photo_whatever_its_colors() -> None:
    photo = _scene(3)
    style = np.asarray(toned(picture(3, (240, 180)))).astype(int) // 48 * 48
    style = cv2.GaussianBlur(style.astype(np.uint8), (0, 0), 0.8)
    result = _moved(style, _by(1.5, -1))
    after = apply_alignment(result, find_alignment(style, result))
    inner = (slice(8, -8), slice(8, -8))
    before, now = (np.abs(one.astype(int) - style.astype(int))[inner].mean() for one in (result, after))
    assert now < before / 3
    assert photo.shape == after.shape


def test_what_lies_right_is_left_as_it_is() -> None:
    photo = _scene(4)
    result = 255 - photo
    found = find_alignment(photo, result)
    assert found.movement_px == 0
    assert apply_alignment(result, found) is result


def test_a_result_of_another_photo_does_not_match() -> None:
    other = np.ascontiguousarray(_scene(6, (180, 240)).transpose(1, 0, 2))  # or all scenes have their edges on one grid
    assert not find_alignment(_scene(5), other).matches((180, 240, 3))


def test_a_result_that_moved_far_does_not_match() -> None:
    assert not Alignment(_by(20, 0), 20, 0.9).matches((180, 240, 3))


def test_a_picture_of_one_color_is_no_crash() -> None:
    flat = np.full((64, 64, 3), 90, np.uint8)
    assert not find_alignment(flat, flat).matches(flat.shape)

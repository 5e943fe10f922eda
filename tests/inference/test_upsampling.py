import cv2
import numpy as np
import pytest

from inference.upsampling import EPS, RADIUS, guided_upsample

from .material import apart, photo

pytestmark = pytest.mark.no_database


def _reduced(image: np.ndarray, height: int, width: int) -> np.ndarray:
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def _enlarged(image: np.ndarray, height: int, width: int) -> np.ndarray:
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)


def _by_the_formula(picture: np.ndarray, small: np.ndarray, painted: np.ndarray) -> np.ndarray:
    """Algorithm 2 of He, Sun (arXiv:1505.00996) in double precision, in one piece."""
    r = RADIUS

    def mean(x: np.ndarray) -> np.ndarray:
        around = np.pad(x, ((r, r), (r, r), (0, 0)), mode="reflect")
        return np.lib.stride_tricks.sliding_window_view(around, (2 * r + 1, 2 * r + 1), (0, 1)).mean(axis=(-2, -1))

    guide, result = small / 255, painted / 255
    a = (mean(guide * result) - mean(guide) * mean(result)) / (mean(guide**2) - mean(guide) ** 2 + EPS)
    b = mean(result) - a * mean(guide)
    size = picture.shape[:2]
    return np.clip((_enlarged(mean(a), *size) * (picture / 255) + _enlarged(mean(b), *size)) * 255, 0, 255)


@pytest.mark.parametrize("size", [(96, 128), (97, 131), (500, 37), (24, 300)])
def test_it_is_the_fast_guided_filter_of_the_paper(size: tuple[int, int]) -> None:
    picture = photo(*size)
    small = _reduced(picture, 24, 32)
    painted = photo(24, 32, seed=1)
    result = guided_upsample(picture, small, painted)
    assert apart(result, _by_the_formula(picture, small, painted)).max() <= 0.51


@pytest.mark.parametrize("value", [0, 1, 77, 254, 255])
@pytest.mark.parametrize("size", [(100, 140), (1, 900), (333, 7)])
def test_a_result_of_one_colour_stays_one_colour(size: tuple[int, int], value: int) -> None:
    picture = photo(*size)
    small = _reduced(picture, max(1, size[0] // 4), max(1, size[1] // 4))
    assert np.all(guided_upsample(picture, small, np.full_like(small, value)) == value)


def test_a_photo_that_is_its_own_result_comes_back_nearly_as_it_was() -> None:
    picture = photo(600, 800)
    small = _reduced(picture, 150, 200)
    away = apart(guided_upsample(picture, small, small), picture)
    assert away.mean() < 0.5
    assert np.percentile(away, 99) < 6


def test_an_edge_of_the_photo_stays_sharp() -> None:
    """Dark and light change places in the result, so nothing of the photo may shine through."""
    picture = np.full((480, 640, 3), 50, np.uint8)
    picture[:, 301:] = 200
    small = _reduced(picture, 60, 80)
    result = guided_upsample(picture, small, 255 - small).astype(int)[240, :, 0]
    plain = _enlarged(255 - small, 480, 640).astype(int)[240, :, 0]
    assert np.abs(np.diff(plain)).max() < 25
    assert np.abs(np.diff(result)).max() > 4 * np.abs(np.diff(plain)).max()
    assert np.abs(np.diff(result)).argmax() == 300
    assert apart(result[[100, 500]], np.array([205, 55])).max() <= 1


def test_what_the_network_drew_and_the_photo_lacks_is_kept() -> None:
    picture = np.full((400, 400, 3), 128, np.uint8)
    painted = np.full((100, 100, 3), 128, np.uint8)
    painted[40:60, 40:60] = 20
    result = guided_upsample(picture, _reduced(picture, 100, 100), painted)
    assert apart(result[200, 200], np.array([20, 20, 20])).max() <= 2
    assert apart(result[40, 40], np.array([128, 128, 128])).max() <= 2


def test_strips_leave_no_trace() -> None:
    """A picture that lies on its side is cut into strips at other places, and must come out the same."""
    picture = photo(3000, 1100)
    small = _reduced(picture, 375, 138)
    painted = photo(375, 138, seed=1)
    upright = guided_upsample(picture, small, painted)
    lying = guided_upsample(*(np.ascontiguousarray(x.transpose(1, 0, 2)) for x in (picture, small, painted)))
    assert apart(upright, lying.transpose(1, 0, 2)).max() <= 1


@pytest.mark.parametrize("size", [(3, 70_000), (70_000, 3), (1, 1)])
def test_sides_may_be_longer_than_opencv_can_warp(size: tuple[int, int]) -> None:
    picture = photo(*size)
    small = _reduced(picture, max(1, size[0] // 2), max(1, size[1] // 2))
    result = guided_upsample(picture, small, small)
    assert result.shape == picture.shape
    assert apart(result, picture).mean() < 4

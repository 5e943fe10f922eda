import tracemalloc

import cv2
import numpy as np
import pytest

from imaging.resize import guided_upsample
from tests.inference.material import apart, photo

pytestmark = pytest.mark.no_database


def _reduced(image: np.ndarray, height: int, width: int) -> np.ndarray:
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def _enlarged(image: np.ndarray, height: int, width: int) -> np.ndarray:
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)


def _enlarged_smoothly(image: np.ndarray, height: int, width: int) -> np.ndarray:
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)


def _sharpest(row: np.ndarray) -> tuple[int, int]:
    """How high the highest step between two pixels of [W,3] is, and where."""
    steps = np.abs(np.diff(row[:, 0].astype(int)))
    return int(steps.max()), int(steps.argmax())


@pytest.mark.parametrize("size", [(48, 64), (1, 40), (33, 1)])
def test_where_nothing_is_enlarged_the_result_is_the_networks_own(size: tuple[int, int]) -> None:
    picture, painted = photo(*size), photo(*size, seed=1)
    assert apart(guided_upsample(picture, picture, painted), painted).max() <= 1


def test_reduced_again_it_is_what_the_network_painted() -> None:
    picture, painted = photo(480, 640), photo(96, 128, seed=1)
    result = guided_upsample(picture, _reduced(picture, 96, 128), painted)
    away = apart(_reduced(result, 96, 128), painted)
    assert away.mean() < 6
    assert away.mean() < apart(_reduced(picture, 96, 128), painted).mean() / 5


@pytest.mark.parametrize("value", [0, 1, 77, 254, 255])
@pytest.mark.parametrize("size", [(100, 140), (1, 900), (333, 7)])
def test_a_result_of_one_color_stays_one_color(size: tuple[int, int], value: int) -> None:
    picture = photo(*size)
    small = _reduced(picture, max(1, size[0] // 4), max(1, size[1] // 4))
    assert np.all(guided_upsample(picture, small, np.full_like(small, value)) == value)


def test_a_photo_that_is_its_own_result_comes_back_nearly_as_it_was() -> None:
    picture = photo(600, 800)
    small = _reduced(picture, 150, 200)
    away = apart(guided_upsample(picture, small, small), picture)
    assert away.mean() < 0.5
    assert np.percentile(away, 99) < 6


@pytest.mark.parametrize(("contrast", "offset"), [(1.0, 0), (0.6, 60), (1.3, -40)])
def test_an_edge_of_the_photo_stays_sharp(contrast: float, offset: int) -> None:
    picture = np.full((480, 640, 3), 50, np.uint8)
    picture[:, 301:] = 200
    small = _reduced(picture, 60, 80)
    painted = np.round(small * contrast + offset).astype(np.uint8)
    result = guided_upsample(picture, small, painted)
    assert apart(result[[240], [100, 500]][:, 0], picture[0, [100, 500], 0] * contrast + offset).max() <= 1
    (plain, _), (step, where) = _sharpest(_enlarged(painted, 480, 640)[240]), _sharpest(result[240])
    assert step > 5 * plain
    assert where == 300


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


@pytest.mark.parametrize("lying", [True, False])
def test_sides_may_be_longer_than_opencv_can_warp(lying: bool) -> None:
    picture, small = np.repeat(photo(1, 70_000), 3, axis=0), photo(1, 70_000)[:, ::2].copy()
    if not lying:
        picture, small = (np.ascontiguousarray(x.transpose(1, 0, 2)) for x in (picture, small))
    assert apart(guided_upsample(picture, small, small), picture).mean() < 1


@pytest.mark.parametrize("shift", [2, 3, 4])
@pytest.mark.parametrize("contrast", [1.0, 0.4])
def test_a_line_that_the_network_moved_is_not_drawn_where_it_was(shift: int, contrast: float) -> None:
    """An eye that was opened: its lid lies some pixels of the small picture higher, with no trace of the old one."""
    picture = np.full((720, 640, 3), 200, np.uint8)
    picture[361:367, 100:540] = 30
    small = _reduced(picture, 144, 128)
    painted = np.clip(200 - contrast * (200 - np.roll(small, -shift, axis=0).astype(float)), 0, 255).astype(np.uint8)
    added = apart(guided_upsample(picture, small, painted), _enlarged_smoothly(painted, 720, 640))
    assert added[355:373, 140:500].max() <= 2


def test_beside_a_line_that_was_moved_the_others_stay_sharp() -> None:
    picture = np.full((720, 640, 3), 200, np.uint8)
    picture[361:367, 100:300] = 30
    picture[:, 402:] = 60
    small = _reduced(picture, 144, 128)
    painted = small.copy()
    painted[:, :64] = np.roll(small, -3, axis=0)[:, :64]
    step, where = _sharpest(guided_upsample(picture, small, painted)[364])
    assert (step > 130, where) == (True, 401)


def test_texture_that_the_network_painted_over_does_not_come_back() -> None:
    picture = np.clip(photo(600, 800) + np.random.default_rng(0).normal(0, 25, (600, 800, 1)), 0, 255).astype(np.uint8)
    small = _reduced(picture, 150, 200)
    painted = cv2.GaussianBlur(_reduced(photo(600, 800), 150, 200), (0, 0), 2)
    away = apart(guided_upsample(picture, small, painted), _enlarged_smoothly(painted, 600, 800))
    assert away.mean() < apart(picture, photo(600, 800)).mean() / 10


def test_memory_beside_the_output_does_not_grow_with_the_height() -> None:
    peaks = []
    for height in (1000, 4000):
        picture = np.zeros((height, 1000, 3), np.uint8)
        small = np.zeros((100, 100, 3), np.uint8)
        tracemalloc.start()
        guided_upsample(picture, small, small)
        peaks.append(tracemalloc.get_traced_memory()[1] - picture.nbytes)
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2**20

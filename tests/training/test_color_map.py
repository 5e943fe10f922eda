"""How much of a style is a color filter."""

import numpy as np
import pytest

from tests.training.samples import picture, toned
from training.metrics.color_map import color_map_share

pytestmark = pytest.mark.no_database


def _photo(seed: int = 1) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(-20, 21, (120, 160, 3))
    return np.clip(np.asarray(picture(seed, (160, 120))).astype(int) + noise, 0, 255).astype(np.uint8)


def test_a_filter_of_colors_is_explained_by_a_map_of_colors() -> None:
    photo = _photo()
    warm = np.asarray(toned(picture(1, (160, 120))))
    assert color_map_share(np.asarray(picture(1, (160, 120))), warm) > 0.999
    squares = np.rint(255 * np.square(photo / 255)).astype(np.uint8)
    assert color_map_share(photo, squares) > 0.999


def test_what_is_drawn_is_not_explained() -> None:
    photo = _photo()
    noise = np.random.default_rng(7).integers(-30, 31, photo.shape)
    drawn = np.clip(photo + noise, 0, 255).astype(np.uint8)
    assert abs(color_map_share(photo, drawn)) < 0.1


def test_the_share_is_of_squared_differences() -> None:
    """Half of the squared change is a filter (all pixels 20 lighter), the other half is drawn (20 up or down)."""
    photo = np.clip(_photo(), 50, 200)
    signs = np.random.default_rng(3).choice([-20, 20], photo.shape)
    result = (photo.astype(int) + 20 + signs).astype(np.uint8)
    assert color_map_share(photo, result) == pytest.approx(0.5, abs=0.02)


def test_nothing_changed_is_a_filter_and_a_gray_photo_has_a_share_as_well() -> None:
    photo = _photo()
    assert color_map_share(photo, photo) == 1
    gray = np.repeat(photo[..., :1], 3, axis=2)
    assert color_map_share(gray, 255 - gray) > 0.999
    flat = np.full((16, 16, 3), 100, np.uint8)
    assert color_map_share(flat, flat + np.uint8(50)) == pytest.approx(1)

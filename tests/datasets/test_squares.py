"""Where samples lie in a picture, and what is cut out."""

import numpy as np
import pytest

from datasets.squares import (
    FACE_MARGIN,
    MIN_FACE_MARGIN,
    center_square,
    crop_square,
    random_squares,
    square_around_face,
    top_square,
)
from imaging.faces.strict_search import Square
from tests.datasets.helpers import draw_patchwork

pytestmark = pytest.mark.no_database


def is_inside(square: Square, width: int, height: int) -> bool:
    return square.x >= 0 and square.y >= 0 and max(square.x + square.side - width, square.y + square.side - height) <= 0


def contains(outer: Square, inner: Square) -> bool:
    shifted = Square(inner.x - outer.x, inner.y - outer.y, inner.side)
    return is_inside(shifted, outer.side, outer.side)


def test_a_face_with_room_is_in_the_middle_of_its_square() -> None:
    assert square_around_face(Square(200, 300, 100), 800, 800) == Square(175, 275, 150)


def test_a_face_in_the_corner_is_shifted_into_the_picture() -> None:
    assert square_around_face(Square(0, 5, 100), 800, 600) == Square(0, 0, 150)
    assert square_around_face(Square(700, 500, 100), 800, 600) == Square(650, 450, 150)


def test_any_face_is_within_its_square_and_that_within_the_picture() -> None:
    rng = np.random.default_rng(0)
    for _ in range(500):
        width, height = (int(n) for n in rng.integers(100, 900, 2))
        side = int(rng.integers(20, int(min(width, height) / MIN_FACE_MARGIN)))
        face = Square(int(rng.integers(width - side + 1)), int(rng.integers(height - side + 1)), side)
        square = square_around_face(face, width, height)
        assert is_inside(square, width, height)
        assert contains(square, face)
        assert square.side == min(round(FACE_MARGIN * side), width, height)


def test_only_a_face_that_fills_the_picture_is_given_a_mirrored_border() -> None:
    assert square_around_face(Square(10, 20, 180), 300, 220) == Square(0, 0, 220)
    assert square_around_face(Square(10, 10, 200), 300, 220) == Square(0, -10, 240)


def test_what_is_outside_is_the_mirror_image() -> None:
    pixels = draw_patchwork(0, 40, 60)
    mirrored = np.pad(pixels, ((6, 6), (0, 0), (0, 0)), mode="reflect")
    assert np.array_equal(crop_square(pixels, Square(5, -6, 52), 52), mirrored[:, 5:57])


@pytest.mark.parametrize("size", [64, 256])
def test_a_sample_has_the_size_and_shows_the_square(size: int) -> None:
    pixels = draw_patchwork(2, 300, 400)
    sample = crop_square(pixels, Square(100, 50, 200), size)
    assert sample.shape == (size, size, 3)
    means = pixels[50:250, 100:300].mean(axis=(0, 1))
    assert np.abs(sample.mean(axis=(0, 1)) - means).max() < 1.5


def test_whole_pictures_are_cut_in_the_middle_and_tall_drawings_at_the_top() -> None:
    assert center_square(300, 500) == Square(0, 100, 300)
    assert top_square(300, 500) == Square(0, 0, 300)
    assert center_square(500, 300) == top_square(500, 300) == Square(100, 0, 300)


@pytest.mark.parametrize(("width", "height", "least", "most"), [(800, 600, 300, 600), (300, 280, 256, 280)])
def test_random_squares_lie_within_and_are_the_same_each_time(width: int, height: int, least: int, most: int) -> None:
    squares = random_squares(width, height, 256, 200, seed=5)
    assert squares == random_squares(width, height, 256, 200, seed=5)
    assert squares != random_squares(width, height, 256, 200, seed=6)
    assert all(is_inside(square, width, height) for square in squares)
    sides = [square.side for square in squares]
    assert least <= min(sides) < least + (most - least) // 10 + 2
    assert most - (most - least) // 10 - 2 < max(sides) <= most

"""Hashes of what pictures show, and the search among many."""

from itertools import combinations

import cv2
import numpy as np
import pytest

from imaging.hashing import HashIndex, difference_hash, hamming_distance, perceptual_hash
from tests.datasets.helpers import PHOTOS, blur, draw_patchwork, read_pixels

pytestmark = pytest.mark.no_database


def scaled(pixels: np.ndarray, factor: float) -> np.ndarray:
    return cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def recompressed(pixels: np.ndarray, quality: int) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def brighter(pixels: np.ndarray) -> np.ndarray:
    return np.clip(pixels * 1.1 + 8, 0, 255).astype(np.uint8)


def copies(pixels: np.ndarray) -> list[np.ndarray]:
    half = scaled(pixels, 0.5)
    return [half, scaled(pixels, 0.37), recompressed(half, 40), recompressed(pixels, 15), brighter(pixels)]


def test_the_hash_is_that_of_the_paper() -> None:
    """Computed once more, from the definition of the cosine transform, in double precision."""
    gray = np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8)
    place, frequency = np.arange(32), np.arange(1, 9)[:, None]
    waves = np.cos(np.pi * (2 * place + 1) * frequency / 64)
    low = waves @ gray.astype(np.float64) @ waves.T
    bits = "".join("1" if value > np.median(low) else "0" for value in low.ravel())
    assert perceptual_hash(gray) == int(bits, 2)


def test_half_of_the_bits_are_set_so_that_none_is_wasted() -> None:
    assert {perceptual_hash(draw_patchwork(seed)).bit_count() for seed in range(20)} == {32}


def test_a_copy_keeps_its_hash_and_another_picture_has_another() -> None:
    pictures = [draw_patchwork(seed) for seed in range(12)]
    hashes = [perceptual_hash(picture) for picture in pictures]
    for picture, value in zip(pictures, hashes, strict=True):
        assert max(hamming_distance(value, perceptual_hash(copy)) for copy in copies(picture)) <= 6
    assert min(hamming_distance(a, b) for a, b in combinations(hashes, 2)) > 12


@pytest.mark.shared
def test_copies_of_real_photos_are_within_six_bits_and_other_photos_are_not() -> None:
    pictures = [read_pixels(path) for path in sorted(PHOTOS.glob("*/*.jpg"))[::3]]
    hashes = [perceptual_hash(picture) for picture in pictures]
    for picture, value in zip(pictures, hashes, strict=True):
        softer = [blur(picture, 3), *copies(picture)]
        assert max(hamming_distance(value, perceptual_hash(copy)) for copy in softer) <= 6
    assert min(hamming_distance(a, b) for a, b in combinations(hashes, 2)) > 10


def test_color_does_not_count() -> None:
    pixels = draw_patchwork(1)
    assert perceptual_hash(pixels) == perceptual_hash(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))


@pytest.mark.parametrize(("a", "b", "bits"), [(0, 0, 0), (0b1011, 0b0010, 2), (0, 2**64 - 1, 64), (2**63, 0, 1)])
def test_the_distance_is_the_number_of_bits_that_differ(a: int, b: int, bits: int) -> None:
    assert hamming_distance(a, b) == hamming_distance(b, a) == bits


def test_what_is_within_the_bits_is_found_and_what_is_beyond_is_not() -> None:
    index = HashIndex(max_distance=3)
    assert index.find_nearest(0) is None
    index.add(0, "zero")
    index.add(2**64 - 1, "all")
    assert (index.find_nearest(0b111), index.find_nearest(2**64 - 1 - 0b111)) == ("zero", "all")
    assert (index.find_nearest(0b1111), index.find_nearest(2**32 - 1)) == (None, None)


def test_the_nearest_is_found_and_the_first_of_those_as_near() -> None:
    index = HashIndex(max_distance=8)
    for value, name in ((0b1111, "far"), (0b1, "near"), (0b10, "as near"), (0b111, "middle")):
        index.add(value, name)
    assert index.find_nearest(0) == "near"


def test_among_thousands_it_finds_what_comparing_one_by_one_finds() -> None:
    rng = np.random.default_rng(3)
    values = [int(value) for value in rng.integers(0, 2**64, 3000, dtype=np.uint64)]
    index = HashIndex(max_distance=20)
    for name, value in enumerate(values):
        index.add(value, str(name))
    assert len(index) == 3000
    asked = [int(value) for value in rng.integers(0, 2**64, 200, dtype=np.uint64)]
    for value in asked:
        near, name = min((hamming_distance(value, other), name) for name, other in enumerate(values))
        assert index.find_nearest(value) == (str(name) if near <= 20 else None)


def test_the_difference_hash_says_which_pixels_are_brighter_than_their_right_neighbors() -> None:
    rows = np.tile(np.arange(9, dtype=np.uint8) * 20, (8, 1))
    rows[2] = rows[2, ::-1]
    assert difference_hash(rows) == 0xFF << (8 * 5)
    assert difference_hash(np.repeat(rows[..., None], 3, axis=2)) == difference_hash(rows)


def test_a_copy_keeps_its_difference_hash_and_another_picture_has_another() -> None:
    pictures = [draw_patchwork(seed) for seed in range(12)]
    hashes = [difference_hash(picture) for picture in pictures]
    for picture, value in zip(pictures, hashes, strict=True):
        half = scaled(picture, 0.5)
        assert max(hamming_distance(value, difference_hash(copy)) for copy in (half, recompressed(half, 40))) < 6
    assert min(hamming_distance(a, b) for a, b in combinations(hashes, 2)) > 6

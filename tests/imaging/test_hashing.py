"""Hashes of what pictures show, and the search among many."""

from itertools import combinations

import cv2
import numpy as np
import pytest

from imaging.hashing import Seen, distance, perceptual_hash
from tests.datasets.test_sources import PHOTOS, blurred, drawn, pixels_of

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
    grey = np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8)
    place, frequency = np.arange(32), np.arange(1, 9)[:, None]
    waves = np.cos(np.pi * (2 * place + 1) * frequency / 64)
    low = waves @ grey.astype(np.float64) @ waves.T
    bits = "".join("1" if value > np.median(low) else "0" for value in low.ravel())
    assert perceptual_hash(grey) == int(bits, 2)


def test_half_of_the_bits_are_set_so_that_none_is_wasted() -> None:
    assert {perceptual_hash(drawn(seed)).bit_count() for seed in range(20)} == {32}


def test_a_copy_keeps_its_hash_and_another_picture_has_another() -> None:
    pictures = [drawn(seed) for seed in range(12)]
    hashes = [perceptual_hash(picture) for picture in pictures]
    for picture, value in zip(pictures, hashes, strict=True):
        assert max(distance(value, perceptual_hash(copy)) for copy in copies(picture)) <= 6
    assert min(distance(a, b) for a, b in combinations(hashes, 2)) > 12


@pytest.mark.shared
def test_copies_of_real_photos_are_within_six_bits_and_other_photos_are_not() -> None:
    pictures = [pixels_of(path) for path in sorted(PHOTOS.glob("*/*.jpg"))[::3]]
    hashes = [perceptual_hash(picture) for picture in pictures]
    for picture, value in zip(pictures, hashes, strict=True):
        softer = [blurred(picture, 3), *copies(picture)]
        assert max(distance(value, perceptual_hash(copy)) for copy in softer) <= 6
    assert min(distance(a, b) for a, b in combinations(hashes, 2)) > 10


def test_colour_does_not_count() -> None:
    pixels = drawn(1)
    assert perceptual_hash(pixels) == perceptual_hash(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))


@pytest.mark.parametrize(("a", "b", "bits"), [(0, 0, 0), (0b1011, 0b0010, 2), (0, 2**64 - 1, 64), (2**63, 0, 1)])
def test_the_distance_is_the_number_of_bits_that_differ(a: int, b: int, bits: int) -> None:
    assert distance(a, b) == distance(b, a) == bits


def test_what_is_within_the_bits_is_found_and_what_is_beyond_is_not() -> None:
    seen = Seen(bits=3)
    assert seen.find(0) is None
    seen.add(0, "zero")
    seen.add(2**64 - 1, "all")
    assert (seen.find(0b111), seen.find(2**64 - 1 - 0b111)) == ("zero", "all")
    assert (seen.find(0b1111), seen.find(2**32 - 1)) == (None, None)


def test_the_nearest_is_found_and_the_first_of_those_as_near() -> None:
    seen = Seen(bits=8)
    for value, name in ((0b1111, "far"), (0b1, "near"), (0b10, "as near"), (0b111, "middle")):
        seen.add(value, name)
    assert seen.find(0) == "near"


def test_among_thousands_it_finds_what_comparing_one_by_one_finds() -> None:
    rng = np.random.default_rng(3)
    values = [int(value) for value in rng.integers(0, 2**64, 3000, dtype=np.uint64)]
    seen = Seen(bits=20)
    for name, value in enumerate(values):
        seen.add(value, str(name))
    assert len(seen) == 3000
    asked = [int(value) for value in rng.integers(0, 2**64, 200, dtype=np.uint64)]
    for value in asked:
        near, name = min((distance(value, other), name) for name, other in enumerate(values))
        assert seen.find(value) == (str(name) if near <= 20 else None)

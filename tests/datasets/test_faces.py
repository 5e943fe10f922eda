"""Faces are found, and little else."""

from pathlib import Path

import numpy as np
import pytest

from datasets.filters import measure_face_sharpness, measure_sharpness
from datasets.options import DatasetOptions
from datasets.squares import center_square
from imaging.faces.strict_search import Square, detect_face_squares, merge_overlapping
from tests.datasets.helpers import PHOTOS, blur, draw_patchwork, load_portrait, read_pixels

pytestmark = pytest.mark.no_database
PORTRAIT_FACE = Square(175, 65, 105)


def is_near(face: Square, other: Square, by: int = 15) -> bool:
    return max(abs(a - b) for a, b in zip(face.box, other.box, strict=True)) <= by


def test_a_face_is_found_where_it_is() -> None:
    (face,) = detect_face_squares(load_portrait())
    assert is_near(face, PORTRAIT_FACE)


def test_the_size_of_the_photo_does_not_matter() -> None:
    (face,) = detect_face_squares(np.ascontiguousarray(load_portrait().repeat(3, axis=0).repeat(3, axis=1)))
    assert is_near(face, Square(3 * PORTRAIT_FACE.x, 3 * PORTRAIT_FACE.y, 3 * PORTRAIT_FACE.side), by=45)


def test_every_face_of_a_photo_is_found() -> None:
    both = np.hstack([load_portrait(), load_portrait()[:, ::-1]])
    left, right = sorted(detect_face_squares(both), key=lambda face: face.x)
    assert is_near(left, PORTRAIT_FACE)
    assert is_near(right, Square(1024 - PORTRAIT_FACE.x - PORTRAIT_FACE.side, PORTRAIT_FACE.y, PORTRAIT_FACE.side))


def test_no_face_is_seen_in_a_patchwork() -> None:
    assert [detect_face_squares(draw_patchwork(seed)) for seed in range(4)] == [[]] * 4


def test_finds_that_overlap_are_one_face_the_one_with_the_most_hits() -> None:
    within, around, apart = Square(20, 20, 40), Square(0, 0, 100), Square(300, 0, 120)
    assert merge_overlapping([(around, 30), (within, 5), (apart, 4)]) == [apart, around]
    assert merge_overlapping([(around, 4), (within, 5)]) == [within]


def list_photos(kind: str, step: int) -> list[Path]:
    files = sorted((PHOTOS / kind).glob("*.jpg"))[::step]
    assert len(files) > 15
    return files


@pytest.mark.shared
def test_nine_of_ten_portraits_have_a_face() -> None:
    photos = list_photos("portrait", 6)
    assert sum(bool(detect_face_squares(read_pixels(path))) for path in photos) >= 0.9 * len(photos)


@pytest.mark.shared
def test_one_of_twenty_photos_of_scenery_at_most_has_one() -> None:
    photos = list_photos("scenery", 10)
    assert sum(bool(detect_face_squares(read_pixels(path))) for path in photos) <= 0.05 * len(photos)


def test_sharpness_means_the_same_for_all_sizes_and_falls_with_blur() -> None:
    photo = load_portrait()
    enlarged = {times: photo.repeat(times, axis=0).repeat(times, axis=1) for times in (1, 2, 3)}
    values = [measure_sharpness(pixels, center_square(*pixels.shape[:2])) for pixels in enlarged.values()]
    assert values[0] == pytest.approx(values[1], rel=0.05) == values[2]
    faces = [
        measure_face_sharpness(
            enlarged[times], Square(times * PORTRAIT_FACE.x, times * PORTRAIT_FACE.y, times * PORTRAIT_FACE.side)
        )
        for times in (2, 3)  # at its own size hers is smaller than the scale
    ]
    assert faces[0] == pytest.approx(faces[1], rel=0.1)
    falling = [measure_sharpness(blur(photo, sigma), center_square(512, 512)) for sigma in (1, 2, 4)]
    assert values[0] > 1.5 * falling[0] > 3 * falling[1] > 6 * falling[2]


def test_a_face_out_of_focus_before_a_sharp_wall_is_not_sharp() -> None:
    photo = draw_patchwork(3, 512, 512)
    photo[65:170, 175:280] = blur(load_portrait(), 3)[65:170, 175:280]
    least = DatasetOptions().blur
    assert measure_face_sharpness(photo, PORTRAIT_FACE) < least < measure_face_sharpness(load_portrait(), PORTRAIT_FACE)
    assert measure_sharpness(photo, Square(150, 40, 158)) > least

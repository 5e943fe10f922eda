"""A teacher that converts faces first."""

from pathlib import Path

import numpy as np
import pytest

from imaging.faces import Face
from tests.training.samples import picture
from training.data.face_first import FaceFirstTeacher, choose_face_square_px, make_face_finder
from training.data.photos import load_photo

pytestmark = pytest.mark.no_database
FACE = Face(0.4, 0.35, 0.2, 0.2)


def _darken(pixels: np.ndarray) -> np.ndarray:
    return pixels // 2


def _invert(pixels: np.ndarray) -> np.ndarray:
    return 255 - pixels


def _photo() -> np.ndarray:
    return np.asarray(picture(2, (320, 240)))


@pytest.mark.parametrize(
    ("side", "pixels"), [(40, 256), (85, 256), (86, 512), (511, 512), (512, 512), (513, 512), (3000, 512)]
)
def test_a_square_is_cut_at_its_own_size_where_that_is_enough(side: float, pixels: int) -> None:
    assert choose_face_square_px(side) == pixels


def test_faces_are_converted_before_the_whole_picture_and_nothing_else_is() -> None:
    photo = _photo()
    checker = np.where(np.indices((512, 512)).sum(0)[..., None] // 32 % 2, 0, 255).astype(np.uint8).repeat(3, 2)
    teacher = FaceFirstTeacher(_invert, lambda square: checker, lambda _: [FACE])
    result = teacher(photo)
    assert np.array_equal(result, _invert(teacher.convert_faces(photo)))
    changed = (result != _invert(photo)).any(axis=2)
    rows, columns = np.nonzero(changed)
    side = 2.0 * FACE.side_px(240, 320)
    assert changed[120, 160]
    assert rows.max() - rows.min() <= side + 2
    assert columns.max() - columns.min() <= side + 2


def test_a_photo_without_a_face_is_the_line_generators_alone() -> None:
    photo = _photo()
    finder = make_face_finder(None)
    teacher = FaceFirstTeacher(_darken, _invert, finder)
    assert np.array_equal(teacher(photo), _darken(photo))
    assert np.array_equal(photo, _photo()), "the photo itself is not drawn on"


@pytest.mark.shared
def test_a_real_face_is_found_and_what_is_far_from_it_is_left_alone() -> None:
    photo = np.full((500, 1300, 3), 128, np.uint8)
    photo[40:456, 40:456] = load_photo(Path("../shared/data/faces/0497.jpg"), 416)
    teacher = FaceFirstTeacher(lambda pixels: pixels, _invert, make_face_finder(None))
    changed = (teacher(photo) != photo).any(axis=2)
    assert changed[248, 248]
    assert not changed[:, 700:].any()

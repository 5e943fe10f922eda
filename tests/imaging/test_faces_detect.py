"""Finding faces with the cascades, in pictures that are made of one whose face is known."""

import numpy as np
import pytest

from imaging.faces import Face, detect_faces, draw_faces, face_detector_name, parse_face
from imaging.faces.detect import merge_faces, overlap_share
from tests.inference.material import photo
from tests.inference.people import FACE, TILT, astronaut, shown, with_face


def test_the_face_of_a_portrait_is_found_with_its_eyes() -> None:
    (face,) = detect_faces(astronaut())
    assert shown([face], 512, 512)[0] == pytest.approx(FACE, abs=12)
    (left, left_y), (right, right_y) = face.landmarks
    assert (left * 512, left_y * 512, right * 512, right_y * 512) == pytest.approx((202, 101, 247, 103), abs=6)
    assert 0 < face.score < 1


@pytest.mark.parametrize("angle", [-40, -20, 20, 40])
def test_a_tilted_head_is_found_with_its_tilt(angle: float) -> None:
    (face,) = detect_faces(with_face(400, 500, (240, 200, 110, angle)))
    assert face.angle == pytest.approx(angle, abs=8)
    assert shown([face], 400, 500)[0] == pytest.approx((240, 200, 110), abs=15)


def test_several_faces_are_found_the_largest_first() -> None:
    places = [(120, 200, 90, 0), (330, 150, 60, -15), (520, 230, 130, 10)]
    faces = detect_faces(with_face(400, 640, *places))
    assert [x for x, _, _ in shown(faces, 400, 640)] == pytest.approx([120, 330, 520], abs=12)
    assert [face.width for face in faces] == sorted((face.width for face in faces), reverse=True)


def test_a_small_face_in_a_large_photo_is_found() -> None:
    (face,) = detect_faces(with_face(1500, 2000, (1300, 700, 90, 0)))
    assert shown([face], 1500, 2000)[0] == pytest.approx((1300, 700, 90), abs=15)


def test_a_face_that_fills_the_photo_is_found() -> None:
    (face,) = detect_faces(astronaut()[50:190, 150:300])
    assert face.width * 150 == pytest.approx(100, abs=15)


def test_a_face_at_the_border_is_found() -> None:
    (face,) = detect_faces(astronaut()[68:260, 172:400])
    assert shown([face], 192, 228)[0] == pytest.approx((FACE[0] - 172, FACE[1] - 68, FACE[2]), abs=15)


@pytest.mark.parametrize("size", [(1, 1), (7, 400), (8, 8), (3000, 9), (300, 400)])
def test_where_there_is_no_face_none_is_found(size: tuple[int, int]) -> None:
    assert detect_faces(photo(*size)) == []
    assert detect_faces(np.zeros((*size, 3), np.uint8)) == []


def test_boxes_that_overlap_are_one_face_the_surest() -> None:
    faces = [Face(0.1, 0.1, 0.2, 0.2, score=0.5), Face(0.11, 0.1, 0.2, 0.2, score=0.8), Face(0.5, 0.1, 0.3, 0.3)]
    assert merge_faces(faces) == [faces[2], faces[1]]


def test_an_ear_is_no_face_but_somebody_behind_is_one() -> None:
    head = Face(0.3, 0.3, 0.4, 0.4, score=0.9)
    ear, behind = Face(0.22, 0.45, 0.07, 0.07, score=0.6), Face(0.1, 0.45, 0.07, 0.07, score=0.6)
    assert merge_faces([head, ear, behind]) == [head, behind]


def test_the_overlap_is_a_share_of_the_smaller_box() -> None:
    assert overlap_share(Face(0, 0, 1, 1), Face(0.2, 0.2, 0.1, 0.1)) == pytest.approx(1)
    assert overlap_share(Face(0, 0, 0.2, 0.2), Face(0.1, 0.1, 0.2, 0.2)) == pytest.approx(0.25)
    assert overlap_share(Face(0, 0, 0.2, 0.2), Face(0.3, 0, 0.2, 0.2)) == 0


def test_a_face_goes_to_json_and_back() -> None:
    face = Face(0.1, 0.2, 0.3, 0.4, 5.0, 0.9, ((0.2, 0.3), (0.3, 0.3)))
    assert parse_face(face.as_dict()) == face
    assert parse_face({"left": 0.1, "top": 0.2, "width": "0.3", "height": 0.4}) == Face(0.1, 0.2, 0.3, 0.4)


@pytest.mark.parametrize(
    "change",
    [
        {"left": 1.2}, {"width": 0}, {"height": -1}, {"top": "x"}, {"left": None}, {"width": float("nan")},
        {"angle": float("inf")}, {"landmarks": [[0, 0]]}, {"landmarks": 3}, {"width": 1e9},
    ],
)  # fmt: skip
def test_what_is_no_face_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a face"):
        parse_face({"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4} | change)


def test_without_its_file_yunet_is_not_used(tmp_path) -> None:
    assert face_detector_name(tmp_path) == face_detector_name() == "cascades"
    assert len(detect_faces(astronaut(), tmp_path)) == 1


def test_landmarks_are_drawn_on_a_copy() -> None:
    before = astronaut().copy()
    (face,) = detect_faces(astronaut())
    drawn = draw_faces(astronaut(), [face])
    assert np.array_equal(astronaut(), before)
    for x, y in face.landmarks:
        assert tuple(drawn[round(y * 512), round(x * 512)]) == (255, 220, 0)
    changed = (drawn != before).any(axis=2)
    assert changed[60:180, 160:290].any()
    assert not changed[300:].any()


def test_landmarks_without_a_face_leave_the_photo_as_it_is() -> None:
    assert np.array_equal(draw_faces(photo(40, 60), []), photo(40, 60))


def test_the_tilt_of_the_portrait_is_known_to_these_tests() -> None:
    assert detect_faces(astronaut())[0].angle == pytest.approx(TILT, abs=2)

"""Squares in which a face is upright, and the way back into the photo."""

from dataclasses import replace
from math import cos, radians, sin

import cv2
import numpy as np
import pytest

from imaging.faces.align import (
    LANDMARK_TEMPLATE,
    FaceFrame,
    crop_frame,
    frame_face,
    move_inside,
    tilt_degrees,
)
from imaging.faces.face import Face
from tests.inference.material import apart, photo
from tests.inference.people import BACKGROUND

FRAMES = [
    FaceFrame(60, 50, 40),
    FaceFrame(61.5, 47.25, 40, 30),
    FaceFrame(60, 50, 33.3, -75),
    FaceFrame(60, 50, 55, 180),
]


@pytest.mark.parametrize("frame", FRAMES)
def test_a_place_in_the_square_and_back_is_the_same_place(frame: FaceFrame) -> None:
    matrix = frame.matrix(128)
    back = cv2.invertAffineTransform(matrix)
    for place in ((60.0, 50.0), (55.0, 61.0)):
        assert back @ (*(matrix @ (*place, 1.0)), 1.0) == pytest.approx(place)


@pytest.mark.parametrize("frame", FRAMES)
def test_the_transform_keeps_shapes(frame: FaceFrame) -> None:
    linear = frame.matrix(128)[:, :2]
    assert linear @ linear.T == pytest.approx((128 / frame.side) ** 2 * np.eye(2))


def test_a_square_that_is_not_turned_is_a_part_of_the_photo() -> None:
    pixels = photo(100, 120)
    assert np.array_equal(crop_frame(pixels, FaceFrame(60, 50, 40), 40), pixels[30:70, 40:80])


def test_a_quarter_turn_is_exact() -> None:
    """A head that is tilted clockwise is turned back counter-clockwise."""
    pixels = photo(100, 120)
    assert apart(crop_frame(pixels, FaceFrame(60, 50, 40, 90), 40), np.rot90(pixels[30:70, 40:80])).max() <= 1


def test_beyond_the_border_lies_the_mirror_image() -> None:
    pixels = photo(100, 120)
    square = crop_frame(pixels, FaceFrame(0, 50, 40), 40)
    assert np.array_equal(square[:, 20:], pixels[30:70, :20])
    assert np.array_equal(square[:, :20], pixels[30:70, 20:0:-1])


def test_a_square_wholly_outside_of_a_narrow_photo_is_still_full() -> None:
    assert crop_frame(photo(40, 9), FaceFrame(4, 20, 90, 20), 64).shape == (64, 64, 3)


def test_fine_detail_is_averaged_where_a_square_becomes_smaller() -> None:
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    assert apart(crop_frame(stripes, FaceFrame(200, 200, 256, 0), 32), np.full((32, 32, 3), 127.5)).max() < 3


def test_transparency_can_be_cut_too() -> None:
    alpha = photo(100, 120)[..., 0]
    assert np.array_equal(crop_frame(alpha, FaceFrame(60, 50, 40), 40), alpha[30:70, 40:80])


def test_the_head_is_upright_and_its_hair_is_in_the_frame() -> None:
    face = Face(0.4, 0.4, 0.2, 0.4, angle=90)  # on its side, the hair to the right
    frame = frame_face(face, 100, 200, 2.0)
    assert (frame.x, frame.y) == pytest.approx((104, 60))
    assert (frame.side, frame.angle) == (80, 90)


def test_a_frame_is_moved_into_the_photo() -> None:
    assert move_inside(FaceFrame(10, 95, 60), 100, 200, 40) == FaceFrame(30, 70, 60)


def test_a_frame_that_is_too_large_becomes_smaller_down_to_a_limit() -> None:
    assert move_inside(FaceFrame(10, 20, 150), 100, 200, 40) == FaceFrame(50, 50, 100)
    assert move_inside(FaceFrame(10, 20, 150), 100, 200, 120) == FaceFrame(60, 50, 120)
    turned = move_inside(FaceFrame(100, 50, 100, 45), 100, 200, 40)
    assert turned.side == pytest.approx(100 * cos(radians(45)))


def test_the_tilt_is_that_of_the_line_of_the_eyes() -> None:
    assert tilt_degrees((10, 10), (20, 20)) == pytest.approx(45)
    assert tilt_degrees((10, 20), (20, 10)) == pytest.approx(-45)
    assert tilt_degrees((10, 10), (10, 10)) == 0


def test_a_square_of_one_color_keeps_it() -> None:
    pixels = np.full((100, 120, 3), BACKGROUND, np.uint8)
    assert (crop_frame(pixels, FaceFrame(5, 5, 77, 33), 200) == BACKGROUND).all()


def _face_with_landmarks(x: float, y: float, side: float, angle: float, *, left: float, turned: float) -> Face:
    """In a photo of 100x200 pixels: landmarks of a head in a known place, with a box and an angle that say another."""
    points = complex(x, y) + LANDMARK_TEMPLATE * side * complex(cos(radians(angle)), sin(radians(angle)))
    landmarks = tuple((point.real / 200, point.imag / 100) for point in points)
    return Face(left, 0.3, 0.2, 0.4, angle=turned, landmarks=landmarks)


@pytest.mark.parametrize("angle", [0, 30, -75, 170])
def test_five_landmarks_tell_where_the_head_is_how_large_and_how_tilted(angle: float) -> None:
    face = _face_with_landmarks(100, 45, 44, angle, left=0.4, turned=angle + 8)
    frame = frame_face(face, 100, 200, 2.0)
    assert (frame.x, frame.y, frame.side, frame.angle) == pytest.approx((100, 45, 88, angle))


@pytest.mark.parametrize(
    "landmarks",
    [
        ((0.5, 0.5),) * 5,  # all in one place
        ((0.5, 0.4), (0.5, 0.4), (0.5, 0.5), (0.5, 0.55), (0.5, 0.55)),  # a profile: they lie in a line
        ((0.1, 0.1), (0.2, 0.1), (0.15, 0.2), (0.1, 0.3), (0.2, 0.3)),  # of somebody else
        ((9.0, 9.0), (-9.0, 9.0), (0.5, 0.5), (7.0, -4.0), (0.0, 0.0)),
        ((0.45, 0.4), (0.55, 0.4)),
        (),
    ],
)
def test_landmarks_that_do_not_fit_the_box_are_left_out(landmarks: tuple[tuple[float, float], ...]) -> None:
    face = Face(0.4, 0.3, 0.2, 0.4, angle=10, landmarks=landmarks)
    assert frame_face(face, 100, 200, 2.0) == frame_face(replace(face, landmarks=()), 100, 200, 2.0)


def test_a_head_upside_down_is_upright_in_its_square() -> None:
    face = Face(0.4, 0.3, 0.2, 0.4, angle=180)
    frame = frame_face(face, 100, 200, 2.0)
    assert frame.y > 50  # the hair is below
    upright = np.rot90(crop_frame(photo(100, 200), replace(frame, angle=0), 80), 2)
    assert apart(crop_frame(photo(100, 200), frame, 80), upright).max() <= 1

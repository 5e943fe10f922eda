"""Cuts squares out of photos in which a face is upright, and knows the way back."""

from dataclasses import dataclass, replace
from math import ceil, cos, floor, hypot, radians, sin

import cv2
import numpy as np

from imaging.faces.face import Face, Point
from imaging.resize import downscale

HEAD_OFFSET = 0.1  # of the face's side: how far above the middle of the face the middle of the head is
BORDER_MODE = cv2.BORDER_REFLECT_101  # beyond the photo is its mirror image
CUBIC_REACH_PX = 3  # around a place that cubic interpolation looks at
MAX_SQUARE_PX = 4096  # what is larger in the photo is made smaller
# Where five landmarks, in the order of LANDMARK_NAMES, lie around the middle of the head, in sides of the face: means
# of 248 faces from the front, left and right made alike.
LANDMARK_TEMPLATE = np.array([-0.167 - 0.008j, 0.167 - 0.008j, 0.197j, -0.154 + 0.33j, 0.154 + 0.33j])
# The landmarks tell the square, if they come near to what the box says: those of a profile lie in a narrow strip.
MIN_FIT_SIDE, MAX_FIT_SIDE = 0.75, 1.3  # to the side of the box
MAX_FIT_SHIFT = 0.35  # of the side of the box, from where it says that the middle is


@dataclass(frozen=True)
class FaceFrame:
    """A square of a photo, turned: its center and side in pixels, `angle` in degrees clockwise."""

    x: float
    y: float
    side: float
    angle: float = 0.0

    def matrix(self, size: int, left: int = 0, top: int = 0) -> np.ndarray:
        """Return float64 [2,3], as cv2 takes it: from a photo, cut at (left, top), to this square of `size` pixels.

        A similarity transform: turned, scaled and shifted. The middle of a pixel is at a whole number, as in cv2.
        """
        scale, turn = size / self.side, radians(self.angle)
        linear = scale * np.array([[cos(turn), sin(turn)], [-sin(turn), cos(turn)]])
        shift = size / 2 - 0.5 - linear @ (self.x - 0.5 - left, self.y - 0.5 - top)
        return np.column_stack([linear, shift])

    def extent(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Return (left, top, right, bottom), whole pixels, of what of a photo of that size the square covers."""
        turn = radians(self.angle)
        reach = self.side / 2 * (abs(cos(turn)) + abs(sin(turn))) + CUBIC_REACH_PX
        left, top = max(0, floor(self.x - reach)), max(0, floor(self.y - reach))
        return left, top, min(width, ceil(self.x + reach)), min(height, ceil(self.y + reach))


def frame_face(face: Face, height: int, width: int, margin: float) -> FaceFrame:
    """Return the square around a face with its head upright, `margin` times the face, in a photo of that size.

    Five landmarks tell its place, side and angle, or else the box and the angle of the face.
    """
    side, turn = face.side_px(height, width), radians(face.angle)
    x, y = face.center
    up = HEAD_OFFSET * side
    by_box = FaceFrame(x * width + up * sin(turn), y * height - up * cos(turn), side, face.angle)
    frame = _fit_landmarks(face, height, width) or by_box
    shift = hypot(frame.x - by_box.x, frame.y - by_box.y)
    if not MIN_FIT_SIDE * side <= frame.side <= MAX_FIT_SIDE * side or shift > MAX_FIT_SHIFT * side:
        frame = by_box
    return replace(frame, side=margin * frame.side)


def _fit_landmarks(face: Face, height: int, width: int) -> FaceFrame | None:
    """Return the frame, as large as the face, whose template is nearest to five landmarks; None where there are fewer.

    The similarity transform of least squares (Umeyama 1991), which is a product and a sum of complex numbers.
    """
    if len(face.landmarks) != len(LANDMARK_TEMPLATE):
        return None
    points = np.array([complex(x * width, y * height) for x, y in face.landmarks])
    template = LANDMARK_TEMPLATE - LANDMARK_TEMPLATE.mean()
    factor = np.vdot(template, points) / np.vdot(template, template)
    middle = points.mean() - factor * LANDMARK_TEMPLATE.mean()
    return FaceFrame(float(middle.real), float(middle.imag), float(abs(factor)), float(np.degrees(np.angle(factor))))


def move_inside(frame: FaceFrame, height: int, width: int, min_side: float) -> FaceFrame:
    """Return the frame moved so that it lies in a photo of that size; where it is too large, first made smaller.

    Down to a side of `min_side`: what then still lies outside is on both sides alike.
    """
    turn = radians(frame.angle)
    spread = abs(cos(turn)) + abs(sin(turn))
    side = min(frame.side, max(min(height, width) / spread, min_side))
    reach = side * spread / 2
    return FaceFrame(_clamp(frame.x, reach, width), _clamp(frame.y, reach, height), side, frame.angle)


def _clamp(center: float, reach: float, length: int) -> float:
    return length / 2 if 2 * reach > length else min(max(center, reach), length - reach)


def crop_frame(pixels: np.ndarray, frame: FaceFrame, size: int) -> np.ndarray:
    """Return the square of uint8 [H,W] or [H,W,C] as [size,size] or [size,size,C].

    What is made smaller is cut at its own size first (up to MAX_SQUARE_PX) and then shrunk, so that nothing flickers.
    """
    left, top, right, bottom = frame.extent(*pixels.shape[:2])
    cut_size = max(size, min(MAX_SQUARE_PX, ceil(frame.side)))
    part = pixels[top:bottom, left:right]
    matrix = frame.matrix(cut_size, left, top)
    square = cv2.warpAffine(part, matrix, (cut_size, cut_size), flags=cv2.INTER_CUBIC, borderMode=BORDER_MODE)
    return square if cut_size == size else downscale(square, size, size)


def tilt_degrees(left_eye: Point, right_eye: Point) -> float:
    """Return how far the line from the left eye to the right one falls, places in pixels; 0 where they are one."""
    across, down = right_eye[0] - left_eye[0], right_eye[1] - left_eye[1]
    return float(np.degrees(np.arctan2(down, across))) if hypot(across, down) else 0.0

"""Cuts squares out of photos in which a face is upright, and knows the way back."""

from dataclasses import dataclass
from math import ceil, cos, floor, hypot, radians, sin

import cv2
import numpy as np

from imaging.faces.face import Face, side_of
from imaging.resize import downscale

RISE = 0.1  # of the face's side: how far above the middle of the face the middle of the head is
BORDER = cv2.BORDER_REFLECT_101  # beyond the photo is its mirror image
REACH = 3  # pixels around a place that cubic interpolation looks at
MOST_SIDE = 4096  # pixels of a square; what is larger in the photo is made smaller


@dataclass(frozen=True)
class FaceFrame:
    """A square of a photo, turned: its middle and side in pixels, `angle` in degrees clockwise."""

    x: float
    y: float
    side: float
    angle: float = 0.0

    def matrix(self, size: int, left: int = 0, top: int = 0) -> np.ndarray:
        """float64 [2,3], as cv2 takes it: from a photo that is cut at (left, top) to this square with `size` pixels.

        A similarity transform: turned, scaled and shifted. The middle of a pixel is at a whole number, as in cv2.
        """
        scale, turn = size / self.side, radians(self.angle)
        linear = scale * np.array([[cos(turn), sin(turn)], [-sin(turn), cos(turn)]])
        shift = size / 2 - 0.5 - linear @ (self.x - 0.5 - left, self.y - 0.5 - top)
        return np.column_stack([linear, shift])

    def extent(self, height: int, width: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of the part of a photo of that size in which the square lies, whole pixels."""
        turn = radians(self.angle)
        reach = self.side / 2 * (abs(cos(turn)) + abs(sin(turn))) + REACH
        left, top = max(0, floor(self.x - reach)), max(0, floor(self.y - reach))
        return left, top, min(width, ceil(self.x + reach)), min(height, ceil(self.y + reach))


def frame_face(face: Face, height: int, width: int, margin: float) -> FaceFrame:
    """The square around a face with its head upright, `margin` times the face, in a photo of that size."""
    side, turn = side_of(face, height, width), radians(face.angle)
    x, y = face.centre
    up = RISE * side
    return FaceFrame(x * width + up * sin(turn), y * height - up * cos(turn), margin * side, face.angle)


def moved_inside(frame: FaceFrame, height: int, width: int, least: float) -> FaceFrame:
    """The frame, moved so that it lies in a photo of that size; where it is too large for that, first made smaller.

    Down to a side of `least`: what then still lies outside is on both sides alike.
    """
    turn = radians(frame.angle)
    spread = abs(cos(turn)) + abs(sin(turn))
    side = min(frame.side, max(min(height, width) / spread, least))
    reach = side * spread / 2
    return FaceFrame(_inside(frame.x, reach, width), _inside(frame.y, reach, height), side, frame.angle)


def _inside(middle: float, reach: float, length: int) -> float:
    return length / 2 if 2 * reach > length else min(max(middle, reach), length - reach)


def crop_frame(pixels: np.ndarray, frame: FaceFrame, size: int) -> np.ndarray:
    """The square of uint8 [H,W] or [H,W,C] as [size,size] or [size,size,C].

    What is made smaller is cut at its own size first (up to MOST_SIDE) and then shrunk, so that nothing flickers.
    """
    left, top, right, bottom = frame.extent(*pixels.shape[:2])
    own = max(size, min(MOST_SIDE, ceil(frame.side)))
    part = pixels[top:bottom, left:right]
    square = cv2.warpAffine(part, frame.matrix(own, left, top), (own, own), flags=cv2.INTER_CUBIC, borderMode=BORDER)
    return square if own == size else downscale(square, size, size)


def in_photo(frame: FaceFrame, size: int, point: tuple[float, float]) -> tuple[float, float]:
    """Where in the photo a place of the square with `size` pixels lies; both in pixels as cv2 counts them."""
    x, y = cv2.invertAffineTransform(frame.matrix(size)) @ (*point, 1.0)
    return float(x), float(y)


def tilt(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Degrees that the line from the left eye to the right one falls, places in pixels; 0 where they are one."""
    across, down = second[0] - first[0], second[1] - first[1]
    return float(np.degrees(np.arctan2(down, across))) if hypot(across, down) else 0.0

"""Squares of pictures: where they lie, and cropping them at a size."""

import cv2
import numpy as np

from imaging.faces.strict_search import Square

# Side of a face's sample by the side of the detection: with hair, chin and ears.
FACE_MARGIN = 1.5
# Where the picture ends before that: mirrored hair and shoulders are worse than a closer view, down to this.
MIN_FACE_MARGIN = 1.2


def square_around_face(face: Square, width: int, height: int) -> Square:
    """Return the square FACE_MARGIN times the face, centered on it and then moved into a picture of that size.

    In a picture too small for that it is as large as the picture; and reaches beyond it only for MIN_FACE_MARGIN.
    """
    side = min(round(FACE_MARGIN * face.side), max(min(width, height), round(MIN_FACE_MARGIN * face.side)))
    return Square(
        _move_inside(face.x + face.side // 2 - side // 2, side, width),
        _move_inside(face.y + face.side // 2 - side // 2, side, height),
        side,
    )


def _move_inside(start: int, side: int, length: int) -> int:
    """Return `start` moved so that `side` pixels lie within `length`; centered where they can't."""
    if side > length:
        return -((side - length) // 2)
    return min(max(start, 0), length - side)


def center_square(width: int, height: int) -> Square:
    """Return the largest square in the center of a picture of that size."""
    side = min(width, height)
    return Square((width - side) // 2, (height - side) // 2, side)


def top_square(width: int, height: int) -> Square:
    """Return the largest square, at the top of a tall picture: where drawn people have their heads."""
    side = min(width, height)
    return Square((width - side) // 2, 0, side)


def random_squares(width: int, height: int, size: int, count: int, seed: int) -> list[Square]:
    """Return `count` squares with sides from `size` (or half the shorter side, if more) to the shorter side."""
    rng = np.random.default_rng(seed)
    shorter = min(width, height)
    min_side = min(shorter, max(size, shorter // 2))
    sides = (int(side) for side in rng.integers(min_side, shorter + 1, count))
    return [Square(int(rng.integers(width - side + 1)), int(rng.integers(height - side + 1)), side) for side in sides]


def crop_square(pixels: np.ndarray, square: Square, size: int) -> np.ndarray:
    """Return a square of uint8 [H,W,C] as uint8 [size,size,C]; beyond the picture is its mirror image."""
    height, width = pixels.shape[:2]
    left, top = max(0, -square.x), max(0, -square.y)
    right, bottom = max(0, square.x + square.side - width), max(0, square.y + square.side - height)
    if left or top or right or bottom:
        pixels = cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_REFLECT_101)
    x, y = square.x + left, square.y + top
    part = pixels[y : y + square.side, x : x + square.side]
    interpolation = cv2.INTER_AREA if square.side > size else cv2.INTER_CUBIC
    return cv2.resize(part, (size, size), interpolation=interpolation)

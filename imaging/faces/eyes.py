"""Finds the eyes of a face that the cascades found: they tell how the head is tilted."""

import cv2
import numpy as np

from imaging.faces.align import FaceFrame, crop_frame
from imaging.faces.cascade import Place, search
from imaging.faces.face import Point

LOOK = 160  # pixels of the face
UPPER = slice(LOOK // 7, LOOK * 3 // 5)  # where its eyes are
CASCADES = ("eye_tree_eyeglasses", "eye")  # the second one where the first sees no pair
LEAST, MOST = LOOK // 8, LOOK * 2 // 5  # pixels of an eye
APART = (0.28, 0.62)  # of the face, between the middles of two eyes
SLOPE = 0.3  # at most, of the line between them; more is an eye and a nostril


def find_eyes(grey: np.ndarray, frame: FaceFrame) -> tuple[Point, Point] | None:
    """The left and the right eye of the face in the frame, which is as large as the face, in pixels of uint8 [H,W]."""
    upper = np.ascontiguousarray(crop_frame(grey, frame, LOOK)[UPPER])
    back = cv2.invertAffineTransform(frame.matrix(LOOK))
    for name in CASCADES:
        eyes = search(upper, name, LEAST, MOST, step=1.05)
        pairs = [(left, right) for left in eyes for right in eyes if _is_pair(left, right)]
        if pairs:
            best = max(pairs, key=lambda pair: pair[0].hits + pair[1].hits)
            left, right = ((*(back @ (eye.x, eye.y + UPPER.start, 1.0)),) for eye in best)
            return (float(left[0]), float(left[1])), (float(right[0]), float(right[1]))
    return None


def _is_pair(left: Place, right: Place) -> bool:
    across, down = right.x - left.x, abs(right.y - left.y)
    is_apart = APART[0] * LOOK < across < APART[1] * LOOK
    is_central = abs(left.x + right.x - LOOK) < LOOK / 3
    return is_apart and is_central and down < SLOPE * across

"""Finds every face in a photo."""

from pathlib import Path

import cv2
import numpy as np

from imaging.faces import cascades, yunet
from imaging.faces.face import Face
from imaging.resize import resize_to_fit

LOOKED_AT = 1024  # pixels of the longer side of the copy that is searched: time and memory have an end
LEAST_SIDE = 8  # pixels of a photo in which there may be a face
SHARED = 0.4  # of the smaller of two boxes: so much in common, and they are one face
PART, HEAD = 0.25, 0.65  # a find so small beside a face, and so near to its middle, both in sides of it, is an ear


def detect_faces(pixels: np.ndarray, weights: Path | None = None) -> list[Face]:
    """The faces in uint8 [H,W,3] RGB, upright and of any size, the largest first.

    With YuNet where its file is in the folder `weights`, otherwise with OpenCV's own cascades. It takes about a second
    of one core with these, and some 20 MB; on a server hold one of the engine's slots meanwhile.
    """
    if min(pixels.shape[:2]) < LEAST_SIDE:
        return []
    small = resize_to_fit(pixels, LOOKED_AT)
    model = yunet.FaceModel(weights) if weights else None
    if model and model.usable:
        found = yunet.find(small, model.path)
    else:
        found = cascades.find(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    return merged(found)


def face_detector_name(weights: Path | None = None) -> str:
    """`yunet` or `cascades`: what `detect` uses there."""
    return "yunet" if weights and yunet.FaceModel(weights).usable else "cascades"


def merged(faces: list[Face]) -> list[Face]:
    """Of those that overlap the one with the best score; then by size, the largest first."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if not any(overlap(face, other) > SHARED or is_on_head(face, other) for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda face: -face.width * face.height)


def is_on_head(face: Face, other: Face) -> bool:
    """Whether it is an ear, an earring or a knot of hair of another, rather than somebody behind."""
    (x, y), (other_x, other_y) = face.centre, other.centre
    is_near = abs(x - other_x) < HEAD * other.width and abs(y - other_y) < HEAD * other.height
    return is_near and face.width < PART * other.width


def overlap(one: Face, other: Face) -> float:
    """What two boxes have in common, as a share of the smaller one: 1 for a face within another."""
    across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    smaller = min(one.width * one.height, other.width * other.height)
    return max(0.0, across) * max(0.0, down) / smaller if smaller else 0.0

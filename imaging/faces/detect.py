"""Finds every face in a photo, to convert it; training sets use `imaging.faces.strict_search`."""

from pathlib import Path

import cv2
import numpy as np

from imaging.faces import yunet
from imaging.faces.cascade_detector import find_faces_with_cascades
from imaging.faces.face import Face
from imaging.resize import resize_to_fit

SEARCH_PX = 1024  # the longer side of the copy that is searched: time and memory have an end
MIN_PHOTO_SIDE_PX = 8  # of a photo in which there may be a face
MAX_OVERLAP = 0.4  # of the smaller of two boxes: with more in common they are one face
MAX_TURN_CHECKS = 8  # of a photo, the largest faces, as each takes some hundredths of a second
# A find so small beside a face, and so near to its middle, both in sides of the face, is an ear.
MAX_EAR_SIDE, MAX_EAR_DISTANCE = 0.25, 0.65


def detect_faces(pixels: np.ndarray, weights: Path | None = None) -> list[Face]:
    """Return the faces in uint8 [H,W,3] RGB, upright and of any size, the largest first.

    With YuNet where its file is in the folder `weights`, otherwise with OpenCV's own cascades. It takes about a second
    of one core with these, and some 20 MB; on a server hold one of the engine's slots meanwhile.
    """
    if min(pixels.shape[:2]) < MIN_PHOTO_SIDE_PX:
        return []
    small = resize_to_fit(pixels, SEARCH_PX)
    file = yunet.find_yunet_file(weights) if weights else None
    if file is None:
        return merge_faces(find_faces_with_cascades(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)))
    found = merge_faces(yunet.find_faces_with_yunet(small, file.path))
    return [yunet.find_turn(small, face, file.path) for face in found[:MAX_TURN_CHECKS]] + found[MAX_TURN_CHECKS:]


def face_detector_name(weights: Path | None = None) -> str:
    """Return `yunet` or `cascades`: what `detect_faces` uses there."""
    return "yunet" if weights and yunet.find_yunet_file(weights) else "cascades"


def merge_faces(faces: list[Face]) -> list[Face]:
    """Return, of those that overlap, the one with the best score; then by size, the largest first."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if not any(overlap_share(face, other) > MAX_OVERLAP or is_part_of_head(face, other) for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda face: -face.width * face.height)


def is_part_of_head(face: Face, other: Face) -> bool:
    """Return whether it is an ear, an earring or a knot of hair of another, rather than somebody behind."""
    (x, y), (other_x, other_y) = face.center, other.center
    is_near = abs(x - other_x) < MAX_EAR_DISTANCE * other.width and abs(y - other_y) < MAX_EAR_DISTANCE * other.height
    return is_near and face.width < MAX_EAR_SIDE * other.width


def overlap_share(one: Face, other: Face) -> float:
    """Return what two boxes have in common, as a share of the smaller one: 1 for a face within another."""
    across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    smaller = min(one.width * one.height, other.width * other.height)
    return max(0.0, across) * max(0.0, down) / smaller if smaller else 0.0

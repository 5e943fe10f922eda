"""Draws on a photo what was found in it."""

from math import cos, radians, sin

import cv2
import numpy as np

from imaging.faces.face import Face

BOX_COLOR, EYE_COLOR, LANDMARK_COLOR, OUTLINE_COLOR = (80, 255, 120), (255, 220, 0), (255, 90, 90), (0, 0, 0)  # RGB
SUBPIXEL_BITS = 4  # of a pixel that places are given in
FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_faces(pixels: np.ndarray, faces: list[Face]) -> np.ndarray:
    """Return a copy of uint8 [H,W,3] RGB with each face's tilted box, number, landmarks and score."""
    drawn = np.ascontiguousarray(pixels).copy()
    for number, face in enumerate(faces, 1):
        _draw_face(drawn, face, f"{number}: {face.score:.2f}")
    return drawn


def box_corners(face: Face, height: int, width: int) -> np.ndarray:
    """Return float64 [4,2] in pixels, from the top left one of the head clockwise."""
    turn = radians(face.angle)
    right, down = np.array([cos(turn), sin(turn)]), np.array([-sin(turn), cos(turn)])
    center = np.array(face.center) * (width, height)
    across, along = right * face.width * width / 2, down * face.height * height / 2
    return center + np.array([-across - along, across - along, across + along, -across + along])


def _draw_face(pixels: np.ndarray, face: Face, label: str) -> None:
    height, width = pixels.shape[:2]
    stroke = max(1, round(max(height, width) / 400))
    box = np.round(box_corners(face, height, width) * 2**SUBPIXEL_BITS).astype(np.int32)
    for color, thickness in ((OUTLINE_COLOR, stroke + 2), (BOX_COLOR, stroke)):
        cv2.polylines(pixels, [box], True, color, thickness, cv2.LINE_AA, SUBPIXEL_BITS)
    radius = max(stroke, round(face.side_px(height, width) / 40))
    for number, (x, y) in enumerate(face.landmarks):
        center = round(x * width), round(y * height)
        cv2.circle(pixels, center, radius + 1, OUTLINE_COLOR, -1, cv2.LINE_AA)
        cv2.circle(pixels, center, radius, EYE_COLOR if number < 2 else LANDMARK_COLOR, -1, cv2.LINE_AA)
    _write(pixels, label, (box.min(axis=0) / 2**SUBPIXEL_BITS), stroke)


def _write(pixels: np.ndarray, label: str, corner: np.ndarray, stroke: int) -> None:
    """Write above the corner, or where the photo begins."""
    scale = 0.5 * stroke
    (_, height), baseline = cv2.getTextSize(label, FONT, scale, stroke)
    origin = max(0, round(corner[0])), max(height + baseline, round(corner[1]) - baseline)
    for color, thickness in ((OUTLINE_COLOR, stroke + 2), (BOX_COLOR, stroke)):
        cv2.putText(pixels, label, origin, FONT, scale, color, thickness, cv2.LINE_AA)

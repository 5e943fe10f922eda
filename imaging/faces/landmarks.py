"""Draws on a photo what was found in it."""

from math import cos, radians, sin

import cv2
import numpy as np

from imaging.faces.face import Face, side_of

BOX, EYE, OTHER, SHADE = (80, 255, 120), (255, 220, 0), (255, 90, 90), (0, 0, 0)  # RGB
FINE = 4  # bits of a pixel that places are given in
FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_landmarks(pixels: np.ndarray, faces: list[Face]) -> np.ndarray:
    """A copy of uint8 [H,W,3] RGB with each face's box as the head is tilted, its number, landmarks and score."""
    drawn = np.ascontiguousarray(pixels).copy()
    for number, face in enumerate(faces, 1):
        _draw(drawn, face, f"{number}: {face.score:.2f}")
    return drawn


def corners(face: Face, height: int, width: int) -> np.ndarray:
    """float64 [4,2] in pixels, from the top left one of the head clockwise."""
    turn = radians(face.angle)
    right, down = np.array([cos(turn), sin(turn)]), np.array([-sin(turn), cos(turn)])
    middle = np.array(face.centre) * (width, height)
    across, along = right * face.width * width / 2, down * face.height * height / 2
    return middle + np.array([-across - along, across - along, across + along, -across + along])


def _draw(pixels: np.ndarray, face: Face, label: str) -> None:
    height, width = pixels.shape[:2]
    stroke = max(1, round(max(height, width) / 400))
    box = np.round(corners(face, height, width) * 2**FINE).astype(np.int32)
    for colour, thick in ((SHADE, stroke + 2), (BOX, stroke)):
        cv2.polylines(pixels, [box], True, colour, thick, cv2.LINE_AA, FINE)
    reach = max(stroke, round(side_of(face, height, width) / 40))
    for number, (x, y) in enumerate(face.landmarks):
        place = round(x * width), round(y * height)
        cv2.circle(pixels, place, reach + 1, SHADE, -1, cv2.LINE_AA)
        cv2.circle(pixels, place, reach, EYE if number < 2 else OTHER, -1, cv2.LINE_AA)
    _write(pixels, label, (box.min(axis=0) / 2**FINE), stroke)


def _write(pixels: np.ndarray, label: str, corner: np.ndarray, stroke: int) -> None:
    """Above the corner, or where the photo begins."""
    scale = 0.5 * stroke
    (_, tall), below = cv2.getTextSize(label, FONT, scale, stroke)
    place = max(0, round(corner[0])), max(tall + below, round(corner[1]) - below)
    for colour, thick in ((SHADE, stroke + 2), (BOX, stroke)):
        cv2.putText(pixels, label, place, FONT, scale, colour, thick, cv2.LINE_AA)

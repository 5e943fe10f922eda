"""Photos with faces in known places, made from the public-domain portrait that scikit-image carries."""

import json
from functools import cache
from math import cos, radians, sin
from pathlib import Path

import cv2
import numpy as np

from imaging.faces import Face
from tests.needs import SHARED

FACE = (225.0, 118.0, 100.0)  # middle and side of the astronaut's face, in pixels of her portrait
TILT = 3.3  # degrees, of her eyes in it
BACKGROUND = 128
PHOTOS = SHARED / "data" / "photos"
TRUTH = Path(__file__).with_name("faces_truth.json")


@cache
def astronaut() -> np.ndarray:
    """uint8 [512,512,3]: Eileen Collins (NASA, public domain)."""
    from skimage import data

    return np.asarray(data.astronaut())


def with_face(height: int, width: int, *faces: tuple[float, float, float, float]) -> np.ndarray:
    """uint8 [H,W,3]: on gray, for each (x, y, side, angle) in pixels and degrees, her head with the face there."""
    picture = np.full((height, width, 3), BACKGROUND, np.uint8)
    for x, y, side, angle in faces:
        turn, scale = radians(angle - TILT), side / FACE[2]
        linear = scale * np.array([[cos(turn), -sin(turn)], [sin(turn), cos(turn)]])
        matrix = np.column_stack([linear, (x, y) - linear @ FACE[:2]])
        head = cv2.ellipse(np.zeros((512, 512), np.uint8), (225, 105), (75, 105), 0, 0, 360, 255, -1)
        mask = cv2.warpAffine(head, matrix, (width, height), flags=cv2.INTER_AREA)[..., None] > 127
        picture = np.where(mask, cv2.warpAffine(astronaut(), matrix, (width, height)), picture)
    return picture


CROWD_PX = 620
CROWD_PLACES = [(60 + 100 * column, 65 + 120 * row, 45) for row in range(5) for column in range(6)]


@cache
def crowd() -> np.ndarray:
    """uint8 [CROWD_PX,CROWD_PX,3]: the head of `astronaut` thirty times, six in a row; do not write to it."""
    head = with_face(100, 90, (45, 60, 45, 0))
    picture = np.full((CROWD_PX, CROWD_PX, 3), BACKGROUND, np.uint8)
    for x, y, _ in CROWD_PLACES:
        picture[y - 60 : y + 40, x - 45 : x + 45] = head
    return picture


def crowd_faces() -> list[Face]:
    """Where they are in it."""
    side = CROWD_PLACES[0][2] / CROWD_PX
    return [Face(x / CROWD_PX - side / 2, y / CROWD_PX - side / 2, side, side) for x, y, _ in CROWD_PLACES]


def shown(faces: list[Face], height: int, width: int) -> list[tuple[float, float, float]]:
    """(x, y, side) in pixels, from left to right."""
    return sorted((face.center[0] * width, face.center[1] * height, face.width * width) for face in faces)


def truth() -> dict[str, dict[str, list[list[float]]]]:
    """Boxes by photo: those of `faces`, and the `doubtful` ones."""
    return {name: value for name, value in json.loads(TRUTH.read_text("utf-8")).items() if name != "about"}

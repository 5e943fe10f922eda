"""One search with one of the cascades that come with OpenCV (Viola and Jones 2001; Lienhart and Maydt 2002)."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import cv2.data
import numpy as np

LEAST_SIDE = 24  # pixels: what the cascades were trained with
NEIGHBOURS = 2  # finds at nearly one place that make a hit
ALIKE = 0.4  # of its side that a place may be away from another which is the same
FRONTAL = ("frontalface_alt2", "frontalface_default", "frontalface_alt")  # the best one first
PROFILE = "profileface"  # knows those that look to the left


@dataclass(frozen=True)
class Place:
    """A square where a face may be: middle and side in pixels; tilt in degrees clockwise; how often it was hit."""

    x: float
    y: float
    side: float
    angle: float = 0.0
    hits: int = 1

    def scaled(self, scale: float) -> "Place":
        return replace(self, x=self.x * scale, y=self.y * scale, side=self.side * scale)

    def is_same(self, other: "Place") -> bool:
        side = max(self.side, other.side)
        is_near = max(abs(self.x - other.x), abs(self.y - other.y)) < ALIKE * side
        return is_near and 0.5 < self.side / other.side < 2


_own = threading.local()  # a cascade keeps what it works on, so threads cannot share one


def load_cascade(name: str) -> cv2.CascadeClassifier:
    """Return one of the cascades of OpenCV, one a thread: loading takes longer than a search."""
    if not hasattr(_own, name):
        setattr(_own, name, cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / f"haarcascade_{name}.xml")))
    return getattr(_own, name)


def search(
    grey: np.ndarray, name: str, least: int = LEAST_SIDE, most: int = 0, *, step: float = 1.1, is_mirrored: bool = False
) -> list[Place]:
    """What a cascade hits in uint8 [H,W], from `least` to `most` pixels (0: any), each size `step` times the last."""
    seen = np.ascontiguousarray(grey[:, ::-1]) if is_mirrored else grey
    boxes, hits = load_cascade(name).detectMultiScale2(
        seen, scaleFactor=step, minNeighbors=NEIGHBOURS, minSize=(least, least), maxSize=(most, most)
    )
    sides = [(x + side / 2, y + side / 2, side) for x, y, side, _ in boxes]
    width = grey.shape[1]
    return [
        Place(width - x if is_mirrored else x, y, side, hits=int(n))
        for (x, y, side), n in zip(sides, hits, strict=True)
    ]

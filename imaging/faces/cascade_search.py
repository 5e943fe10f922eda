"""One search with one of the cascades that come with OpenCV (Viola and Jones 2001; Lienhart and Maydt 2002)."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import cv2.data
import numpy as np

MIN_SIDE_PX = 24  # what the cascades were trained with
MIN_NEIGHBORS = 2  # finds at nearly one place that make a hit
SAME_PLACE_DISTANCE = 0.4  # of its side that a candidate may be away from another which is the same
FRONTAL_CASCADES = ("frontalface_alt2", "frontalface_default", "frontalface_alt")  # the best one first
PROFILE_CASCADE = "profileface"  # knows those that look to the left


@dataclass(frozen=True)
class Candidate:
    """A square where a face may be: center and side in pixels, tilt in degrees clockwise; how often it was hit."""

    x: float
    y: float
    side: float
    angle: float = 0.0
    hits: int = 1

    def scaled(self, scale: float) -> "Candidate":
        """Return it in a picture that is so many times as large."""
        return replace(self, x=self.x * scale, y=self.y * scale, side=self.side * scale)

    def is_same(self, other: "Candidate") -> bool:
        """Return whether both are of one face: near to each other, and of about the same size."""
        side = max(self.side, other.side)
        is_near = max(abs(self.x - other.x), abs(self.y - other.y)) < SAME_PLACE_DISTANCE * side
        return is_near and 0.5 < self.side / other.side < 2


_thread = threading.local()  # a cascade keeps what it works on, so threads cannot share one


def load_cascade(name: str) -> cv2.CascadeClassifier:
    """Return one of OpenCV's cascades, one a thread: loading takes longer than a search."""
    if not hasattr(_thread, name):
        setattr(_thread, name, cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / f"haarcascade_{name}.xml")))
    return getattr(_thread, name)


def search_cascade(
    gray: np.ndarray,
    name: str,
    min_side: int = MIN_SIDE_PX,
    max_side: int = 0,
    *,
    scale_factor: float = 1.1,
    min_neighbors: int = MIN_NEIGHBORS,
    is_mirrored: bool = False,
) -> list[Candidate]:
    """Return what a cascade hits in uint8 [H,W], from `min_side` to `max_side` pixels (0: any).

    `name` is as in OpenCV's `haarcascade_NAME.xml`; each size that is searched for is `scale_factor` times the last. A
    mirrored search looks at the mirror image, and tells places in the picture.
    """
    seen = np.ascontiguousarray(gray[:, ::-1]) if is_mirrored else gray
    boxes, hits = load_cascade(name).detectMultiScale2(
        seen,
        scaleFactor=scale_factor,
        minNeighbors=min_neighbors,
        minSize=(min_side, min_side),
        maxSize=(max_side, max_side),
    )
    squares = [(x + side / 2, y + side / 2, side) for x, y, side, _ in boxes]
    width = gray.shape[1]
    return [
        Candidate(width - x if is_mirrored else x, y, side, hits=int(n))
        for (x, y, side), n in zip(squares, hits, strict=True)
    ]

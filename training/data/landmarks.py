"""Landmarks of a face: where both eyes and the mouth are in a photo.

Found once a photo by the cascades that come with OpenCV, and kept. A file of points that another library found may
take their place.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import cv2.data
import numpy as np

from datasets.faces import detect_face_squares
from imaging.files import atomic_write
from training.data.photos import read_picture

NAMES = ("left_eye", "right_eye", "mouth")  # left and right of the picture
MIRRORED = (1, 0, 2)  # which is which in a mirrored picture
LOOK = 240  # pixels of a face while eyes and mouth are searched
Points = list[list[float]]


@dataclass(frozen=True)
class Face:
    """`points`: [x, y] of each of NAMES, 0 to 1 of width and height; empty: the photo has no face."""

    points: Points


def _centre(boxes: Any, left: int, top: int, near: tuple[float, float]) -> tuple[float, float] | None:
    """The centre of the box that is nearest to where it is to be expected."""
    centres = [(float(left + x + width / 2), float(top + y + height / 2)) for x, y, width, height in boxes]
    return min(centres, key=lambda at: (at[0] - near[0]) ** 2 + (at[1] - near[1]) ** 2, default=None)


def _search(look: np.ndarray, name: str, area: tuple[float, float, float, float], hits: int) -> Any:
    """(x, y) in a face uint8 [LOOK,LOOK] of what a cascade finds in an area (left, top, right, bottom; 0 to 1)."""
    left, top, right, bottom = (round(side * LOOK) for side in area)
    # Not one a process: a cascade keeps the picture it looks at, and several threads look.
    cascade = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / f"haarcascade_{name}.xml"))
    boxes = cascade.detectMultiScale(look[top:bottom, left:right], 1.05, hits, minSize=(LOOK // 8, LOOK // 10))
    return _centre(boxes, left, top, ((left + right) / 2, (top + bottom) / 2))


def find_landmarks(pixels: np.ndarray) -> Face | None:
    """Of uint8 [H,W,3] RGB. None: there are several faces, or one of which not all was found; nothing is learnt there.

    The face by `find_faces`; in it each eye by "eye", the mouth by "smile" (all Haar cascades of OpenCV).
    """
    faces = detect_face_squares(pixels)
    if len(faces) != 1:
        return None if faces else Face([])
    face = faces[0]
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[face.y : face.y + face.side, face.x : face.x + face.side]
    look = cv2.resize(grey, (LOOK, LOOK), interpolation=cv2.INTER_AREA)
    found = [
        _search(look, "eye", (0.08, 0.2, 0.5, 0.55), 3),
        _search(look, "eye", (0.5, 0.2, 0.92, 0.55), 3),
        _search(look, "smile", (0.2, 0.6, 0.8, 1.0), 8),
    ]
    height, width = pixels.shape[:2]
    points = [
        [(face.x + at[0] * face.side / LOOK) / width, (face.y + at[1] * face.side / LOOK) / height]
        for at in found
        if at is not None
    ]
    return Face(points) if len(points) == len(NAMES) else None


def _kept(path: Path, cache: Path) -> Face | None:
    stat = path.stat()
    name = sha256(f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:24]
    file = cache / f"{name}.json"
    if not file.exists():
        face = find_landmarks(np.asarray(read_picture(path)))
        with atomic_write(file) as part:
            part.write_text(json.dumps(face and face.points))
    points = json.loads(file.read_text())
    return None if points is None else Face(points)


def landmarks_of(photos: list[Path], cache: Path) -> list[Face | None]:
    """Of each photo, found once, then read from the cache."""
    cache.mkdir(parents=True, exist_ok=True)
    # One thread: the cascades are one a process in `find_faces`, and use all processors themselves.
    return [_kept(path, cache) for path in photos]


def read_points(file: Path) -> Callable[[list[Path]], list[Face | None]]:
    """Landmarks from a JSON file: {"name of the photo": [[x, y], [x, y], [x, y]] or [] or null}, as `Face` has them.

    A photo that it does not name is not learnt from. Raises ValueError, naming the file.
    """
    try:
        found = json.loads(file.read_text("utf-8"))
        faces = {name: None if points is None else Face(_checked(points)) for name, points in found.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{file}: not a file of landmarks ({error})") from error
    return lambda photos: [faces.get(path.name) for path in photos]


def _checked(points: Any) -> Points:
    if points and (len(points) != len(NAMES) or any(len(point) != 2 for point in points)):
        raise ValueError(f"each photo needs [x, y] of {', '.join(NAMES)}, or []")
    return [[float(x), float(y)] for x, y in points]

"""Landmarks of a face: where both eyes and the mouth are in a photo.

Found once a photo by the cascades that come with OpenCV, and kept. A file of points that another library found may
take their place.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from imaging.faces.cascade_search import load_cascade
from imaging.faces.strict_search import detect_face_squares
from imaging.files import write_atomically
from imaging.json_files import read_json
from training.data.batches import TensorBatch
from training.data.pairs import to_tensor
from training.data.photos import read_picture
from training.data.unpaired import Crop, random_crops

LANDMARK_NAMES = ("left_eye", "right_eye", "mouth")  # left and right of the picture
MIRRORED_ORDER = (1, 0, 2)  # which is which in a mirrored picture
MAX_FILE_BYTES = 2**30  # of points that another library found, some 100 bytes a photo
FACE_SIDE_PX = 240  # pixels of a face while eyes and mouth are searched
LandmarkPoints = list[list[float]]


@dataclass(frozen=True)
class FaceLandmarks:
    """`points`: [x, y] of each of LANDMARK_NAMES, 0 to 1 of width and height; empty: the photo has no face."""

    points: LandmarkPoints


def _nearest_center(boxes: Any, left: int, top: int, near: tuple[float, float]) -> tuple[float, float] | None:
    """The center of the box that is nearest to where it is to be expected."""
    centers = [(float(left + x + width / 2), float(top + y + height / 2)) for x, y, width, height in boxes]
    return min(centers, key=lambda at: (at[0] - near[0]) ** 2 + (at[1] - near[1]) ** 2, default=None)


def _search_part(face_pixels: np.ndarray, name: str, area: tuple[float, float, float, float], hits: int) -> Any:
    """Return (x, y) in a face of what a cascade finds in an area (left, top, right, bottom; 0 to 1)."""
    left, top, right, bottom = (round(side * FACE_SIDE_PX) for side in area)
    min_size = (FACE_SIDE_PX // 8, FACE_SIDE_PX // 10)
    boxes = load_cascade(name).detectMultiScale(face_pixels[top:bottom, left:right], 1.05, hits, minSize=min_size)
    return _nearest_center(boxes, left, top, ((left + right) / 2, (top + bottom) / 2))


def find_landmarks(pixels: np.ndarray) -> FaceLandmarks | None:
    """Return those of uint8 [H,W,3] RGB. None: there are several faces, or one of which not all was found.

    Nothing is learned there. The face by `detect_face_squares`; in it each eye by "eye", the mouth by "smile" (all Haar
    cascades of OpenCV).
    """
    faces = detect_face_squares(pixels)
    if len(faces) != 1:
        return None if faces else FaceLandmarks([])
    face = faces[0]
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[face.y : face.y + face.side, face.x : face.x + face.side]
    face_pixels = cv2.resize(gray, (FACE_SIDE_PX, FACE_SIDE_PX), interpolation=cv2.INTER_AREA)
    found = [
        _search_part(face_pixels, "eye", (0.08, 0.2, 0.5, 0.55), 3),
        _search_part(face_pixels, "eye", (0.5, 0.2, 0.92, 0.55), 3),
        _search_part(face_pixels, "smile", (0.2, 0.6, 0.8, 1.0), 8),
    ]
    height, width = pixels.shape[:2]
    points = [
        [(face.x + at[0] * face.side / FACE_SIDE_PX) / width, (face.y + at[1] * face.side / FACE_SIDE_PX) / height]
        for at in found
        if at is not None
    ]
    return FaceLandmarks(points) if len(points) == len(LANDMARK_NAMES) else None


def _cached_landmarks(path: Path, cache: Path) -> FaceLandmarks | None:
    stat = path.stat()
    name = sha256(f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:24]
    file = cache / f"{name}.json"
    try:
        points = read_json(file)
        return None if points is None else FaceLandmarks(_checked(points))
    except (OSError, ValueError, TypeError):  # not found yet, or the file was damaged
        face = find_landmarks(np.asarray(read_picture(path)))
        write_atomically(file, json.dumps(face and face.points))
        return face


def load_landmarks(photos: list[Path], cache: Path) -> list[FaceLandmarks | None]:
    """Return those of each photo, found once, then read from the cache."""
    cache.mkdir(parents=True, exist_ok=True)
    # One thread: a search uses all processors by itself.
    return [_cached_landmarks(path, cache) for path in photos]


def read_landmarks_file(file: Path) -> Callable[[list[Path]], list[FaceLandmarks | None]]:
    """Return landmarks by a JSON file: {"name of the photo": [[x, y], [x, y], [x, y]] or [] or null}.

    A photo that it does not name is not learned from. Raise ValueError, naming the file.
    """
    try:
        found = read_json(file, MAX_FILE_BYTES)
        faces = {name: None if points is None else FaceLandmarks(_checked(points)) for name, points in found.items()}
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"{file}: not a file of landmarks ({error})") from error
    return lambda photos: [faces.get(path.name) for path in photos]


def _checked(points: Any) -> LandmarkPoints:
    if points and (len(points) != len(LANDMARK_NAMES) or any(len(point) != 2 for point in points)):
        raise ValueError(f"each photo needs [x, y] of {', '.join(LANDMARK_NAMES)}, or []")
    return [[float(x), float(y)] for x, y in points]


@dataclass(frozen=True)
class LandmarkBatch(TensorBatch):
    """Photos [N,3,size,size] in [-1,1]; landmarks [N,K,2], (x, y) in pixels of the crop or not a number; [N] known."""

    photos: Tensor
    points: Tensor
    is_known: Tensor


def crop_landmarks(crop: Crop, face: FaceLandmarks | None, width: int, height: int) -> Tensor:
    """Return [K,2]: landmarks of a picture of width x height, in pixels of a crop of it; no numbers if it has none."""
    if not face or not face.points:
        return torch.full((len(LANDMARK_NAMES), 2), torch.nan)
    points = torch.tensor(face.points) * torch.tensor([width, height]) - torch.tensor([crop.left, crop.top])
    if crop.is_mirrored:
        points = points[list(MIRRORED_ORDER)]
        points[:, 0] = crop.pixels.shape[1] - points[:, 0]
    return points


@dataclass(frozen=True)
class LandmarkData:
    """Photos, with what is known of the landmarks in each, as `load_landmarks` has it."""

    photos: list[Path]
    faces: list[FaceLandmarks | None]
    size: int
    seed: int

    def batch(self, step: int, places: Sequence[int]) -> LandmarkBatch:
        found = random_crops(self.photos, 0, self.size, self.seed, step, places)
        face_of = dict(zip(self.photos, self.faces, strict=True))
        points = [crop_landmarks(crop, face_of[crop.path], *crop.picture_size) for crop in found]
        is_known = torch.tensor([face_of[crop.path] is not None for crop in found])
        return LandmarkBatch(to_tensor([crop.pixels for crop in found]), torch.stack(points), is_known)

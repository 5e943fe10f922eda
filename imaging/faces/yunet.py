"""Finds faces with YuNet (Wu, Peng, Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector"), where it was fetched."""

import logging
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from imaging.faces.align import tilt
from imaging.faces.face import LANDMARKS, Face
from imaging.resize import resize_to_fit
from imaging.weights_files import WeightsFile

logger = logging.getLogger(__name__)

NAME = "face_detection_yunet_2023mar.onnx"
# Under the MIT licence. The file in the repository is a Git LFS pointer, whose oid is the SHA-256 below.
SOURCE = (
    "https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_detection_yunet/"
    "face_detection_yunet_2023mar.onnx"
)
SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
SIDES = (1024, 320)  # pixels of the longer side: it sees faces of some 10 to 300 pixels, hence the second look
SURE, SAME, MOST = 0.7, 0.3, 5000  # least score; overlap of two finds that are one; finds before these are merged


@dataclass(frozen=True)
class FaceModel(WeightsFile):
    """YuNet's file."""

    name: str = NAME
    id: str = "yunet"
    source: str = SOURCE
    sha256: str = SHA256

    @property
    def usable(self) -> bool:
        """Whether the file is there and is the right one; a wrong one is told in the log, once."""
        return self.is_available and _is_right(self, self.path.stat().st_mtime_ns)


@lru_cache
def _is_right(model: FaceModel, changed: int) -> bool:
    from imaging.weights_files import find_digest_mismatch  # which brings an HTTP client along

    problem = find_digest_mismatch(model, model.path)
    if problem:
        logger.error("%s is not used: %s; run: manage.py fetch_weights yunet", model.path, problem)
    return not problem


_own = threading.local()  # a detector has buffers of its own, so threads cannot share one


def _detector(path: Path) -> cv2.FaceDetectorYN:
    if getattr(_own, "path", None) != path:
        _own.detector = cv2.FaceDetectorYN.create(str(path), "", (320, 320), SURE, SAME, MOST)
        _own.path = path
    return _own.detector


def find(pixels: np.ndarray, path: Path) -> list[Face]:
    """Faces in uint8 [H,W,3] RGB, with five landmarks each; one may be found at both sizes."""
    found: list[Face] = []
    for side in SIDES:
        small = resize_to_fit(pixels, side)
        detector = _detector(path)
        detector.setInputSize((small.shape[1], small.shape[0]))
        rows = detector.detect(np.ascontiguousarray(small[..., ::-1]))[1]
        found += [face_of(row, *small.shape[:2]) for row in ([] if rows is None else rows)]
    return found


def face_of(row: np.ndarray, height: int, width: int) -> Face:
    """A row of FaceDetectorYN's: left, top, width, height, five landmarks and the score, in pixels."""
    left, top, across, along = (float(value) for value in row[:4])
    points = [(float(x), float(y)) for x, y in np.reshape(row[4:14], (len(LANDMARKS), 2))]
    landmarks = tuple((x / width, y / height) for x, y in points)
    box = left / width, top / height, across / width, along / height
    return Face(*box, angle=tilt(points[0], points[1]), score=float(row[14]), landmarks=landmarks)

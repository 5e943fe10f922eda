"""Finds faces with YuNet (Wu, Peng, Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector"), where it was fetched."""

import logging
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from imaging.faces.align import tilt_degrees
from imaging.faces.face import LANDMARK_NAMES, Face
from imaging.resize import resize_to_fit
from imaging.weights_files import WeightsFile, find_digest_mismatch

logger = logging.getLogger(__name__)

FILE_NAME = "face_detection_yunet_2023mar.onnx"
# Under the MIT license. The file in the repository is a Git LFS pointer, whose oid is the SHA-256 below.
URL = (
    "https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_detection_yunet/"
    "face_detection_yunet_2023mar.onnx"
)
SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
SEARCH_SIDES_PX = (1024, 320)  # longer sides: it sees faces of some 10 to 300 pixels, hence the second look
MIN_SCORE = 0.7
MAX_OVERLAP = 0.3  # intersection over union: with more, two finds are one
MAX_FINDS = 5000  # before these are merged


@dataclass(frozen=True)
class YuNetFile(WeightsFile):
    """YuNet's file."""

    name: str = FILE_NAME
    id: str = "yunet"
    source: str = URL
    sha256: str = SHA256

    @property
    def is_usable(self) -> bool:
        """Return whether the file is there and is the right one; a wrong one is told in the log, once."""
        return self.is_available and _is_verified(self, self.path.stat().st_mtime_ns)


@lru_cache
def _is_verified(file: YuNetFile, modified_ns: int) -> bool:
    problem = find_digest_mismatch(file, file.path)
    if problem:
        logger.error("%s is not used: %s; run: manage.py fetch_weights yunet", file.path, problem)
    return not problem


_thread = threading.local()  # a detector has buffers of its own, so threads cannot share one


def _load_detector(path: Path) -> cv2.FaceDetectorYN:
    if getattr(_thread, "path", None) != path:
        _thread.detector = cv2.FaceDetectorYN.create(str(path), "", (320, 320), MIN_SCORE, MAX_OVERLAP, MAX_FINDS)
        _thread.path = path
    return _thread.detector


def find_faces_with_yunet(pixels: np.ndarray, path: Path) -> list[Face]:
    """Return faces in uint8 [H,W,3] RGB, with five landmarks each; one may be found at both sizes."""
    found: list[Face] = []
    for side in SEARCH_SIDES_PX:
        small = resize_to_fit(pixels, side)
        detector = _load_detector(path)
        detector.setInputSize((small.shape[1], small.shape[0]))
        rows = detector.detect(np.ascontiguousarray(small[..., ::-1]))[1]
        found += [parse_row(row, *small.shape[:2]) for row in ([] if rows is None else rows)]
    return found


def parse_row(row: np.ndarray, height: int, width: int) -> Face:
    """Return the face in a row of FaceDetectorYN's: box, five landmarks and the score, in pixels."""
    left, top, across, along = (float(value) for value in row[:4])
    points = [(float(x), float(y)) for x, y in np.reshape(row[4:14], (len(LANDMARK_NAMES), 2))]
    landmarks = tuple((x / width, y / height) for x, y in points)
    box = left / width, top / height, across / width, along / height
    return Face(*box, angle=tilt_degrees(points[0], points[1]), score=float(row[14]), landmarks=landmarks)

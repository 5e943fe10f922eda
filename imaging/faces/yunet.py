"""Finds faces with YuNet (Wu, Peng, Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector"), where it was fetched."""

import logging
import threading
from dataclasses import dataclass
from functools import lru_cache
from math import hypot, radians, sin
from pathlib import Path

import cv2
import numpy as np

from imaging.faces.align import FaceFrame, crop_frame, tilt_degrees
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
# The same network, as its authors export it (ShiqiYu/libfacedetection.train, Apache License 2.0) for pictures of 640 or
# 320 pixels: both have the same weights, and OpenCV runs them at any size.
OTHER_FILES = {
    "yunet_n_640_640.onnx": "25a606a145a5b6d7271ae138fbd00eba91dad8b83222ae3f2c7ecd0f4a7b0e31",
    "yunet_n_320_320.onnx": "81dbde155e982455488235acb8ec2dec5d647edf7cf7080d33e4abb69b93a0d2",
}
SEARCH_SIDES_PX = (1024, 320)  # longer sides: it sees faces of some 10 to 300 pixels, hence the second look
MIN_SCORE = 0.7
MAX_OVERLAP = 0.3  # intersection over union: with more, two finds are one
MAX_FINDS = 5000  # before these are merged

# A head that is tilted far, or upside down, is found as well, but with its landmarks nearer to where they would be in
# one that is upright, and with a lower score than when it is turned upright.
CERTAIN_SCORE, CERTAIN_TILT = 0.93, 8.0  # with more, and less, it is upright
TURNS = tuple(range(0, 360, 30))  # degrees
TURN_VIEW_PX, TURN_VIEW_MARGIN = 128, 2.2  # the square that is looked at in all turns, and its side to that of the face
MIN_TURN_GAIN = 0.01  # by which another turn scores more: of 232 upright heads 1 does, of 76 on their head 74 do
MAX_TURN_SHIFT = 0.5  # of its side that the middle of the face may be elsewhere then


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


def find_yunet_file(folder: Path) -> YuNetFile | None:
    """Return the file of the network in the folder, under any of its names; None where no right one is there."""
    files = [YuNetFile(folder), *(YuNetFile(folder, name, sha256=digest) for name, digest in OTHER_FILES.items())]
    return next((file for file in files if file.is_usable), None)


_thread = threading.local()  # a detector has buffers of its own, so threads cannot share one


def _load_detector(path: Path) -> cv2.FaceDetectorYN:
    if getattr(_thread, "path", None) != path:
        _thread.detector = cv2.FaceDetectorYN.create(str(path), "", (320, 320), MIN_SCORE, MAX_OVERLAP, MAX_FINDS)
        _thread.path = path
    return _thread.detector


def find_faces_with_yunet(pixels: np.ndarray, path: Path) -> list[Face]:
    """Return faces in uint8 [H,W,3] RGB, with five landmarks each; one may be found at both sizes."""
    return [face for side in SEARCH_SIDES_PX for face in _search(resize_to_fit(pixels, side), path)]


def _search(pixels: np.ndarray, path: Path) -> list[Face]:
    detector = _load_detector(path)
    detector.setInputSize((pixels.shape[1], pixels.shape[0]))
    rows = detector.detect(np.ascontiguousarray(pixels[..., ::-1]))[1]
    return [parse_row(row, *pixels.shape[:2]) for row in ([] if rows is None else rows)]


def find_turn(pixels: np.ndarray, face: Face, path: Path) -> Face:
    """Return a face that was found in uint8 [H,W,3] RGB with its landmarks and angle as they are if its head lies.

    What is found with more than CERTAIN_SCORE and hardly tilted is upright, and comes back as it is.
    """
    if face.score > CERTAIN_SCORE and abs(face.angle) < CERTAIN_TILT:
        return face
    height, width = pixels.shape[:2]
    side = face.side_px(height, width)
    x, y = face.center[0] * width, face.center[1] * height
    views = {}
    for turn in TURNS:
        frame = FaceFrame(x, y, TURN_VIEW_MARGIN * side, turn)
        found = _search(crop_frame(pixels, frame, TURN_VIEW_PX), path)
        near = [view for view in found if _is_in_middle(view)]
        if near:
            views[turn] = (max(near, key=lambda view: view.score), frame)
    score = max(face.score, views[0][0].score) if 0 in views else face.score
    best = max(views, key=lambda turn: views[turn][0].score, default=0)
    if not best or views[best][0].score < score + MIN_TURN_GAIN:
        return face
    return _turn_back(*views[best], height, width)


def _is_in_middle(view: Face) -> bool:
    x, y = view.center
    side = max(view.width, view.height) * TURN_VIEW_MARGIN
    return hypot(x - 0.5, y - 0.5) * TURN_VIEW_MARGIN < MAX_TURN_SHIFT and 0.5 < side < 2


def _turn_back(view: Face, frame: FaceFrame, height: int, width: int) -> Face:
    """Return a face that was found in the square `frame`, as one of the photo of that size."""
    back = cv2.invertAffineTransform(frame.matrix(TURN_VIEW_PX))

    def to_photo(point: tuple[float, float]) -> tuple[float, float]:
        x, y = back @ (*(TURN_VIEW_PX * value - 0.5 for value in point), 1.0) + 0.5
        return float(x), float(y)

    x, y = to_photo(view.center)
    across, along = view.width * frame.side, view.height * frame.side
    if abs(sin(radians(frame.angle))) > 0.75:
        across, along = along, across
    points = [to_photo(point) for point in view.landmarks]
    return Face(
        (x - across / 2) / width,
        (y - along / 2) / height,
        across / width,
        along / height,
        angle=tilt_degrees(points[0], points[1]),
        score=view.score,
        landmarks=tuple((x / width, y / height) for x, y in points),
    )


def parse_row(row: np.ndarray, height: int, width: int) -> Face:
    """Return the face in a row of FaceDetectorYN's: box, five landmarks and the score, in pixels."""
    left, top, across, along = (float(value) for value in row[:4])
    points = [(float(x), float(y)) for x, y in np.reshape(row[4:14], (len(LANDMARK_NAMES), 2))]
    landmarks = tuple((x / width, y / height) for x, y in points)
    box = left / width, top / height, across / width, along / height
    return Face(*box, angle=tilt_degrees(points[0], points[1]), score=float(row[14]), landmarks=landmarks)

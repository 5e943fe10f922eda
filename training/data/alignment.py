"""Lays a result over the photo that it was made from: resizing and padding have moved many of them by a pixel or so."""

from dataclasses import dataclass

import cv2
import numpy as np

WORKING_SIDE_PX = 512  # pixels of the long side at which the movement is looked for
MIN_MOVEMENT_PX = 0.1  # pixels; less than this is not worth the blur of resampling
MIN_CORRELATION_GAIN = 0.02  # of the correlation
MAX_MOVEMENT_SHARE = 0.05  # of the long side; more is no slip but another picture, or another part of it
MIN_CORRELATION = 0.16  # correlation of the edges; it was 0.12 at most of pictures that have nothing in common


@dataclass(frozen=True)
class Alignment:
    """`matrix`: affine [2,3], from places (x, y, 1) in the photo to those in the result, in pixels.

    `movement_px`: how far the corner that moves most does, in pixels. `correlation`: of the edges, 1 at most.
    """

    matrix: np.ndarray
    movement_px: float
    correlation: float

    def matches(self, shape: tuple[int, ...]) -> bool:
        """Return whether the result, [H,W,…], can be of the same photo."""
        return self.correlation >= MIN_CORRELATION and self.movement_px <= MAX_MOVEMENT_SHARE * max(shape[:2])


def _edges(picture: np.ndarray, scale: float) -> np.ndarray:
    """Return the strength of the edges: unlike colors, styles leave them where they are."""
    size = [max(16, round(side * scale)) for side in picture.shape[1::-1]]
    gray = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA).astype(np.float32)
    smooth = cv2.GaussianBlur(gray, (0, 0), 1.0)
    strength = cv2.magnitude(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    # Only what stands out from around it, or all portraits are alike: much in the middle, little elsewhere.
    strength = strength - cv2.GaussianBlur(strength, (0, 0), 8.0)
    return strength / np.sqrt(cv2.GaussianBlur(np.square(strength), (0, 0), 16.0) + 16)


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    one, other = one - one.mean(), other - other.mean()
    return float((one * other).sum() / max(np.sqrt(np.square(one).sum() * np.square(other).sum()), 1e-6))


def _warped(picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT_101)


def _movement(matrix: np.ndarray, shape: tuple[int, ...]) -> float:
    height, width = shape[:2]
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], dtype=np.float64)
    return float(np.linalg.norm(corners @ matrix.T - corners[:, :2], axis=1).max())


def _refined(photo: np.ndarray, result: np.ndarray, start: np.ndarray, motion: int) -> np.ndarray:
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 60, 1e-5)
    everywhere = np.full(photo.shape, 255, np.uint8)
    try:
        return cv2.findTransformECC(photo, result, start.copy(), motion, criteria, everywhere, 5)[1]
    except cv2.error:  # it found no way uphill
        return start


def find_alignment(photo: np.ndarray, result: np.ndarray) -> Alignment:
    """Return how the result lies on the photo, both uint8 [H,W,3] of one size.

    A translation by phase correlation (Kuglin, Hines 1975), made exact, and then affine, by maximizing the enhanced
    correlation coefficient (Evangelidis, Psarakis: IEEE PAMI 2008). A style that makes eyes larger looks like a small
    movement, too, so each of them must make the edges clearly more alike to be believed.
    """
    scale = min(1.0, WORKING_SIDE_PX / max(photo.shape[:2]))
    ours, theirs = _edges(photo, scale), _edges(result, scale)
    best = np.eye(2, 3, dtype=np.float32)
    correlation = _correlation(ours, theirs)
    (right, down), _ = cv2.phaseCorrelate(ours, theirs, cv2.createHanningWindow(ours.shape[::-1], cv2.CV_32F))
    moved = np.array([[1, 0, right], [0, 1, down]], dtype=np.float32)
    for motion, gain in ((cv2.MOTION_TRANSLATION, MIN_CORRELATION_GAIN), (cv2.MOTION_AFFINE, 4 * MIN_CORRELATION_GAIN)):
        moved = _refined(ours, theirs, moved, motion)
        found = _correlation(ours, _warped(theirs, moved))
        if found >= correlation + gain:
            best, correlation = moved, found
    matrix = best.astype(np.float64)
    # Pixel centers lie at halves, before and after the change of size.
    half = (matrix[:, :2].sum(1) - 1) / 2
    matrix[:, 2] = (matrix[:, 2] + half) / scale - half
    return Alignment(matrix, _movement(matrix, photo.shape), correlation)


def apply_alignment(result: np.ndarray, alignment: Alignment) -> np.ndarray:
    """Return the result, uint8 [H,W,3], moved onto the photo; what was outside of it is mirrored."""
    return result if alignment.movement_px < MIN_MOVEMENT_PX else _warped(result, alignment.matrix)

"""Puts a converted square back into the converted picture, so that nobody sees where it begins."""

from functools import cache
from math import ceil

import cv2
import numpy as np

from imaging.faces.align import FaceFrame, crop_frame
from imaging.resize import downscale

COARSE = 64  # pixels of the square at which colours are compared
EVEN = COARSE / 8  # of these: how far around colours are averaged
LEAST_WEIGHT = 1e-4  # of places away from the rim, where no rim is near
FULL, GONE = 0.66, 0.97  # of the way from the middle to the side of the square: where the mask begins to fall and ends
ROUNDNESS = 3  # 2 would be a circle, many a square
MASK = 256  # pixels of the mask
ROWS = 256  # of the picture, which are worked on at a time


@cache
def soft_mask() -> np.ndarray:
    """float32 [MASK,MASK]: 1 in the middle, 0 at the border, and smooth between."""
    across = np.abs(np.linspace(-1, 1, MASK)) ** ROUNDNESS
    radius = (across[:, None] + across[None]) ** (1 / ROUNDNESS)
    share = np.clip((GONE - radius) / (GONE - FULL), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def offset_from_the_rim(picture: np.ndarray, square: np.ndarray, frame: FaceFrame) -> np.ndarray:
    """float32 [COARSE,COARSE,3]: how much lighter the picture is than the square where the mask falls.

    Within, where only the square will be seen, it is the mean of that, the nearer the more: as in Poisson image editing
    (Perez, Gangnet, Blake 2003) the square keeps its own contrasts, and fits at its rim.
    """
    difference = crop_frame(picture, frame, COARSE).astype(np.float32) - downscale(square, COARSE, COARSE)
    mask = cv2.resize(soft_mask(), (COARSE, COARSE), interpolation=cv2.INTER_AREA)
    rim = (mask * (1 - mask) + LEAST_WEIGHT)[..., None]
    near, weight = (cv2.GaussianBlur(values, (0, 0), EVEN) for values in (difference * rim, rim))
    return near / weight[..., None]


def paste(picture: np.ndarray, square: np.ndarray, frame: FaceFrame) -> None:
    """Change uint8 [H,W,3] in place to `square`, uint8 [S,S,3], within the mask; its colours are made to fit there.

    Memory does not grow with the picture.
    """
    own = min(len(square), ceil(frame.side))
    square, offset = downscale(square, own, own), offset_from_the_rim(picture, square, frame)
    left, top, right, bottom = frame.extent(*picture.shape[:2])
    for row in range(top, bottom, ROWS):
        part = picture[row : min(row + ROWS, bottom), left:right]
        weight = _turned_back(soft_mask(), frame, left, row, part, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
        if weight.any():
            fine = _turned_back(square, frame, left, row, part, cv2.INTER_CUBIC)
            mixed = fine + _turned_back(offset, frame, left, row, part, cv2.INTER_LINEAR)
            mixed -= part
            mixed *= weight[..., None]
            mixed += part
            part[...] = np.clip(mixed + np.float32(0.5), 0, 255)


def _turned_back(
    values: np.ndarray,
    frame: FaceFrame,
    left: int,
    top: int,
    part: np.ndarray,
    way: int,
    border: int = cv2.BORDER_REPLICATE,
) -> np.ndarray:
    """What of the square `values` lies at `part` of the picture, which begins at (left, top)."""
    height, width = part.shape[:2]
    matrix = frame.matrix(len(values), left, top)
    return cv2.warpAffine(values, matrix, (width, height), flags=way | cv2.WARP_INVERSE_MAP, borderMode=border)

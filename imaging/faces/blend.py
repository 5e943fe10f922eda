"""Puts a converted square back into the converted picture, so that nobody sees where it begins."""

from functools import cache
from math import ceil

import cv2
import numpy as np

from imaging.faces.align import FaceFrame, crop_frame
from imaging.resize import downscale

COLOR_GRID_PX = 64  # of the square at which colors are compared
COLOR_BLUR_SIGMA = COLOR_GRID_PX / 8  # of these pixels: how far around colors are averaged
MIN_RIM_WEIGHT = 1e-4  # of places away from the rim, where no rim is near
# Of the way from the middle to the side of the square: where the mask begins to fall, and where it ends.
MASK_FULL_RADIUS, MASK_ZERO_RADIUS = 0.66, 0.97
MASK_EXPONENT = 3  # of its superellipse: 2 would be a circle, infinity a square
MASK_PX = 256
ROWS_AT_ONCE = 256  # of the picture: so much memory it takes, however large the picture is


@cache
def soft_mask() -> np.ndarray:
    """Return float32 [MASK_PX,MASK_PX]: 1 in the middle, 0 at the border, and smooth between."""
    across = np.abs(np.linspace(-1, 1, MASK_PX)) ** MASK_EXPONENT
    radius = (across[:, None] + across[None]) ** (1 / MASK_EXPONENT)
    share = np.clip((MASK_ZERO_RADIUS - radius) / (MASK_ZERO_RADIUS - MASK_FULL_RADIUS), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def color_offset(picture: np.ndarray, square: np.ndarray, frame: FaceFrame) -> np.ndarray:
    """Return how much lighter the picture is than the square where the mask falls, float32 [size,size,3].

    `size` is COLOR_GRID_PX. Within, where only the square will be seen, it is the mean of that, the nearer the more: as
    in Poisson image editing (Perez, Gangnet, Blake 2003) the square keeps its own contrasts, and fits at its rim.
    """
    size = COLOR_GRID_PX
    difference = crop_frame(picture, frame, size).astype(np.float32) - downscale(square, size, size)
    mask = cv2.resize(soft_mask(), (size, size), interpolation=cv2.INTER_AREA)
    rim = (mask * (1 - mask) + MIN_RIM_WEIGHT)[..., None]
    near, weight = (cv2.GaussianBlur(values, (0, 0), COLOR_BLUR_SIGMA) for values in (difference * rim, rim))
    return near / weight[..., None]


def paste_square(picture: np.ndarray, square: np.ndarray, frame: FaceFrame) -> None:
    """Change uint8 [H,W,3] in place to `square`, uint8 [S,S,3], within the mask; its colors are made to fit there.

    Memory does not grow with the picture.
    """
    size = min(len(square), ceil(frame.side))
    square, offset = downscale(square, size, size), color_offset(picture, square, frame)
    left, top, right, bottom = frame.extent(*picture.shape[:2])
    for row in range(top, bottom, ROWS_AT_ONCE):
        part = picture[row : min(row + ROWS_AT_ONCE, bottom), left:right]
        weight = _warp_back(soft_mask(), frame, left, row, part, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
        if weight.any():
            fine = _warp_back(square, frame, left, row, part, cv2.INTER_CUBIC)
            mixed = fine + _warp_back(offset, frame, left, row, part, cv2.INTER_LINEAR)
            mixed -= part
            mixed *= weight[..., None]
            mixed += part
            part[...] = np.clip(mixed + np.float32(0.5), 0, 255)


def _warp_back(
    values: np.ndarray,
    frame: FaceFrame,
    left: int,
    top: int,
    part: np.ndarray,
    interpolation: int,
    border: int = cv2.BORDER_REPLICATE,
) -> np.ndarray:
    """Return what of the square `values` lies at `part` of the picture, which begins at (left, top)."""
    height, width = part.shape[:2]
    matrix = frame.matrix(len(values), left, top)
    return cv2.warpAffine(
        values, matrix, (width, height), flags=interpolation | cv2.WARP_INVERSE_MAP, borderMode=border
    )

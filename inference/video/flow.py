"""Optical flow: where each pixel of one frame of a video lies in another."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np


@dataclass(frozen=True)
class Flow:
    """`to`: where each pixel of one frame lies in another, relative, float32 [h,w,2]; `seen`: how surely, [h,w]."""

    to: np.ndarray
    seen: np.ndarray


@dataclass(frozen=True)
class FramePair:
    """The flows between two neighboring frames."""

    forward: Flow
    back: Flow


def warp(image: np.ndarray, to: np.ndarray, interpolation: int = cv2.INTER_LINEAR) -> np.ndarray:
    """Return what lies where `to` points, [h,w,…]."""
    positions = pixel_grid(*to.shape[:2]) + to
    # The stubs of OpenCV do not know that one map may have both coordinates.
    border = cv2.BORDER_REPLICATE
    return cv2.remap(image, positions, None, interpolation, borderMode=border)  # type: ignore[call-overload]


def chain_flows(flow: Flow, further: Flow) -> Flow:
    """Return one flow and then the next."""
    return Flow(flow.to + warp(further.to, flow.to), flow.seen * warp(further.seen, flow.to))


def is_inside(to: np.ndarray) -> np.ndarray:
    """Return where `to` points into the frame, bool [h,w]."""
    height, width = to.shape[:2]
    positions = pixel_grid(height, width) + to
    x, y = positions[..., 0], positions[..., 1]
    return (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)


def visibility(to: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Return float32 [h,w], 1 where the way back leads to where one came from, within the frame, and 0 elsewhere.

    Source: Sundaram et al., ECCV 2010, eq. 5.
    """
    returned = warp(back, to)
    is_near = _squared_length(to + returned) < 0.01 * (_squared_length(to) + _squared_length(returned)) + 0.5
    return cv2.erode((is_near & is_inside(to)).astype(np.float32), np.ones((3, 3), np.uint8))


@lru_cache(maxsize=2)  # those of the flow and of the result: 8 bytes a pixel
def pixel_grid(height: int, width: int) -> np.ndarray:
    """Return x and y of each pixel, float32 [h,w,2]."""
    return np.dstack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)))


def _squared_length(flow: np.ndarray) -> np.ndarray:
    """Return squared lengths, [h,w]."""
    return np.einsum("hwc,hwc->hw", flow, flow)

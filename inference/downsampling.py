"""Makes pictures smaller, each pixel the mean of the area that it stands for."""

import cv2
import numpy as np


def scale_down(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """uint8 [H,W] or [H,W,C] to [height,width] or [height,width,C], no side longer than before.

    By halves at first, which OpenCV does many times as fast as any other ratio; not to the last one, as a pixel that
    is cut in two by the next step should be much smaller than the new ones.
    """
    while _halves(pixels.shape[0], height) and _halves(pixels.shape[1], width):
        pixels = cv2.resize(pixels, (pixels.shape[1] // 2, pixels.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def fitted(pixels: np.ndarray, side: int) -> np.ndarray:
    """uint8 [H,W] or [H,W,C] with its longer side at most `side`, and its shape as near as whole pixels can be."""
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    return scale_down(pixels, max(1, round(height * scale)), max(1, round(width * scale)))


def _halves(side: int, wanted: int) -> bool:
    return side % 2 == 0 and side >= 3 * wanted

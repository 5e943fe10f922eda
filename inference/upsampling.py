"""Brings a small result to the photo's own size along the photo's edges."""

import cv2
import numpy as np

RADIUS = 2  # pixels of the small picture
MOST_SLOPE = 1.5  # contrast of the photo is never raised more than this
EPS = 0.002  # of the squared range [0,1]: contrasts well below its root are smoothed away


def _mean(x: np.ndarray) -> np.ndarray:
    side = 2 * RADIUS + 1
    return cv2.blur(x, (side, side), borderType=cv2.BORDER_REFLECT_101)


def _linear_model(guide: np.ndarray, result: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope and offset, each float32 [h,w,3], of the local linear function from guide to result.

    The slope is the guided filter's, within bounds: how much of the photo's contrast the result has kept
    there. The offset is not averaged, unlike in the filter: so at the small size the function gives the
    network's result itself, with every line as sharp as it was drawn.
    """
    guide, result = guide.astype(np.float32) / 255, result.astype(np.float32) / 255
    mean_guide = _mean(guide)
    covariance = _mean(guide * result) - mean_guide * _mean(result)
    slope = _mean(covariance / (_mean(guide * guide) - mean_guide**2 + EPS))
    slope = np.clip(slope, 0, MOST_SLOPE)
    return slope, result - slope * guide


def guided_upsample(photo: np.ndarray, small_photo: np.ndarray, small_result: np.ndarray) -> np.ndarray:
    """uint8 [H,W,3] result at the size of `photo`, from `small_photo` and its result, both uint8 [h,w,3].

    After the fast guided filter (He, Sun 2015, arXiv:1505.00996): the linear model of photo to result is
    found at the small size, its two coefficients are enlarged and applied to the large photo. So an edge
    that the network kept is as sharp as the photo's, and what it painted flat stays flat.
    Works in strips: beside input and output, memory does not grow with the height.
    """
    height, width = photo.shape[:2]
    slope, offset = _linear_model(small_photo, small_result)
    output = np.empty_like(photo)
    rows = max(64, 2**21 // width)
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        strip = photo[top:bottom].astype(np.float32) / 255
        strip *= _enlarge_rows(slope, top, bottom, height, width)
        strip += _enlarge_rows(offset, top, bottom, height, width)
        np.clip(strip * 255 + 0.5, 0, 255, out=strip)
        output[top:bottom] = strip
    return output


def _enlarge_rows(small: np.ndarray, top: int, bottom: int, height: int, width: int) -> np.ndarray:
    """Rows top:bottom of `small` enlarged bilinearly to (height, width), pixel centres aligned."""
    last = len(small) - 1
    place = np.clip((np.arange(top, bottom) + 0.5) * len(small) / height - 0.5, 0, last)
    above = place.astype(int)
    share = (place - above).astype(np.float32)[:, None, None]
    rows = small[above] * (1 - share) + small[np.minimum(above + 1, last)] * share
    # Not by cv2.warpAffine, which refuses sides of 32,767 pixels and more.
    return cv2.resize(rows, (width, bottom - top), interpolation=cv2.INTER_LINEAR)

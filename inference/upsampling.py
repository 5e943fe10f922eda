"""Brings a small result to the photo's own size along the photo's edges."""

import cv2
import numpy as np

RADIUS = 2  # pixels of the small picture
EPS = 0.002  # of the squared range [0,1]: contrasts well below its root are smoothed away


def _mean(x: np.ndarray) -> np.ndarray:
    side = 2 * RADIUS + 1
    return cv2.blur(x, (side, side), borderType=cv2.BORDER_REFLECT_101)


def _linear_model(guide: np.ndarray, result: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope and offset, each float32 [h,w,3], of the local linear function from guide to result."""
    guide, result = guide.astype(np.float32) / 255, result.astype(np.float32) / 255
    mean_guide, mean_result = _mean(guide), _mean(result)
    slope = (_mean(guide * result) - mean_guide * mean_result) / (_mean(guide * guide) - mean_guide**2 + EPS)
    return _mean(slope), _mean(mean_result - slope * mean_guide)


def guided_upsample(photo: np.ndarray, small_photo: np.ndarray, small_result: np.ndarray) -> np.ndarray:
    """uint8 [H,W,3] result at the size of `photo`, from `small_photo` and its result, both uint8 [h,w,3].

    Fast guided filter (He, Sun 2015, arXiv:1505.00996): the linear model of photo to result is found at the
    small size, its two coefficients are enlarged, and applied to the large photo, so that edges are as sharp
    as the photo's. What the network drew and the photo does not have comes back through the enlarged rest.
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
    scale_x, scale_y = small.shape[1] / width, small.shape[0] / height
    inverse = np.array(
        [[scale_x, 0, scale_x / 2 - 0.5], [0, scale_y, (top + 0.5) * scale_y - 0.5]],
        dtype=np.float64,
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(small, inverse, (width, bottom - top), flags=flags, borderMode=cv2.BORDER_REPLICATE)

"""Makes pictures smaller by area, and brings a small result to the photo's own size along the photo's edges."""

from itertools import pairwise

import cv2
import numpy as np

FILTER_RADIUS = 2  # pixels of the small picture
MAX_SLOPE = 1.5  # contrast of the photo is never raised more than this
MAX_BUFFER_VALUES = 2**20  # of rows that are enlarged at a time, where that is more than one row
EPS = 0.002  # of the squared range [0,1]: contrasts well below its root are smoothed away


def downscale(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return uint8 [H,W] or [H,W,C] as [height,width] or [height,width,C], no side longer than before.

    By halves at first, which OpenCV does many times as fast as any other ratio; not to the last one, as a pixel that
    is cut in two by the next step should be much smaller than the new ones.
    """
    while _is_halved(pixels.shape[0], height) and _is_halved(pixels.shape[1], width):
        pixels = cv2.resize(pixels, (pixels.shape[1] // 2, pixels.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def resize_to_fit(pixels: np.ndarray, max_side: int) -> np.ndarray:
    """Return uint8 [H,W] or [H,W,C] with its longer side at most `max_side`, its shape as near as can be."""
    height, width = pixels.shape[:2]
    scale = min(1.0, max_side / max(height, width))
    return downscale(pixels, max(1, round(height * scale)), max(1, round(width * scale)))


def _is_halved(side: int, target: int) -> bool:
    return side % 2 == 0 and side >= 3 * target


def _box_mean(x: np.ndarray) -> np.ndarray:
    side = 2 * FILTER_RADIUS + 1
    return cv2.blur(x, (side, side), borderType=cv2.BORDER_REFLECT_101)


def _linear_model(guide: np.ndarray, result: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return slope and offset, each float32 [h,w,3], of the local linear function from guide to result.

    The slope is the guided filter's, within bounds: how much of the photo's contrast the result has kept
    there. The offset is not averaged, unlike in the filter: so at the small size the function gives the
    network's result itself, with every line as sharp as it was drawn.
    """
    guide, result = guide.astype(np.float32) / 255, result.astype(np.float32) / 255
    mean_guide = _box_mean(guide)
    covariance = _box_mean(guide * result) - mean_guide * _box_mean(result)
    slope = _box_mean(covariance / (_box_mean(guide * guide) - mean_guide**2 + EPS))
    slope = np.clip(slope, 0, MAX_SLOPE)
    return slope, result - slope * guide


def guided_upsample(photo: np.ndarray, small_photo: np.ndarray, small_result: np.ndarray) -> np.ndarray:
    """Return the uint8 [H,W,3] result at the size of `photo`, from `small_photo` and its result, both uint8 [h,w,3].

    After the fast guided filter (He, Sun 2015, arXiv:1505.00996): the linear model of photo to result is
    found at the small size, its two coefficients are enlarged and applied to the large photo. So an edge
    that the network kept is as sharp as the photo's, and what it painted flat stays flat.
    Beside input and output, memory grows with the width alone, and little.
    """
    height, width = photo.shape[:2]
    slope, offset = _linear_model(small_photo, small_result)
    offset = offset * 255 + np.float32(0.5)  # in levels of the output, and rounding
    above, share = _source_rows(len(slope), height)
    output = np.empty_like(photo)
    cuts = np.flatnonzero(np.diff(above, prepend=-1, append=len(slope)))
    # Few rows at a time, of those that lie between the same two rows of the model: all of it stays in the cache.
    rows = max(1, min(int(np.diff(cuts).max()), MAX_BUFFER_VALUES // (width * 3)))
    buffer = np.empty((2, rows, width * 3), np.float32)
    below = (-1, np.empty(0), np.empty(0))
    for first, last in pairwise(cuts):
        current = below if below[0] == above[first] else _widen_row(slope, offset, above[first], width)
        below = _widen_row(slope, offset, min(above[first] + 1, len(slope) - 1), width)
        for top in range(first, last, rows):
            bottom = min(top + rows, last)
            scaled, added = buffer[:, : bottom - top]
            _interpolate(current[1], below[1], share[top:bottom], out=scaled)
            _interpolate(current[2], below[2], share[top:bottom], out=added)
            scaled *= photo[top:bottom].reshape(bottom - top, -1)
            scaled += added
            np.clip(scaled, 0, 255, out=scaled)
            output[top:bottom] = scaled.reshape(bottom - top, width, 3)
    return output


def _source_rows(length: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Return, of each of `height` rows, the row above it among `length`, int [H], and the share of the next, [H,1].

    Bilinear, pixel centers aligned. Not by cv2.warpAffine, which refuses sides of 32,767 pixels and more.
    """
    position = np.clip((np.arange(height) + 0.5) * length / height - 0.5, 0, length - 1)
    above = position.astype(int)
    return above, (position - above).astype(np.float32)[:, None]


def _widen_row(slope: np.ndarray, offset: np.ndarray, row: int, width: int) -> tuple[int, np.ndarray, np.ndarray]:
    """Return (row, slope, offset): a row of the model enlarged to the photo's width, each float32 [W*3]."""
    size = (width, 1)
    wide = (cv2.resize(part[row : row + 1], size, interpolation=cv2.INTER_LINEAR).ravel() for part in (slope, offset))
    return row, *wide  # type: ignore[return-value]


def _interpolate(above: np.ndarray, below: np.ndarray, share: np.ndarray, *, out: np.ndarray) -> None:
    np.multiply(share, below - above, out=out)
    out += above

"""Makes pictures smaller by area, and brings a small result to the photo's own size with the photo's fine detail."""

import cv2
import numpy as np

# All of the small picture, and of values in [0,1].
WINDOW_PX = 3  # side of the squares in which photo and result are compared
MAX_GAIN = 1.5  # contrast of the photo is never raised more than this
MIN_DETAIL_VARIANCE = 2e-4  # detail well below its root is noise
MIN_GRADIENT_ENERGY = 3e-4  # of the three colors together: where there is less, there is no edge
# Share of an edge of the photo that is still in the result: from none to all of the photo's detail is put back there.
MOVED_EDGE_SHARE, KEPT_EDGE_SHARE = 0.2, 0.7

MAX_BUFFER_VALUES = 2**19  # of small rows that are widened at a time, where that is more than one row
CUBIC = -0.75  # the free parameter of the cubic kernel, as OpenCV has it
TAPS = 4  # rows that the cubic kernel sees: two above, two below


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


def _window_mean(x: np.ndarray) -> np.ndarray:
    return cv2.blur(x, (WINDOW_PX, WINDOW_PX), borderType=cv2.BORDER_REFLECT_101)


def _detail_gain(photo: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Return float32 [h,w,3], from 0 to MAX_GAIN: how much of the photo's finest detail the network has kept there.

    It is the local linear fit of the guided filter (He, Sun, Tang 2010), but of what both pictures, uint8 [h,w,3], have
    beyond their own mean over a window: what the large photo adds to the small one is finer still. Where an edge of
    the photo is not in the result, as the network has moved it or painted over it, the gain is zero.
    """
    gain = np.empty(photo.shape, np.float32)
    common, energy = np.zeros((2, *photo.shape[:2]), np.float32)  # of the gradients of both, and of the photo's
    for color in range(photo.shape[2]):
        one, other = (picture[..., color] / np.float32(255) for picture in (photo, result))
        gain[..., color] = _window_mean(_fit_detail(one, other))
        for axis in ((1, 0), (0, 1)):
            slope, result_slope = (cv2.Sobel(x, cv2.CV_32F, *axis, ksize=3, scale=1 / 8) for x in (one, other))
            common += slope * result_slope
            energy += slope * slope
    share = _window_mean(common) / (_window_mean(energy) + MIN_GRADIENT_ENERGY)
    gain *= np.clip((share - MOVED_EDGE_SHARE) / (KEPT_EDGE_SHARE - MOVED_EDGE_SHARE), 0, 1)[..., None]
    return gain


def _fit_detail(photo: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Return the factor of the photo's detail that is nearest to the result's, window by window; all float32 [h,w]."""
    photo_detail, result_detail = photo - _window_mean(photo), result - _window_mean(result)
    variance = _window_mean(photo_detail * photo_detail) + MIN_DETAIL_VARIANCE
    return np.clip(_window_mean(photo_detail * result_detail) / variance, 0, MAX_GAIN)


def guided_upsample(photo: np.ndarray, small_photo: np.ndarray, small_result: np.ndarray) -> np.ndarray:
    """Return the uint8 [H,W,3] result at the size of `photo`, from `small_photo` and its result, both uint8 [h,w,3].

    The small result is enlarged by cubic interpolation, so the lines that the network drew are where it drew them. On
    top comes what the photo has beyond its own small copy, enlarged alike, as far as the network kept such detail
    (`_detail_gain`): an edge that it kept is as sharp as the photo's, what it painted flat stays flat, and an edge
    that it moved, such as the lid of an eye that it opened, is not drawn a second time where it was in the photo.
    As in the fast guided filter (He, Sun 2015, arXiv:1505.00996) that is a linear function of the photo, whose two
    coefficients are enlarged. Beside input and output, memory grows with the width alone, and little.
    """
    height, width = photo.shape[:2]
    model = _linear_model(small_photo, small_result)
    length = len(small_photo)
    above, weights = _row_weights(length, height)
    bounds = np.searchsorted(above, np.arange(-1, length + 1))  # of the rows that lie below each small one
    output = np.empty_like(photo)
    step = max(1, MAX_BUFFER_VALUES // (2 * width * 3) - TAPS)
    for start in range(0, len(bounds) - 1, step):
        stop = min(start + step, len(bounds) - 1)
        wide = np.stack([_widen(part[start : stop + TAPS - 1], width) for part in model], axis=1)
        for row in range(start, stop):
            near = wide[row - start : row - start + TAPS]
            for y in range(bounds[row], bounds[row + 1]):
                _apply_model(near, weights[y], photo[y], output[y])
    return output


def _linear_model(photo: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Return gain and offset of the linear function from photo to result, both uint8 [h,w,3], in levels.

    float32 [2,h+TAPS,w,3], with the first and the last row repeated for the cubic kernel.
    """
    half = TAPS // 2
    model = np.empty((2, len(photo) + TAPS, *photo.shape[1:]), np.float32)
    model[0, half:-half] = _detail_gain(photo, result)
    np.subtract(result, model[0, half:-half] * photo, out=model[1, half:-half])
    model[:, :half], model[:, -half:] = model[:, half : half + 1], model[:, -half - 1 : -half]
    return model


def _row_weights(length: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Return, of each of `height` rows, the row above it among `length`, int [H], and the weights of those around it.

    float64 [H,TAPS], of the cubic kernel (Keys 1981), from the row before that one on. Pixel centers are aligned, so
    the first row above may be -1. Not by cv2.resize, which takes whole pictures, nor by cv2.warpAffine, which refuses
    sides of 32,767 pixels and more.
    """
    position = (np.arange(height) + 0.5) * length / height - 0.5
    above = np.floor(position).astype(int)
    t = position - above
    far, near = t + 1, 1 - t
    before = ((CUBIC * far - 5 * CUBIC) * far + 8 * CUBIC) * far - 4 * CUBIC
    first = ((CUBIC + 2) * t - (CUBIC + 3)) * t * t + 1
    second = ((CUBIC + 2) * near - (CUBIC + 3)) * near * near + 1
    return above, np.stack([before, first, second, 1 - before - first - second], axis=1)


def _widen(rows: np.ndarray, width: int) -> np.ndarray:
    """Return float32 [n,w,3] as [n,width*3]."""
    return cv2.resize(rows, (width, len(rows)), interpolation=cv2.INTER_CUBIC).reshape(len(rows), -1)


def _apply_model(near: np.ndarray, weights: np.ndarray, photo: np.ndarray, output: np.ndarray) -> None:
    """Write the row `output` from that of the photo, both uint8 [W,3], and the model's rows near it, [TAPS,2,W*3].

    A row at a time everything stays in the cache, and OpenCV goes through it with one thread: a product of matrices is
    as quick on an idle machine, and many times as slow where other processes compute.
    """
    model = cv2.addWeighted(near[0], weights[0], near[1], weights[1], 0)
    for values, weight in zip(near[2:], weights[2:], strict=True):
        cv2.scaleAdd(values, weight, model, dst=model)
    scaled = np.multiply(model[0], photo.reshape(-1), out=model[0])
    cv2.add(scaled[None], model[1:], dst=output.reshape(1, -1), dtype=cv2.CV_8U)

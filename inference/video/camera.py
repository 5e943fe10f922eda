"""How the camera moved between two frames of a video: one affine map for the whole frame.

Fitted by iteratively reweighted least squares (Holland and Welsch, 1977), so that what moves by itself does not count:
at first to the optical flow, and then to the pixels (Lucas and Kanade, 1981, with the whole frame for their patch).
Only motion across edges counts, as along them none can be seen.

A map is float32 [3,2]: what the middle of the frame moves by, in pixels, and by how much more it is half a width
to the right of it and as far below.
"""

from functools import lru_cache

import cv2
import numpy as np

from inference.video.flow import Flow, is_inside, pixel_grid, warp

STRIDE = 4  # pixels between those that the map is fitted to, of the flow
ALIGN_STRIDE = 3  # of the frames
ALIGN_STEPS = 2
SPREADS = (4.0, 2.0, 1.0, 0.5, 0.25)  # pixels: at each step, flow that is so far off counts a quarter
TEXTURE = 20.0  # squared levels per pixel: where edges are as steep, the flow is trusted by half
MIN_TRUSTED_PIXELS = 50
MIN_SHARE = 0.3  # of what is trusted has to move with the camera, within twice SPREADS[-1]
RIDGE = 1e-5  # of the trace: where little can be seen, the smaller motion is taken


def fit_camera(flow: Flow, gray: np.ndarray, other: np.ndarray) -> np.ndarray | None:
    """Return the map from `gray` to `other`, float32 [h,w], that most of `flow` follows; None if there is none."""
    gray, other = (cv2.GaussianBlur(each, (0, 0), 1.0) for each in (gray, other))
    part = (slice(2, -2, STRIDE),) * 2
    targets, slopes = flow.to[part].reshape(-1, 2), _slopes(gray)[part].reshape(-1, 2)
    steepness = np.square(slopes).sum(1)
    trust = flow.seen[part].reshape(-1) * steepness / (steepness + TEXTURE)
    if trust.sum() < MIN_TRUSTED_PIXELS:
        return None
    columns = _columns(_affine_base(*gray.shape)[part].reshape(-1, 3), slopes)
    across = (slopes * targets).sum(1)
    camera = np.zeros((3, 2), np.float32)
    camera[0] = np.median(targets[trust >= np.quantile(trust, 0.75)], axis=0)
    steepness += 1e-3  # never zero
    for spread in SPREADS:
        apart = across - columns @ camera.T.reshape(-1)
        off = np.square(apart) / steepness
        camera = camera + _solve(columns, trust / steepness / np.square(1 + off / spread**2), apart)
    if trust[off < (2 * SPREADS[-1]) ** 2].sum() < MIN_SHARE * trust.sum():
        return None
    return _align(camera, gray, other)


def camera_flow(camera: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return where each pixel moves to, relative, float32 [h,w,2]."""
    return cv2.transform(_affine_base(height, width), camera.T)


def invert_camera(camera: np.ndarray, width: int) -> np.ndarray:
    """Return the map back, of frames of that width."""
    # In pixels from the middle, p goes to q = linear p + shift. So p = back (q - shift), and q moves by p - q.
    linear = np.eye(2) + camera[1:].T * (2 / width)
    back = np.linalg.inv(linear)
    return np.vstack([-back @ camera[0], (back - np.eye(2)).T * (width / 2)]).astype(np.float32)


def estimate_gain(gray: np.ndarray, other: np.ndarray) -> float:
    """Return how many times as bright the one is."""
    return float((gray * other).sum()) / max(1.0, float(np.square(other).sum()))


def _align(camera: np.ndarray, gray: np.ndarray, other: np.ndarray) -> np.ndarray:
    part = (slice(2, -2, ALIGN_STRIDE),) * 2
    base = _affine_base(*gray.shape)[part].reshape(-1, 3)
    for _ in range(ALIGN_STEPS):
        to = camera_flow(camera, *gray.shape)
        moved = warp(other, to)
        moved *= estimate_gain(gray, moved)
        apart = (gray - moved)[part].reshape(-1)
        spread = 1.5 * float(np.median(np.abs(apart))) + 0.5
        weights = is_inside(to)[part].reshape(-1) / np.square(1 + np.square(apart / spread))
        camera = camera + _solve(_columns(base, _slopes((gray + moved) / 2)[part].reshape(-1, 2)), weights, apart)
    return camera


@lru_cache(maxsize=1)
def _affine_base(height: int, width: int) -> np.ndarray:
    """Return 1, x and y of each pixel, float32 [h,w,3], from the middle and in halves of the width."""
    x, y = np.moveaxis(pixel_grid(height, width), -1, 0)
    return np.dstack([np.ones_like(x), (2 * x - width + 1) / width, (2 * y - height + 1) / width])


def _slopes(gray: np.ndarray) -> np.ndarray:
    """Return the gradient in levels per pixel, [h,w,2]."""
    return np.dstack([cv2.Sobel(gray, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1))])


def _columns(base: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Return how much brighter each pixel becomes for each number of a map, [n,6]."""
    return np.hstack([base * slopes[:, :1], base * slopes[:, 1:]])


def _solve(columns: np.ndarray, weights: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Return the change of the map, [3,2], that weighted least squares find."""
    # By OpenCV: the threads of NumPy's BLAS cost more than they bring here, and round differently on other machines.
    products = cv2.mulTransposed(np.column_stack([columns, apart]) * np.sqrt(weights)[:, None], True)
    matrix, right = products[:-1, :-1].astype(np.float64), products[:-1, -1]
    matrix += np.eye(len(matrix)) * (RIDGE * np.trace(matrix) + 1e-9)
    return np.linalg.solve(matrix, right).reshape(2, 3).T.astype(np.float32)

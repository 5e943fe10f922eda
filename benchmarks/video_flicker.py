"""How much a stylized clip flickers, how sharp it is, and what smoothing makes of both."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

MIN_SEEN_SHARE = 0.4  # of a frame; less: it is another scene, and nothing is compared


@dataclass(frozen=True)
class Flicker:
    """`before`, `after`: warping error without and with smoothing, in levels of 255. `sharpness`: mean gradient with,
    of that without. `changed`: mean difference of the two, in levels."""

    before: float
    after: float
    sharpness: float
    changed: float

    @property
    def reduction(self) -> float:
        return 1 - self.after / self.before


def measure_flicker(source: list[np.ndarray], plain: list[np.ndarray], smooth: list[np.ndarray]) -> Flicker:
    """All lists: uint8 [H,W,3] of the same frames.

    The warping error is that of Lai et al. (ECCV 2018), as a mean absolute difference: a frame against the one before,
    moved along the optical flow of the source, where that is not occluded. The flow is found at full size and with a
    finer preset than smoothing takes.
    """
    flows = [_flow(before, after) for before, after in pairwise(source)]
    change = np.mean([np.abs(a.astype(np.float32) - b).mean() for a, b in zip(plain, smooth, strict=True)])
    return Flicker(_error(plain, flows), _error(smooth, flows), _sharpness(smooth) / _sharpness(plain), float(change))


def _grid(flow: np.ndarray) -> np.ndarray:
    height, width = flow.shape[:2]
    return np.dstack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)))


def _flow(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(where each pixel of the later frame lies in the earlier one, absolute, float32 [H,W,2]; whether it is seen)."""
    finder = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    one, two = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (before, after))
    back, forward = finder.calc(two, one, None), finder.calc(one, two, None)
    places = _grid(back) + back
    returned = cv2.remap(forward, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    bound = 0.01 * (np.square(back).sum(-1) + np.square(returned).sum(-1)) + 0.5
    size = (back.shape[1] - 1, back.shape[0] - 1)
    seen = (np.square(back + returned).sum(-1) < bound) & ((places >= 0) & (places <= size)).all(-1)
    return places, seen if seen.mean() >= MIN_SEEN_SHARE else np.zeros_like(seen)


def _error(frames: list[np.ndarray], flows: list[tuple[np.ndarray, np.ndarray]]) -> float:
    errors = []
    for (before, after), (places, seen) in zip(pairwise(frames), flows, strict=True):
        if seen.any():
            moved = cv2.remap(before.astype(np.float32), places, None, cv2.INTER_CUBIC)
            errors.append(np.abs(after - moved).mean(-1)[seen].mean())
    return float(np.mean(errors))


def _sharpness(frames: list[np.ndarray]) -> float:
    grays = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) for frame in frames]
    return float(np.mean([np.hypot(cv2.Sobel(g, -1, 1, 0), cv2.Sobel(g, -1, 0, 1)).mean() for g in grays]))

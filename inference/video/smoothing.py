"""Takes the flicker out of a stylized video.

A network that sees one frame at a time answers noise and small changes of light with other shapes and colors. Here
each result is averaged with its neighbors, two on each side, moved along the optical flow of the source (DIS: Kroeger
et al., ECCV 2016) to where they belong. What was hidden there takes no part (found by following the flow forward and
back: Sundaram et al., ECCV 2010, eq. 5), nor does anything across a cut; and the more a neighbor differs, the less
it counts, so that what the flow missed leaves no ghost.

Neighbors are results before smoothing. So nothing is resampled more than once, which would blur it; light that changes
slowly does not lag behind; and a frame depends on four others alone, wherever a segment begins.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from inference.video.plan import SMOOTHING_REACH

FLOW_MAX_SIDE = 640  # pixels of the long side that flow is found at, at most; it is kept at half of that
FLOW_MIN_SIDE = 64  # and of the short side, at least
AGREEMENT_SPREAD = 30.0  # levels: a neighbor that differs by so much counts 1/e
MIN_SEEN_SHARE = 0.4  # where less of a frame than this is seen in the next one, it is another scene
# Levels of difference, 0..255, to how much a neighbor counts.
AGREEMENT = np.exp(-np.square(np.arange(256, dtype=np.float32) / AGREEMENT_SPREAD))
FLOW_PRESET = cv2.DISOPTICAL_FLOW_PRESET_FAST


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


def smooth_frames(pairs: Iterator[tuple[np.ndarray, np.ndarray]], lead: int, count: int) -> Iterator[np.ndarray]:
    """Yield the smoothed results of `count` frames, after the first `lead`, which only help.

    `pairs`: source and result of consecutive frames, uint8 [H,W,3] of one size. After those that are wanted there
    should be SMOOTHING_REACH more, or the end of the video.
    """
    results: deque[np.ndarray] = deque()
    steps: deque[FramePair | None] = deque()  # steps[i] leads from results[i] to results[i + 1]
    first, gray = 0, None
    for index in range(lead, lead + count):
        while first + len(results) <= index + SMOOTHING_REACH and (pair := next(pairs, None)):
            before, gray = gray, _shrink_gray(pair[0])
            if before is not None:
                steps.append(_find_flows(before, gray))
            results.append(pair[1])
        while first < index - SMOOTHING_REACH:
            results.popleft()
            steps.popleft()
            first += 1
        yield _blend(results, steps, index - first)


def _shrink_gray(photo: np.ndarray) -> np.ndarray:
    height, width = photo.shape[:2]
    scale = max(min(1.0, FLOW_MAX_SIDE / max(height, width)), FLOW_MIN_SIDE / min(height, width))
    gray = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    return cv2.resize(gray, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)


def _find_flows(before: np.ndarray, after: np.ndarray) -> FramePair | None:
    """Return the flows both ways; None across a cut."""
    finder = cv2.DISOpticalFlow.create(FLOW_PRESET)
    forward, back = (_halve_flow(finder.calc(*pair, np.empty(0))) for pair in ((before, after), (after, before)))
    step = FramePair(Flow(forward, _visibility(forward, back)), Flow(back, _visibility(back, forward)))
    return step if min(step.forward.seen.mean(), step.back.seen.mean()) >= MIN_SEEN_SHARE else None


def _halve_flow(flow: np.ndarray) -> np.ndarray:
    size = (flow.shape[1] // 2, flow.shape[0] // 2)
    return cv2.resize(flow, size, interpolation=cv2.INTER_AREA) * np.float32(0.5)


@lru_cache(maxsize=2)  # those of the flow and of the result: 8 bytes a pixel
def _pixel_grid(height: int, width: int) -> np.ndarray:
    return np.dstack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)))


def _warp(image: np.ndarray, to: np.ndarray, interpolation: int = cv2.INTER_LINEAR) -> np.ndarray:
    """Return what lies where `to` points, [h,w,…]."""
    positions = _pixel_grid(*to.shape[:2]) + to
    # The stubs of OpenCV do not know that one map may have both coordinates.
    border = cv2.BORDER_REPLICATE
    return cv2.remap(image, positions, None, interpolation, borderMode=border)  # type: ignore[call-overload]


def _squared_length(flow: np.ndarray) -> np.ndarray:
    """Return squared lengths, [h,w]."""
    return np.einsum("hwc,hwc->hw", flow, flow)


def _visibility(to: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Return float32 [h,w], 1 where the way back leads to where one came from, within the frame, and 0 elsewhere."""
    returned = _warp(back, to)
    is_near = _squared_length(to + returned) < 0.01 * (_squared_length(to) + _squared_length(returned)) + 0.5
    height, width = to.shape[:2]
    positions = _pixel_grid(height, width) + to
    x, y = positions[..., 0], positions[..., 1]
    is_inside = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    return cv2.erode((is_near & is_inside).astype(np.float32), np.ones((3, 3), np.uint8))


def _chain(flow: Flow, further: Flow) -> Flow:
    """Return one flow and then the next."""
    return Flow(flow.to + _warp(further.to, flow.to), flow.seen * _warp(further.seen, flow.to))


def _neighbor_flows(steps: deque[FramePair | None], index: int) -> Iterator[tuple[int, Flow]]:
    """Yield (index, flow) of each neighbor of a frame."""
    for direction in (-1, 1):
        flow: Flow | None = None
        for distance in range(SMOOTHING_REACH):
            frame = index + direction * distance
            between = frame - 1 if direction < 0 else frame
            step = steps[between] if 0 <= between < len(steps) else None
            if step is None:
                break
            way = step.back if direction < 0 else step.forward
            flow = way if flow is None else _chain(flow, way)
            yield frame + direction, flow


def _blend(results: deque[np.ndarray], steps: deque[FramePair | None], index: int) -> np.ndarray:
    present = results[index]
    height, width = present.shape[:2]
    total, weights = present.astype(np.float32), np.ones((height, width), np.float32)
    for other, flow in _neighbor_flows(steps, index):
        stretch = np.array([width / flow.to.shape[1], height / flow.to.shape[0]], np.float32)
        to = cv2.resize(flow.to * stretch, (width, height), interpolation=cv2.INTER_LINEAR)
        neighbor = _warp(results[other], to, cv2.INTER_CUBIC)
        apart = cv2.blur(cv2.cvtColor(cv2.absdiff(neighbor, present), cv2.COLOR_RGB2GRAY), (3, 3))
        weight = cv2.resize(flow.seen, (width, height)) * cv2.LUT(apart, AGREEMENT)
        total += neighbor * weight[..., None]
        weights += weight
    total /= weights[..., None]
    return cv2.convertScaleAbs(total)  # rounds, and none is negative

"""Takes the flicker out of a stylized video.

A network that sees one frame at a time answers noise and small changes of light with other shapes and colors. So two
things are done, both by averaging a frame with its neighbors, moved along the motion of the source (motion.py) to where
they belong:

- before the network, each frame with one on each side, as far as they differ by no more than the noise of the source:
  what is noise is not drawn, and the lines that the network draws become firmer;
- after it, each result with two on each side. The more a neighbor differs, the less it counts, so that what the motion
  missed leaves no ghost.

What was hidden in a neighbor takes no part, nor does anything across a cut. Neighbors are frames before they were
averaged. So nothing is resampled more than once, which would blur it; light that changes slowly does not lag behind;
and a frame depends on three on each side alone, wherever a segment begins.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from inference.video.flow import Flow, FramePair, chain_flows, warp
from inference.video.motion import find_flows, shrink_gray
from inference.video.plan import SMOOTHING_REACH

RESULT_SPREAD = 30.0  # levels: a neighboring result that differs by so much counts 1/e
SOURCE_SPREAD = 3.0  # the same of the source, without noise
NOISE_SPREADS = 2.5  # and as many times the noise more
MAX_NOISE = 12.0  # levels
NOISE_STRIDE = 4  # pixels between those that noise is estimated from


@dataclass(frozen=True)
class DenoisedFrame:
    """A frame of the source, uint8 [H,W,3], and its motion since the one before; None at the beginning and at a cut."""

    pixels: np.ndarray
    motion: FramePair | None


def denoise_frames(photos: Iterator[np.ndarray], lead: int, count: int) -> Iterator[DenoisedFrame]:
    """Yield `count` frames without most of their noise, after the first `lead`, which only help.

    `photos`: consecutive frames, uint8 [H,W,3] of one size. After those that are wanted there should be
    DENOISING_REACH more, or the end of the video.
    """
    before, motion, present = None, None, next(photos, None)
    gray = None if present is None else shrink_gray(present)
    for index in range(lead + count):
        if present is None or gray is None:
            break
        after, motion_after = next(photos, None), None
        if after is not None:
            before_gray, gray = gray, shrink_gray(after)
            motion_after = find_flows(before_gray, gray)
        if index >= lead:
            neighbors = []
            if before is not None and motion is not None:
                neighbors.append((before, motion.back))
            if after is not None and motion_after is not None:
                neighbors.append((after, motion_after.forward))
            yield DenoisedFrame(_average(present, neighbors, _noise_spread), motion)
        before, motion, present = present, motion_after, after


def _noise_spread(present: np.ndarray, moved: np.ndarray) -> float:
    """Return by how many levels noise lets two gray images differ, uint8 [H,W]. Light as a whole does not count."""
    part = (slice(None, None, NOISE_STRIDE),) * 2
    apart = present[part].astype(np.float32) - moved[part]
    apart = np.abs(apart - np.median(apart))
    noise = float(np.minimum(apart, 2 * np.median(apart) + 1).mean())  # without what moved otherwise
    return SOURCE_SPREAD + NOISE_SPREADS * min(noise, MAX_NOISE)


def smooth_frames(
    results: Iterator[tuple[FramePair | None, np.ndarray]], lead: int, count: int
) -> Iterator[np.ndarray]:
    """Yield `count` smoothed results, after the first `lead`, which only help.

    `results`: of consecutive frames, how the source moved since the one before, and the result, uint8 [H,W,3] of one
    size. After those that are wanted there should be SMOOTHING_REACH more, or the end of the video.
    """
    images: deque[np.ndarray] = deque()
    motions: deque[FramePair | None] = deque()  # motions[i] leads to images[i]
    first = 0
    for index in range(lead, lead + count):
        while first + len(images) <= index + SMOOTHING_REACH and (pair := next(results, None)):
            motions.append(pair[0])
            images.append(pair[1])
        while first < index - SMOOTHING_REACH:
            images.popleft()
            motions.popleft()
            first += 1
        here = index - first
        neighbors = ((images[other], flow) for other, flow in _neighbor_flows(motions, here))
        yield _average(images[here], neighbors, lambda _present, _moved: RESULT_SPREAD)


def _neighbor_flows(motions: deque[FramePair | None], index: int) -> Iterator[tuple[int, Flow]]:
    """Yield (index, flow) of each neighbor of a frame."""
    for direction in (-1, 1):
        flow: Flow | None = None
        for distance in range(SMOOTHING_REACH):
            frame = index + direction * distance
            between = frame if direction < 0 else frame + 1
            motion = motions[between] if 0 < between < len(motions) else None
            if motion is None:
                break
            way = motion.back if direction < 0 else motion.forward
            flow = way if flow is None else chain_flows(flow, way)
            yield frame + direction, flow


def _average(
    present: np.ndarray,
    neighbors: Iterable[tuple[np.ndarray, Flow]],
    find_spread: Callable[[np.ndarray, np.ndarray], float],
) -> np.ndarray:
    """Return an image averaged with others where they, moved along the flows, are seen and differ little.

    `find_spread` returns, for two images in gray, how many levels of difference let the other one count 1/e.
    """
    height, width = present.shape[:2]
    gray = cv2.cvtColor(present, cv2.COLOR_RGB2GRAY)
    total, weights = present.astype(np.float32), np.ones((height, width), np.float32)
    for other, flow in neighbors:
        stretch = np.array([width / flow.to.shape[1], height / flow.to.shape[0]], np.float32)
        moved = warp(other, cv2.resize(flow.to * stretch, (width, height)), cv2.INTER_CUBIC)
        spread = find_spread(gray, cv2.cvtColor(moved, cv2.COLOR_RGB2GRAY))
        # Levels of difference, 0..255, to how much a neighbor counts.
        agreement = np.exp(-np.square(np.arange(256, dtype=np.float32) / np.float32(spread)))
        apart = cv2.blur(cv2.cvtColor(cv2.absdiff(moved, present), cv2.COLOR_RGB2GRAY), (3, 3))
        weight = cv2.resize(flow.seen, (width, height)) * cv2.LUT(apart, agreement)
        weights += weight
        total += cv2.multiply(moved, cv2.merge([weight] * 3), dtype=cv2.CV_32F)
    return cv2.convertScaleAbs(cv2.divide(total, cv2.merge([weights] * 3)))  # rounds, and none is negative

"""Clips over real photos whose motion is known exactly, and how steady and how sharp their results are.

Optical flow would measure its own errors along with the flicker, more so the more noise there is. Here each frame is
cut out of a photo at a fraction of a pixel that is chosen, by a windowed sinc, and moved back by the same.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

WIDTH, HEIGHT = 480, 270  # pixels
TRAVEL = 90.0, 18.0  # pixels to the right and down, over the whole clip
SHAKE = 0.6, 0.5  # pixels, of a hand
DRIFT_FRAMES, LAMP_FRAMES = 40, 11  # periods of light that comes and goes, and of lamps against the shutter
LAMP_SHARE = 0.25  # of the one, the other has
WARMTH = 0.3  # light that is brighter is warmer, by this share of the change
READ_NOISE = 0.02  # of the shot noise of white: that of black
GRAIN_SIZE = 0.6  # pixels: phones leave noise that is smoother than single pixels
SINC_SIZE = 6  # pixels of the windowed sinc on each side
BORDER = 24  # pixels of a frame, which may come from outside of the one before, do not count


@dataclass(frozen=True)
class Conditions:
    """`noise`: variance of shot noise at white, in linear light of 0 to 1. `light`: of the exposure, up and down."""

    noise: float = 0.0
    light: float = 0.0
    is_panned: bool = False


CONDITIONS = {
    "noise": Conditions(noise=0.002),
    "light": Conditions(light=0.12),
    "pan": Conditions(is_panned=True),
    "noise, light and pan": Conditions(noise=0.002, light=0.12, is_panned=True),
    "a third of that noise": Conditions(noise=0.0006, light=0.12, is_panned=True),
    "three times that noise": Conditions(noise=0.006, light=0.12, is_panned=True),
}


@dataclass(frozen=True)
class KnownClip:
    """`frames` and, without noise, `clean`: uint8 [HEIGHT,WIDTH,3]. `places`: x and y of each in the photo, pixels."""

    frames: list[np.ndarray]
    clean: list[np.ndarray]
    places: list[tuple[float, float]]


def make_known_clip(photo: np.ndarray, conditions: Conditions, count: int, seed: int = 7) -> KnownClip:
    """Return `count` frames over a photo, uint8 [H,W,3], by a pan with a shaking hand or by a camera at rest."""
    scene, rng, clip = _scene(photo), np.random.default_rng(seed), KnownClip([], [], [])
    for number in range(count):
        x, y = (scene.shape[1] - WIDTH) / 2, (scene.shape[0] - HEIGHT) / 2
        if conditions.is_panned:
            share = number / max(1, count - 1) - 0.5
            x += TRAVEL[0] * share + SHAKE[0] * np.sin(0.9 * number)
            y += TRAVEL[1] * share + SHAKE[1] * np.cos(0.7 * number)
        linear = np.clip(cut_out(scene, x, y, WIDTH, HEIGHT) * _light(conditions.light, number), 0, 1)
        clip.clean.append(_encode(linear))
        grain = cv2.GaussianBlur(rng.normal(size=linear.shape).astype(np.float32), (0, 0), GRAIN_SIZE)
        deviation = np.sqrt(conditions.noise * (linear + READ_NOISE)) / grain.std()
        clip.frames.append(_encode(linear + deviation * grain))
        clip.places.append((x, y))
    return clip


def cut_out(image: np.ndarray, x: float, y: float, width: int, height: int) -> np.ndarray:
    """Return the part of a float32 image whose corner is at (x, y), with at least SINC_SIZE pixels around it."""
    size, left, top = SINC_SIZE, int(np.floor(x)), int(np.floor(y))
    around = image[top - size : top + height + size + 1, left - size : left + width + size + 1]
    moved = cv2.sepFilter2D(around, cv2.CV_32F, _sinc(x - left), _sinc(y - top), anchor=(size - 1, size - 1))
    return moved[size : size + height, size : size + width]


def warping_error(frames: list[np.ndarray], places: list[tuple[float, float]]) -> float:
    """Return the mean absolute difference, in levels of 255, of each frame and the one before it, moved onto it.

    As of Lai et al. (ECCV 2018), but with the true motion, and without squares.
    """
    errors = []
    for (before, after), ((x, y), (next_x, next_y)) in zip(pairwise(frames), pairwise(places), strict=True):
        inner = (WIDTH - 2 * BORDER, HEIGHT - 2 * BORDER)
        moved = cut_out(before.astype(np.float32), BORDER + next_x - x, BORDER + next_y - y, *inner)
        errors.append(np.abs(after[BORDER:-BORDER, BORDER:-BORDER] - moved).mean())
    return float(np.mean(errors))


def sharpness(frames: list[np.ndarray], reference: list[np.ndarray]) -> float:
    """Return how steep edges of the reference are in the frames, as a factor: least squares over all gradients.

    The reference is what becomes of the clip without noise. Speckles, which have steep edges as well, are not where
    its edges are, and so count neither way; lines that are blurred or doubled come out flatter.
    """
    products = squares = 0.0
    for frame, other in zip(frames, reference, strict=True):
        for one, two in zip(_gradients(frame), _gradients(other), strict=True):
            products += float((one * two).sum())
            squares += float((two * two).sum())
    return products / squares


def mean_gradient(frames: list[np.ndarray]) -> float:
    """Return the mean length of the gradient, in which speckles count, too."""
    return float(np.mean([np.hypot(*_gradients(frame)).mean() for frame in frames]))


def mean_difference(frames: list[np.ndarray], others: list[np.ndarray]) -> float:
    """Return the mean absolute difference in levels."""
    return float(np.mean([cv2.absdiff(*pair).mean() for pair in zip(frames, others, strict=True)]))


def _scene(photo: np.ndarray) -> np.ndarray:
    """Return a photo in linear light, float32 0 to 1, large enough to pan over."""
    room = BORDER + SINC_SIZE
    scale = max((WIDTH + TRAVEL[0] + room) / photo.shape[1], (HEIGHT + TRAVEL[1] + room) / photo.shape[0])
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    levels = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=interpolation).astype(np.float32) / 255
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _encode(linear: np.ndarray) -> np.ndarray:
    """Return sRGB, uint8."""
    linear = np.clip(linear, 0, 1)
    return np.round(255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)).astype(
        np.uint8
    )


def _light(amplitude: float, number: int) -> np.ndarray:
    """Return the gains of the three colors."""
    waves = np.sin(2 * np.pi * number / DRIFT_FRAMES) + LAMP_SHARE * np.sin(2 * np.pi * number / LAMP_FRAMES)
    change = amplitude * waves
    return ((1 + change) * (1 + change * np.array([WARMTH, 0, -WARMTH]))).astype(np.float32)


def _sinc(fraction: float) -> np.ndarray:
    """Return a Lanczos kernel, which sums up to 1."""
    offsets = np.arange(1 - SINC_SIZE, SINC_SIZE + 1) - fraction
    kernel = np.sinc(offsets) * np.sinc(offsets / SINC_SIZE)
    return kernel / kernel.sum()


def _gradients(frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    gray = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    return cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1)

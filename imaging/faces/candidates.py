"""Places that are worth a second look: many are no faces, but few faces are not among them."""

from collections.abc import Iterator
from dataclasses import replace
from math import cos, radians, sin

import cv2
import numpy as np

from imaging.faces.cascade import FRONTAL, PROFILE, Place, search
from imaging.resize import resize_to_fit

UPRIGHT, COARSE, TURNED = 512, 192, 320  # pixels of the longer side that heads are looked for at: any, large, tilted
FINE, FINE_MOST = 1024, 60  # pixels: where the photo has them, small faces, and how large these are at most
TILTS = (30, -30)  # degrees


def candidates(grey: np.ndarray) -> list[Place]:
    """In uint8 [H,W], in its pixels, each place once; those that were hit most first."""
    kept: list[Place] = []
    for place in sorted(_hits(grey), key=lambda place: -place.hits):
        if not any(place.is_same(other) for other in kept):
            kept.append(place)
    return kept


def _hits(grey: np.ndarray) -> Iterator[Place]:
    for side in (UPRIGHT, COARSE):
        small, scale = _shrunk(grey, side)
        for name in FRONTAL[:2]:
            yield from (place.scaled(1 / scale) for place in search(small, name))
    if max(grey.shape) > (UPRIGHT + FINE) / 2:
        small, scale = _shrunk(grey, FINE)
        yield from (place.scaled(1 / scale) for place in search(small, FRONTAL[0], most=FINE_MOST))
    small, scale = _shrunk(grey, TURNED)
    for is_mirrored in (False, True):
        yield from (place.scaled(1 / scale) for place in search(small, PROFILE, is_mirrored=is_mirrored))
    for tilt in TILTS:
        yield from (place.scaled(1 / scale) for place in _tilted(small, tilt))


def _shrunk(grey: np.ndarray, side: int) -> tuple[np.ndarray, float]:
    """With its longer side at most `side`; and the scale of that."""
    small = resize_to_fit(grey, side)
    return small, max(small.shape) / max(grey.shape)


def _tilted(grey: np.ndarray, tilt: float) -> Iterator[Place]:
    """Faces of heads that are tilted by so many degrees: they are upright in a turned copy."""
    height, width = grey.shape
    across, along = abs(cos(radians(tilt))), abs(sin(radians(tilt)))
    size = round(width * across + height * along), round(width * along + height * across)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), tilt, 1.0)
    matrix[:, 2] += ((size[0] - width) / 2, (size[1] - height) / 2)
    back = cv2.invertAffineTransform(matrix)
    for place in search(cv2.warpAffine(grey, matrix, size, borderMode=cv2.BORDER_REPLICATE), FRONTAL[0]):
        x, y = back @ (place.x, place.y, 1.0)
        yield replace(place, x=float(x), y=float(y), angle=tilt)

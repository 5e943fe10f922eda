"""A second look at a place, by all cascades, with the head turned to and fro.

A face is seen in many of these views, and often in each; a tail lamp or a rock in few.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from imaging.faces.align import FaceFrame, crop_frame
from imaging.faces.cascade import ALIKE, FRONTAL, PROFILE, Place, search

LOOK, MARGIN = 128, 2.0  # pixels of the look, and its side to that of the place
LEAST, MOST = LOOK // 4, LOOK * 4 // 5  # pixels of a face in it
TURNS = (0, -15, 15, -30, 30, -45, 45)  # degrees
SIDEWAYS = 15  # degrees up to which profiles are looked for


@dataclass(frozen=True)
class View:
    """What one cascade saw of a place with heads upright that are tilted by `place.angle`."""

    cascade: str
    place: Place


def views(grey: np.ndarray, place: Place) -> list[View]:
    """In uint8 [H,W], in its pixels."""
    seen = []
    for turn in TURNS:
        frame = FaceFrame(place.x, place.y, MARGIN * place.side, place.angle + turn)
        look, back = crop_frame(grey, frame, LOOK), cv2.invertAffineTransform(frame.matrix(LOOK))
        for name, is_mirrored in _cascades(turn):
            hits = [hit for hit in search(look, name, LEAST, MOST, is_mirrored=is_mirrored) if _is_central(hit)]
            if hits:
                best = max(hits, key=lambda hit: hit.hits)
                x, y = back @ (best.x, best.y, 1.0)
                side = best.side * frame.side / LOOK
                seen.append(View(name, Place(float(x), float(y), side, frame.angle, best.hits)))
    return seen


def _cascades(turn: int) -> Iterator[tuple[str, bool]]:
    yield from ((name, False) for name in FRONTAL)
    if abs(turn) <= SIDEWAYS:
        yield from ((PROFILE, is_mirrored) for is_mirrored in (False, True))


def _is_central(hit: Place) -> bool:
    return max(abs(hit.x - LOOK / 2), abs(hit.y - LOOK / 2)) < ALIKE * LOOK / MARGIN

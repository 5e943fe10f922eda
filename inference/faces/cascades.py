"""Finds faces with the cascades that come with OpenCV: where enough of them agree in enough views, there is one."""

from dataclasses import replace

import numpy as np

from .align import Frame, tilt
from .candidates import candidates
from .cascade import Place
from .eyes import find_eyes
from .face import Face
from .views import FRONTAL, View, views

LEAST_VIEWS = 5  # of 27: a cascade and an angle each
LEAST_HITS = 25  # in all views together
MOST_LOOKED_AT = 60  # places of a photo, those that were hit most
NEAR = 20.0  # degrees: views from which the place is taken, around the best one
MOST_TILT = 20.0  # degrees that the line of the eyes may differ from what the views say


def find(grey: np.ndarray) -> list[Face]:
    """Faces in uint8 [H,W], with the eyes where they are seen; one may be found twice."""
    found = []
    for place in candidates(grey)[:MOST_LOOKED_AT]:
        seen = views(grey, place)
        if is_face(seen):
            found.append(_face(grey, _agreed(seen), sum(view.place.hits for view in seen)))
    return found


def is_face(seen: list[View]) -> bool:
    return len(seen) >= LEAST_VIEWS and sum(view.place.hits for view in seen) >= LEAST_HITS


def _agreed(seen: list[View]) -> Place:
    """Where most hits are. Faces from the front tell the tilt; those from the side are seen whatever it is."""
    telling = [view.place for view in seen if view.cascade in FRONTAL] or [view.place for view in seen]
    angles = sorted({place.angle for place in telling})
    best = max(angles, key=lambda angle: sum(place.hits for place in telling if place.angle == angle))
    near = [place for place in telling if abs(place.angle - best) <= NEAR]
    weights = [place.hits for place in near]
    values = [(place.x, place.y, place.side, place.angle) for place in near]
    x, y, side, angle = np.average(values, axis=0, weights=weights).tolist()
    return Place(x, y, side, angle, sum(weights))


def _face(grey: np.ndarray, place: Place, hits: int) -> Face:
    height, width = grey.shape
    eyes = find_eyes(grey, Frame(place.x, place.y, place.side, place.angle))
    if eyes and abs(tilt(*eyes) - place.angle) <= MOST_TILT:
        place = replace(place, angle=tilt(*eyes))
    left, top = (place.x - place.side / 2) / width, (place.y - place.side / 2) / height
    landmarks = tuple((x / width, y / height) for x, y in eyes or ())
    score = hits / (hits + LEAST_HITS)
    return Face(left, top, place.side / width, place.side / height, place.angle, score, landmarks)

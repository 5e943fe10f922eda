"""Finds faces with the cascades that come with OpenCV: where enough of them agree in enough views, there is one."""

from dataclasses import replace

import numpy as np

from imaging.faces.align import FaceFrame, tilt
from imaging.faces.candidates import candidates
from imaging.faces.cascade import FRONTAL, Place
from imaging.faces.eyes import find_eyes
from imaging.faces.face import Face
from imaging.faces.views import View, views

# Agreement: hits in all views together, times the cascades among them. A photo has more places for small faces, and
# more that look like one: they need more of it. Chosen on 316 photos, see benchmarks/RESULTS.md.
NEEDED_SMALL, NEEDED_LARGE = 200.0, 60.0
NEEDED_LESS = 350.0  # for a side as long as the photo's longer one, in proportion for others; from…
NEEDED_FROM = 230.0  # …this, within the two limits above
MOST_LOOKED_AT = 60  # places of a photo, those that were hit most
NEAR = 20.0  # degrees: views from which the place is taken, around the best one
MOST_TILT = 20.0  # degrees that the line of the eyes may differ from what the views say


def find(grey: np.ndarray) -> list[Face]:
    """Faces in uint8 [H,W], with the eyes where they are seen; one may be found twice."""
    found = []
    for place in candidates(grey)[:MOST_LOOKED_AT]:
        seen = views(grey, place)
        if seen:
            agreed = _agreed(seen)
            surplus = agreement(seen) / needed(agreed.side / max(grey.shape))
            if surplus >= 1:
                found.append(_face(grey, agreed, surplus / (surplus + 1)))
    return found


def agreement(seen: list[View]) -> float:
    return len({view.cascade for view in seen}) * sum(view.place.hits for view in seen)


def needed(share: float) -> float:
    """The least agreement for a face with that share of the photo's longer side."""
    return min(max(NEEDED_FROM - NEEDED_LESS * share, NEEDED_LARGE), NEEDED_SMALL)


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


def _face(grey: np.ndarray, place: Place, score: float) -> Face:
    height, width = grey.shape
    eyes = find_eyes(grey, FaceFrame(place.x, place.y, place.side, place.angle))
    if eyes and abs(tilt(*eyes) - place.angle) <= MOST_TILT:
        place = replace(place, angle=tilt(*eyes))
    left, top = (place.x - place.side / 2) / width, (place.y - place.side / 2) / height
    landmarks = tuple((x / width, y / height) for x, y in eyes or ())
    return Face(left, top, place.side / width, place.side / height, place.angle, score, landmarks)

"""Finds faces with the cascades that come with OpenCV, in three steps.

1. Candidates: cascades search copies of several sizes, upright and tilted. Few faces are not among them, but many
   things are that are none.
2. Views: each candidate is looked at again by all cascades, with the head turned to and fro. A face is seen in many of
   these views, and often in each; a tail lamp or a rock in few. Where enough cascades agree in enough views is a face.
3. Eyes: where both are seen, their line tells the tilt of the head exactly.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import cos, radians, sin

import cv2
import numpy as np

from imaging.faces.align import FaceFrame, crop_frame, tilt_degrees
from imaging.faces.cascade_search import (
    FRONTAL_CASCADES,
    PROFILE_CASCADE,
    SAME_PLACE_DISTANCE,
    Candidate,
    search_cascade,
)
from imaging.faces.face import Face, Point
from imaging.resize import resize_to_fit

# Candidates: pixels of the longer side of the copy in which heads are searched for.
UPRIGHT_SEARCH_PX, LARGE_SEARCH_PX, TILTED_SEARCH_PX = 512, 192, 320
SMALL_SEARCH_PX, SMALL_MAX_SIDE_PX = 1024, 60  # where the photo has them, small faces; and how large these are at most
TILTS = (30, -30)  # degrees
MAX_CANDIDATES = 60  # of a photo, those that were hit most

# Views: of a square around the candidate.
VIEW_PX, VIEW_MARGIN = 128, 2.0  # the square in pixels, and its side to that of the candidate
VIEW_MIN_SIDE_PX, VIEW_MAX_SIDE_PX = VIEW_PX // 4, VIEW_PX * 4 // 5  # of a face in it
VIEW_TURNS = (0, -15, 15, -30, 30, -45, 45)  # degrees
MAX_PROFILE_TURN = 15  # degrees up to which profiles are looked for

# Agreement: hits in all views together, times the cascades among them. A photo has more places for small faces, and
# more that look like one: they need more of it. Chosen on 316 photos, see benchmarks/RESULTS.md.
SMALL_FACE_AGREEMENT, LARGE_FACE_AGREEMENT = 200.0, 60.0  # the bounds of what is needed
AGREEMENT_AT_ZERO, AGREEMENT_SLOPE = 230.0, 350.0  # needed for a side of 0, and so much less for the photo's own side
NEAR_DEGREES = 20.0  # views from which the place is taken, around the best one
MAX_EYE_TILT_DIFFERENCE = 20.0  # degrees that the line of the eyes may differ from what the views say

# Eyes: searched in a square that is as large as the face.
EYE_SEARCH_PX = 160
UPPER_HALF = slice(EYE_SEARCH_PX // 7, EYE_SEARCH_PX * 3 // 5)  # rows in which the eyes are
EYE_CASCADES = ("eye_tree_eyeglasses", "eye")  # the second one where the first sees no pair
EYE_MIN_SIDE_PX, EYE_MAX_SIDE_PX = EYE_SEARCH_PX // 8, EYE_SEARCH_PX * 2 // 5
MIN_EYE_DISTANCE, MAX_EYE_DISTANCE = 0.28, 0.62  # of the face, between the centers of two eyes
MAX_EYE_SLOPE = 0.3  # of the line between them; more is an eye and a nostril


@dataclass(frozen=True)
class View:
    """What one cascade saw of a candidate, in the photo's pixels, with heads upright that are tilted by its angle."""

    cascade: str
    place: Candidate


def find_faces_with_cascades(gray: np.ndarray) -> list[Face]:
    """Return faces in uint8 [H,W], with the eyes where they are seen; one may be found twice."""
    found = []
    for candidate in find_candidates(gray)[:MAX_CANDIDATES]:
        views = find_confirming_views(gray, candidate)
        if views:
            place = _merge_views(views)
            surplus = measure_agreement(views) / required_agreement(place.side / max(gray.shape))
            if surplus >= 1:
                found.append(_to_face(gray, place, surplus / (surplus + 1)))
    return found


def find_candidates(gray: np.ndarray) -> list[Candidate]:
    """Return places in uint8 [H,W] that are worth a second look, each once, those that were hit most first."""
    kept: list[Candidate] = []
    for candidate in sorted(_search_all(gray), key=lambda candidate: -candidate.hits):
        if not any(candidate.is_same(other) for other in kept):
            kept.append(candidate)
    return kept


def _search_all(gray: np.ndarray) -> Iterator[Candidate]:
    for side in (UPRIGHT_SEARCH_PX, LARGE_SEARCH_PX):
        small, scale = _shrink(gray, side)
        for name in FRONTAL_CASCADES[:2]:
            yield from (hit.scaled(1 / scale) for hit in search_cascade(small, name))
    if max(gray.shape) > (UPRIGHT_SEARCH_PX + SMALL_SEARCH_PX) / 2:
        small, scale = _shrink(gray, SMALL_SEARCH_PX)
        hits = search_cascade(small, FRONTAL_CASCADES[0], max_side=SMALL_MAX_SIDE_PX)
        yield from (hit.scaled(1 / scale) for hit in hits)
    small, scale = _shrink(gray, TILTED_SEARCH_PX)
    for is_mirrored in (False, True):
        hits = search_cascade(small, PROFILE_CASCADE, is_mirrored=is_mirrored)
        yield from (hit.scaled(1 / scale) for hit in hits)
    for tilt in TILTS:
        yield from (hit.scaled(1 / scale) for hit in _search_tilted(small, tilt))


def _shrink(gray: np.ndarray, side: int) -> tuple[np.ndarray, float]:
    """Return the picture with its longer side at most `side`, and the scale of that."""
    small = resize_to_fit(gray, side)
    return small, max(small.shape) / max(gray.shape)


def _search_tilted(gray: np.ndarray, tilt: float) -> Iterator[Candidate]:
    """Search for heads that are tilted by so many degrees: they are upright in a turned copy."""
    height, width = gray.shape
    across, along = abs(cos(radians(tilt))), abs(sin(radians(tilt)))
    size = round(width * across + height * along), round(width * along + height * across)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), tilt, 1.0)
    matrix[:, 2] += ((size[0] - width) / 2, (size[1] - height) / 2)
    back = cv2.invertAffineTransform(matrix)
    turned = cv2.warpAffine(gray, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    for hit in search_cascade(turned, FRONTAL_CASCADES[0]):
        x, y = back @ (hit.x, hit.y, 1.0)
        yield replace(hit, x=float(x), y=float(y), angle=tilt)


def find_confirming_views(gray: np.ndarray, candidate: Candidate) -> list[View]:
    """Return what each cascade sees of a candidate in uint8 [H,W], at most one view for each turn."""
    views = []
    for turn in VIEW_TURNS:
        frame = FaceFrame(candidate.x, candidate.y, VIEW_MARGIN * candidate.side, candidate.angle + turn)
        square, back = crop_frame(gray, frame, VIEW_PX), cv2.invertAffineTransform(frame.matrix(VIEW_PX))
        for name, is_mirrored in _cascades_for(turn):
            hits = search_cascade(square, name, VIEW_MIN_SIDE_PX, VIEW_MAX_SIDE_PX, is_mirrored=is_mirrored)
            hits = [hit for hit in hits if _is_central(hit)]
            if hits:
                best = max(hits, key=lambda hit: hit.hits)
                x, y = back @ (best.x, best.y, 1.0)
                side = best.side * frame.side / VIEW_PX
                views.append(View(name, Candidate(float(x), float(y), side, frame.angle, best.hits)))
    return views


def _cascades_for(turn: int) -> Iterator[tuple[str, bool]]:
    """Yield (cascade, whether its search is mirrored) for a head that is turned by so many degrees."""
    yield from ((name, False) for name in FRONTAL_CASCADES)
    if abs(turn) <= MAX_PROFILE_TURN:
        yield from ((PROFILE_CASCADE, is_mirrored) for is_mirrored in (False, True))


def _is_central(hit: Candidate) -> bool:
    return max(abs(hit.x - VIEW_PX / 2), abs(hit.y - VIEW_PX / 2)) < SAME_PLACE_DISTANCE * VIEW_PX / VIEW_MARGIN


def measure_agreement(views: list[View]) -> float:
    """Return how far the views agree that there is a face: all hits, times the cascades."""
    return len({view.cascade for view in views}) * sum(view.place.hits for view in views)


def required_agreement(share: float) -> float:
    """Return the least agreement for a face with that share of the photo's longer side."""
    return min(max(AGREEMENT_AT_ZERO - AGREEMENT_SLOPE * share, LARGE_FACE_AGREEMENT), SMALL_FACE_AGREEMENT)


def _merge_views(views: list[View]) -> Candidate:
    """Return the place where most hits are.

    Faces from the front tell the tilt; those from the side are seen whatever it is.
    """
    places = [view.place for view in views if view.cascade in FRONTAL_CASCADES] or [view.place for view in views]
    angles = sorted({place.angle for place in places})
    best = max(angles, key=lambda angle: sum(place.hits for place in places if place.angle == angle))
    near = [place for place in places if abs(place.angle - best) <= NEAR_DEGREES]
    weights = [place.hits for place in near]
    values = [(place.x, place.y, place.side, place.angle) for place in near]
    x, y, side, angle = np.average(values, axis=0, weights=weights).tolist()
    return Candidate(x, y, side, angle, sum(weights))


def _to_face(gray: np.ndarray, place: Candidate, score: float) -> Face:
    height, width = gray.shape
    eyes = find_eyes(gray, FaceFrame(place.x, place.y, place.side, place.angle))
    if eyes and abs(tilt_degrees(*eyes) - place.angle) <= MAX_EYE_TILT_DIFFERENCE:
        place = replace(place, angle=tilt_degrees(*eyes))
    left, top = (place.x - place.side / 2) / width, (place.y - place.side / 2) / height
    landmarks = tuple((x / width, y / height) for x, y in eyes or ())
    return Face(left, top, place.side / width, place.side / height, place.angle, score, landmarks)


def find_eyes(gray: np.ndarray, frame: FaceFrame) -> tuple[Point, Point] | None:
    """Return the left and the right eye of the face in the frame, which is as large as it, in pixels of uint8 [H,W]."""
    upper = np.ascontiguousarray(crop_frame(gray, frame, EYE_SEARCH_PX)[UPPER_HALF])
    back = cv2.invertAffineTransform(frame.matrix(EYE_SEARCH_PX))
    for name in EYE_CASCADES:
        eyes = search_cascade(upper, name, EYE_MIN_SIDE_PX, EYE_MAX_SIDE_PX, scale_factor=1.05)
        pairs = [(left, right) for left in eyes for right in eyes if _is_pair(left, right)]
        if pairs:
            best = max(pairs, key=lambda pair: pair[0].hits + pair[1].hits)
            left, right = ((*(back @ (eye.x, eye.y + UPPER_HALF.start, 1.0)),) for eye in best)
            return (float(left[0]), float(left[1])), (float(right[0]), float(right[1]))
    return None


def _is_pair(left: Candidate, right: Candidate) -> bool:
    across, down = right.x - left.x, abs(right.y - left.y)
    is_apart = MIN_EYE_DISTANCE * EYE_SEARCH_PX < across < MAX_EYE_DISTANCE * EYE_SEARCH_PX
    is_central = abs(left.x + right.x - EYE_SEARCH_PX) < EYE_SEARCH_PX / 3
    return is_apart and is_central and down < MAX_EYE_SLOPE * across

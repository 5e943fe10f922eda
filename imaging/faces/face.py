"""A face in a photo: where it is, how it is turned, how sure that is."""

from dataclasses import dataclass
from math import isfinite
from typing import Any, TypedDict

Point = tuple[float, float]
# The order of five landmarks, as YuNet gives them: left and right are those of the picture.
LANDMARK_NAMES = ("left eye", "right eye", "nose", "left corner of the mouth", "right corner of the mouth")


class FaceDict(TypedDict):
    """A face as it is stored and sent, in JSON."""

    left: float
    top: float
    width: float
    height: float
    angle: float
    score: float
    landmarks: list[list[float]]


@dataclass(frozen=True)
class Face:
    """All places are in fractions of the width and the height of the upright photo, from its top left corner.

    The box goes from about the brows to the chin, and may reach out of the photo. `angle` is in degrees, how far the
    head is tilted clockwise. `landmarks` are those of LANDMARK_NAMES, or the first two of them, or none. `score` is
    between 0 and 1, how sure the detector is; only those of one detector compare.
    """

    left: float
    top: float
    width: float
    height: float
    angle: float = 0.0
    score: float = 1.0
    landmarks: tuple[Point, ...] = ()

    @property
    def center(self) -> Point:
        """Return the middle of the box."""
        return self.left + self.width / 2, self.top + self.height / 2

    def side_px(self, height: int, width: int) -> float:
        """Return the pixels of the longer side of the box in a photo of that size."""
        return max(self.width * width, self.height * height)

    def as_dict(self, digits: int | None = None) -> FaceDict:
        """Return it for JSON, rounded to so many digits after the point; `parse_face` is the way back."""

        def rounded(value: float) -> float:
            return value if digits is None else round(value, digits)

        return FaceDict(
            left=rounded(self.left),
            top=rounded(self.top),
            width=rounded(self.width),
            height=rounded(self.height),
            angle=rounded(self.angle),
            score=rounded(self.score),
            landmarks=[[rounded(x), rounded(y)] for x, y in self.landmarks],
        )


def parse_face(values: Any) -> Face:
    """Return a face from what a browser sent, or a file had. Raise ValueError for what is no face in a photo."""
    try:
        numbers = {name: float(values[name]) for name in ("left", "top", "width", "height")}
        numbers |= {name: float(values[name]) for name in ("angle", "score") if name in values}
        landmarks = tuple((float(x), float(y)) for x, y in values.get("landmarks", ()))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ValueError(f"not a face: {error!r}") from error
    face = Face(**numbers, landmarks=landmarks)
    if not _is_possible(face):
        raise ValueError("not a face in a photo: its box does not lie there")
    return face


def _is_possible(face: Face) -> bool:
    coordinates = [value for point in face.landmarks for value in point]
    numbers = [face.left, face.top, face.width, face.height, face.angle, face.score, *coordinates]
    x, y = face.center
    is_inside = 0 <= x <= 1 and 0 <= y <= 1 and 0 < face.width <= 2 and 0 < face.height <= 2
    has_landmarks = len(face.landmarks) in (0, 2, len(LANDMARK_NAMES))
    return all(map(isfinite, numbers)) and is_inside and has_landmarks and abs(face.angle) <= 360

"""The faces of a photo as the pages show them: boxes to tick, drawn over the photo, and each face beside its box."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from gallery.models import FaceMode, Photo, Work
from imaging.faces import parse_face

FACE_VIEW_MARGIN = 1.5  # sides of a face, of its own little picture


@dataclass(frozen=True)
class FaceBox:
    """All in pixels of the photo. The box is `turn`ed as the head is; `upright` turns the photo back for `view`."""

    number: int
    left: int
    top: int
    width: int
    height: int
    turn: str
    upright: str
    view: str  # of an SVG that shows the face alone
    is_ticked: bool
    is_whose: bool  # of a portrait

    @property
    def bottom(self) -> int:
        return self.top + self.height


def render_face_picker(work: Work, *, mode: str = "") -> str:
    """The HTML of the boxes for the faces of a work's photo, ticked as they were for the work; empty without any.

    With a mode only what that asks for: faces to tick, or one of them.
    """
    if not work.photo.faces:
        return ""
    context = {
        "photo": work.photo,
        "address": reverse("gallery:photo_preview", args=[work.photo_id]),
        "boxes": list(_boxes(work)),
        "mode": mode,
        "size": round(max(work.photo.width, work.photo.height) / 18),
    }
    return render_to_string("partials/faces.html", context)


def _boxes(work: Work) -> Iterator[FaceBox]:
    """As they were for the work; where it was made without a look at them, all are ticked."""
    chosen = [int(number) for number in work.chosen.split()]
    whose = chosen[0] if work.faces == FaceMode.PORTRAIT else 0
    for number, values in enumerate(work.photo.faces or ()):
        is_ticked = work.faces != FaceMode.FOCUS or number in chosen
        yield _box(number, values, work.photo, is_ticked=is_ticked, is_whose=number == whose)


def _box(number: int, values: dict[str, Any], photo: Photo, **ticks: bool) -> FaceBox:
    face, width, height = parse_face(values), photo.width, photo.height
    x, y = face.center[0] * width, face.center[1] * height
    side = FACE_VIEW_MARGIN * max(face.width * width, face.height * height)
    return FaceBox(
        number=number,
        left=round(face.left * width),
        top=round(face.top * height),
        width=round(face.width * width),
        height=round(face.height * height),
        turn=f"rotate({face.angle:.2f} {x:.1f} {y:.1f})",
        upright=f"rotate({-face.angle:.2f} {x:.1f} {y:.1f})",
        view=f"{x - side / 2:.1f} {y - side / 2:.1f} {side:.1f} {side:.1f}",
        **ticks,
    )

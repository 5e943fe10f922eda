"""The faces of a photo: as they are stored, and as the pages show them.

The pages show boxes to tick, drawn over the photo, and each face on its own beside its box.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.urls import reverse

from gallery.models import FaceMode, Photo, Work
from imaging.faces import Face, FaceDict, parse_face

FACE_VIEW_MARGIN = 1.5  # side of the little picture that shows a face alone, to the longer side of the face


def load_faces(photo: Photo) -> list[Face] | None:
    """Return the faces in a photo, the largest first; None where nobody has looked for them."""
    return None if photo.faces is None else [parse_face(values) for values in photo.faces]


def dump_faces(faces: Iterable[Face] | None) -> list[FaceDict] | None:
    """Return faces as `Photo.faces` has them; `load_faces` is the way back."""
    return None if faces is None else [face.as_dict() for face in faces]


@dataclass(frozen=True)
class FaceBox:
    """A box around a face, in pixels of the photo.

    The box is turned as the head is, by `turn`; `upright` turns the photo back for `view`. These two are SVG
    transforms, `view` is the viewBox of an SVG that shows the face alone.
    """

    number: int
    left: int
    top: int
    width: int
    height: int
    turn: str
    upright: str
    view: str
    is_ticked: bool
    is_portrait: bool  # the portrait that the work is shows this face


def render_face_picker(work: Work, *, mode: str = "") -> str:
    """Return the HTML of the boxes for the faces of a work's photo, ticked as they were for the work.

    With a FaceMode only what that needs: faces to tick, or one of them. Empty for a photo without known faces.
    """
    if not work.photo.faces:
        return ""
    context = {
        "photo": work.photo,
        "address": reverse("gallery:photo_preview", args=[work.photo_id]),
        "boxes": list(_build_boxes(work)),
        "mode": mode,
        "size": round(max(work.photo.width, work.photo.height) / 18),
    }
    return render_to_string("partials/faces.html", context)


def _build_boxes(work: Work) -> Iterator[FaceBox]:
    """As they were for the work; where it was made without a look at the faces, all are ticked."""
    chosen = [int(number) for number in work.face_numbers.split()]
    portrait = chosen[0] if work.faces == FaceMode.PORTRAIT else 0
    for number, face in enumerate(load_faces(work.photo) or ()):
        is_ticked = work.faces != FaceMode.FOCUS or number in chosen
        yield _build_box(number, face, work.photo, is_ticked=is_ticked, is_portrait=number == portrait)


def _build_box(number: int, face: Face, photo: Photo, *, is_ticked: bool, is_portrait: bool) -> FaceBox:
    width, height = photo.width, photo.height
    x, y = face.center[0] * width, face.center[1] * height
    side = FACE_VIEW_MARGIN * face.side_px(height, width)
    return FaceBox(
        number=number,
        left=round(face.left * width),
        top=round(face.top * height),
        width=round(face.width * width),
        height=round(face.height * height),
        turn=f"rotate({face.angle:.2f} {x:.1f} {y:.1f})",
        upright=f"rotate({-face.angle:.2f} {x:.1f} {y:.1f})",
        view=f"{x - side / 2:.1f} {y - side / 2:.1f} {side:.1f} {side:.1f}",
        is_ticked=is_ticked,
        is_portrait=is_portrait,
    )

"""Converts photos with an eye for the people in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from imaging.faces.align import MAX_SQUARE_PX, FaceFrame, crop_frame, frame_face, move_inside
from imaging.faces.blend import paste_square
from imaging.faces.face import Face
from imaging.resize import downscale
from inference.engine import Engine
from inference.sizes import DETAILS, MULTIPLE, estimate_cost, working_size
from inference.styles import Style

# off: the whole picture. focus: and each face on its own, put back. portrait: a square with the first face.
FACE_MODES = ("off", "focus", "portrait")
PORTRAIT_SIZES = (256, 512, 1024)
FOCUS_MARGIN, PORTRAIT_MARGIN = 2.0, 2.2  # side of the square to that of the face
MIN_PORTRAIT_MARGIN = 1.4  # of a portrait where the photo ends before: a closer view is better than mirrored hair
MAX_FACES = 24  # of a photo that are converted on their own
MIN_FOCUS_GAIN = 1.25  # times as many pixels across a face, or it is as good in the whole picture…
MIN_FOCUS_TILT = 15.0  # …unless the head is tilted by so many degrees
MAX_ENLARGEMENT = 6.0  # times; smaller faces are converted at half the size
# Of `FaceConversion.note`: the whole picture, as there was no face to look at; and more than MAX_FACES.
NO_FACE, MANY_FACES = "no_face", "many_faces"


@dataclass(frozen=True)
class FaceConversion:
    """`pixels` uint8 [H,W,3]; which faces were converted on their own; a note, NO_FACE, MANY_FACES or empty.

    `frame` is where a portrait was cut, which `crop_frame` takes for the photo's transparency.
    """

    pixels: np.ndarray
    faces: list[Face] = field(default_factory=list)
    note: str = ""
    frame: FaceFrame | None = None


def stylize_faces(
    engine: Engine,
    pixels: np.ndarray,
    style: Style,
    detail: str = "balanced",
    *,
    mode: str,
    faces: Sequence[Face],
    scenery: Style | None = None,
    portrait_size: int = 512,
) -> FaceConversion:
    """Convert uint8 [H,W,3] RGB in one of FACE_MODES; `faces` are those of `detect_faces` that shall count, the
    first one first.

    In `focus` what lies around the faces is converted in the style `scenery`, where one is given. A portrait has
    `portrait_size` pixels a side, and no more than one face. Without a face the whole picture is converted.
    Raise what `Engine.stylize` does, KeyError for an unknown mode.
    """
    if mode not in FACE_MODES:
        raise KeyError(mode)
    if mode == "off":
        return FaceConversion(engine.stylize(pixels, style, detail))
    if not faces:
        return FaceConversion(engine.stylize(pixels, scenery or style, detail), note=NO_FACE)
    if mode == "portrait":
        return _portrait(engine, pixels, style, detail, faces[0], portrait_size)
    return _focus(engine, pixels, style, detail, faces, scenery or style)


def _portrait(engine: Engine, pixels: np.ndarray, style: Style, detail: str, face: Face, size: int) -> FaceConversion:
    height, width = pixels.shape[:2]
    frame = frame_face(face, height, width, PORTRAIT_MARGIN)
    frame = move_inside(frame, height, width, MIN_PORTRAIT_MARGIN * face.side_px(height, width))
    square = crop_frame(pixels, frame, max(size, focus_size(style, detail)))
    return FaceConversion(downscale(engine.stylize(square, style, detail), size, size), [face], frame=frame)


def _focus(
    engine: Engine, pixels: np.ndarray, style: Style, detail: str, faces: Sequence[Face], scenery: Style
) -> FaceConversion:
    height, width = pixels.shape[:2]
    min_size = focus_size(style, detail)
    is_other_style = scenery.id != style.id
    useful = [face for face in faces if is_other_style or is_focus_useful(face, height, width, style, detail)]
    chosen = useful[:MAX_FACES]
    frames = [frame_face(face, height, width, FOCUS_MARGIN) for face in chosen]
    sizes = [choose_square_size(frame, min_size) for frame in frames]
    cost = estimate_cost(height, width, scenery, detail) + sum(
        estimate_cost(size, size, style, detail) for size in sizes
    )
    with engine.slot(cost):
        result = np.require(engine.stylize(pixels, scenery, detail), requirements=["W", "C"])
        for frame, size in zip(frames, sizes, strict=True):
            paste_square(result, engine.stylize(crop_frame(pixels, frame, size), style, detail), frame)
    return FaceConversion(result, chosen, note=MANY_FACES if len(useful) > MAX_FACES else "")


def focus_size(style: Style, detail: str) -> int:
    """Return the side, in pixels, that squares are converted at; one for all faces, as each size is compiled anew."""
    side = round(style.working_size * DETAILS[detail] / MULTIPLE) * MULTIPLE
    return min(side, *style.fixed_size) if style.fixed_size else side


def choose_square_size(frame: FaceFrame, min_size: int) -> int:
    """Return the pixels to cut the square at: its own, that is as sharp as the photo, or those that the style wants."""
    if frame.side >= min_size:
        return min(MAX_SQUARE_PX, ceil(frame.side))
    return min_size if MAX_ENLARGEMENT * frame.side >= min_size else max(MULTIPLE, min_size // 2 // MULTIPLE * MULTIPLE)


def is_focus_useful(face: Face, height: int, width: int, style: Style, detail: str) -> bool:
    """Return whether the style sees more of the face in a square of its own, or sees it upright."""
    side = frame_face(face, height, width, FOCUS_MARGIN).side
    in_whole = side * working_size(height, width, style, detail)[0] / height
    return focus_size(style, detail) >= MIN_FOCUS_GAIN * in_whole or abs(face.angle) >= MIN_FOCUS_TILT

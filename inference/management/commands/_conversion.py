"""What `stylize` does with each photo, as its options say."""

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import CommandError

from imaging.decode import Picture
from imaging.faces import crop_frame, detect_faces, draw_faces
from inference import faces
from inference.engine import Engine
from inference.published import (
    convert_at_full_size,
    is_graph,
    load_published_session,
    resize_to_multiples_of_32,
    style_from_checkpoint,
)
from inference.runtime import build_engine_settings, get_style_registry


@dataclass(frozen=True)
class ConvertedPicture:
    """A result; the pixels of the photo that lie under it; what is to be said about it, mostly nothing."""

    picture: Picture
    photo: np.ndarray
    note: str = ""


Convert = Callable[[Picture], ConvertedPicture]
NO_FACE_TEXT = "no face was found; the whole picture was converted"
MANY_FACES_TEXT = (
    f"more than {faces.MAX_FACES} faces were found; the first {faces.MAX_FACES}, which are the largest, were converted "
    "on their own, the others with the whole picture"
)
NOTES = {faces.NO_FACE: NO_FACE_TEXT, faces.MANY_FACES: MANY_FACES_TEXT}


def add_face_arguments(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("people")
    group.add_argument(
        "--faces",
        choices=faces.FACE_MODES,
        default="off",
        help="converted on their own and put back, or alone as a square; default: off",
    )
    group.add_argument("--portrait-size", type=int, choices=faces.PORTRAIT_SIZES, help="pixels; default: 512")
    group.add_argument("--scenery", metavar="STYLE", help="with --faces focus: what is around faces, in another style")
    group.add_argument("--landmarks", action="store_true", help="the photo with what was found in it, not converted")


def check_options(options: dict[str, Any]) -> None:
    """Raise CommandError for options that contradict one another."""
    mode = options["faces"]
    if options["checkpoint"] and options["style"]:
        raise CommandError("--checkpoint takes the place of a style: leave out --style")
    if options["x32"] and options["detail"]:
        raise CommandError("--x32 is for conversion at the picture's own size: leave out --detail")
    is_as_published = options["x32"] or options["upsample_align"] or options["upsample_legacy"]
    if not options["checkpoint"] and is_as_published:
        raise CommandError("--x32, --upsample-align and --upsample-legacy belong to --checkpoint")
    if options["upsample_align"] and options["upsample_legacy"]:
        raise CommandError("--upsample-align and --upsample-legacy exclude each other")
    if options["checkpoint"] and is_as_published and is_graph(options["checkpoint"]):
        raise CommandError("--x32, --upsample-align and --upsample-legacy are for state dicts: a graph has its own way")
    if options["checkpoint"] and (mode != "off" or options["landmarks"]):
        raise CommandError("--faces and --landmarks need no --checkpoint, which converts as the published script does")
    if options["checkpoint"] and options["fast"]:
        raise CommandError("--fast is for styles, and --checkpoint takes the place of one")
    if options["portrait_size"] and mode != "portrait":
        raise CommandError("--portrait-size belongs to --faces portrait")
    if options["scenery"] and mode != "focus":
        raise CommandError("--scenery belongs to --faces focus")
    if options["landmarks"] and mode != "off":
        raise CommandError("--landmarks shows what was found in the photo and converts nothing: leave out --faces")


def build_converter(options: dict[str, Any]) -> tuple[Convert, str | None]:
    """Return what makes a result of a photo, and the style that results are marked with. Raise ImagingError."""
    if options["landmarks"]:
        return _draw_found_faces, None
    engine = Engine(build_engine_settings(options["device"]))
    if options["checkpoint"]:
        return _build_checkpoint_converter(engine, options)
    style = get_style_registry().get_available(options["style"] or settings.DEFAULT_STYLE)
    scenery = get_style_registry().get_available(options["scenery"]) if options["scenery"] else None
    if options["fast"]:
        style, scenery = style.variant(is_fast=True), scenery.variant(is_fast=True) if scenery else None
    engine.load_session(style)
    chosen = {"mode": options["faces"], "scenery": scenery, "portrait_size": options["portrait_size"] or 512}

    def convert(photo: Picture) -> ConvertedPicture:
        found = [] if options["faces"] == "off" else detect_faces(photo.pixels, settings.WEIGHTS_DIR)
        result = faces.stylize_faces(
            engine, photo.pixels, style, options["detail"] or "balanced", faces=found, **chosen
        )
        note = NOTES.get(result.note, "")
        if result.frame is None:
            return ConvertedPicture(Picture(result.pixels, photo.alpha), photo.pixels, note)
        size = len(result.pixels)
        alpha = None if photo.alpha is None else crop_frame(photo.alpha, result.frame, size)
        return ConvertedPicture(Picture(result.pixels, alpha), crop_frame(photo.pixels, result.frame, size), note)

    return convert, style.id


def _draw_found_faces(photo: Picture) -> ConvertedPicture:
    found = detect_faces(photo.pixels, settings.WEIGHTS_DIR)
    drawn = draw_faces(photo.pixels, found)
    return ConvertedPicture(Picture(drawn, photo.alpha), photo.pixels, "" if found else "no face was found")


def _build_checkpoint_converter(engine: Engine, options: dict[str, Any]) -> tuple[Convert, str]:
    style = style_from_checkpoint(
        options["checkpoint"],
        align_corners=options["upsample_align"],
        upsampling="legacy" if options["upsample_legacy"] else "half_pixel",
    )
    if options["detail"] or style.graph:
        engine.load_session(style)
        detail = options["detail"] or "balanced"
        return lambda photo: _with_alpha(photo, engine.stylize(photo.pixels, style, detail)), style.id
    session = load_published_session(style, options["device"])

    def convert(photo: Picture) -> ConvertedPicture:
        photo = resize_to_multiples_of_32(photo) if options["x32"] else photo
        return _with_alpha(photo, convert_at_full_size(session, photo.pixels))

    return convert, style.id


def _with_alpha(photo: Picture, pixels: np.ndarray) -> ConvertedPicture:
    """A result that begins where the photo does, and may be cut at its end."""
    height, width = pixels.shape[:2]
    alpha = None if photo.alpha is None else photo.alpha[:height, :width]
    return ConvertedPicture(Picture(pixels, alpha), photo.pixels)

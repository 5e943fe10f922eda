"""The narrow way from the site to inference: bytes in, bytes out."""

import base64
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from inference import images
from inference.runtime import engine, registry
from inference.sizes import work

from .models.exhibits import MOST_BLUR

PREVIEW_SIDE = 2000  # half of what many cameras make, which is quickly had
THUMBNAIL_SIDE = 480
SHOW_SIDES = (480, 960, 1920)  # a tile on a phone, a tile on a large screen, a whole screen
SHOW_QUALITY = 84
CARD_SIDE = 1200  # what messengers and social sites ask for
BLUR_SIDES, BLUR_QUALITY = (20, 12, 8), 40
# Our own results were within the limits when they were made; a limit lowered since must not lock them in.
NO_LIMITS = images.Limits(bytes=2**40, pixels=2**40)


@dataclass(frozen=True)
class Encoded:
    """The bytes of a picture's file, and its name's extension."""

    data: bytes
    extension: str


@dataclass(frozen=True)
class Converted:
    """One conversion, and how it came about. `preview` is the photo as every browser can show it."""

    result: Encoded
    thumbnail: Encoded
    preview: Encoded
    width: int
    height: int
    seconds: float
    device: str
    engine: str


def limits() -> images.Limits:
    """What an upload may be."""
    return images.Limits(bytes=settings.UPLOAD_MAX_BYTES, pixels=settings.UPLOAD_MAX_PIXELS)


def _encode(picture: images.Picture, file_format: str, style: str | None) -> Encoded:
    return Encoded(images.encode(picture, file_format, style=style), images.EXTENSIONS[file_format])


def _shrink(picture: images.Picture, side: int, style: str | None) -> Encoded:
    small = images.shrink(picture, side)
    return _encode(small, "WEBP" if style or small.alpha is not None else "JPEG", style)


def convert(source: bytes | Path, style_id: str, detail: str) -> Converted:
    """Convert a file. Raises BadImage and the errors of `Engine.stylize` and `Registry.get_available`.

    All that needs memory in proportion to the picture happens in one of the engine's places, so that many
    large uploads at once are worked on one after another. `seconds` is from the turn's start to its end.
    """
    style = registry().get_available(style_id)
    size = images.check(source, limits())
    engine().session(style)
    with engine().place(work(*size, style, detail)):
        started = time.perf_counter()
        photo = images.decode(source, limits())
        result = images.Picture(engine().stylize(photo.pixels, style, detail), photo.alpha)
        return Converted(
            result=_encode(result, result.natural_format, style_id),
            thumbnail=_shrink(result, THUMBNAIL_SIDE, style_id),
            preview=_shrink(photo, PREVIEW_SIDE, None),
            width=result.width,
            height=result.height,
            seconds=time.perf_counter() - started,
            device=engine().backend.device,
            engine=engine().backend.name,
        )


def reencode(source: Path, file_format: str, style_id: str) -> bytes:
    """A stored result in another format. Raises EngineBusy."""
    with engine().place():
        return images.encode(images.decode(source, NO_LIMITS), file_format, style=style_id)


@dataclass(frozen=True)
class Shown:
    """A result made ready for the gallery: WebP by width, the smallest first; a JPEG for previews of links; and
    a data URI of a tiny picture that stands in until one of the others is there, or nothing."""

    renditions: dict[int, Encoded]
    card: Encoded
    blur: str


def for_show(source: Path, style_id: str) -> Shown:
    """Make a stored result ready for the gallery. Raises EngineBusy and BadImage."""
    with engine().place():
        result = images.decode(source, NO_LIMITS, enough=max(SHOW_SIDES))
        renditions = {}
        for side in SHOW_SIDES:
            small = images.shrink(result, side)
            data = images.encode(small, "WEBP", style=style_id, quality=SHOW_QUALITY)
            renditions[small.width] = Encoded(data, images.EXTENSIONS["WEBP"])
            if small.width == result.width:
                break
        card = _encode(images.shrink(result, CARD_SIDE), "JPEG", style_id)
        return Shown(renditions, card, blur(result))


def blur(picture: images.Picture) -> str:
    """A data URI of a tiny picture, as large as its column has room for, which noise takes much of.

    Empty for a picture with transparency, as it would be seen through it.
    """
    if picture.alpha is not None:
        return ""
    for side in BLUR_SIDES:
        small = images.shrink(picture, side)
        tiny = images.encode(small, "WEBP", style=None, quality=BLUR_QUALITY)
        address = f"data:image/webp;base64,{base64.b64encode(tiny).decode()}"
        if len(address) <= MOST_BLUR:
            return address
    return ""

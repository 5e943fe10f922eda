"""Stored results in other sizes and formats: for downloads, and for the gallery."""

import base64
from dataclasses import dataclass
from pathlib import Path

from gallery.models.exhibits import MAX_BLUR_LENGTH
from gallery.photos.conversion import EncodedImage, encode, raise_engine_errors
from imaging.decode import Picture, decode_image, shrink_picture
from imaging.encode import EXTENSIONS, encode_image
from imaging.labels import AigcLabel, draw_label
from imaging.limits import NO_LIMITS
from inference.runtime import get_engine

RENDITION_SIZES_PX = (480, 960, 1920)  # a tile on a phone, a tile on a large screen, a whole screen
RENDITION_QUALITY = 84
CARD_PX = 1200  # what messengers and social sites ask for
BLUR_SIZES_PX, BLUR_QUALITY = (20, 12, 8), 40


@dataclass(frozen=True)
class ExhibitImages:
    """What the gallery shows of a result.

    `renditions` are WebP by their width, the smallest first; `card` is a JPEG for previews of links; `blur` is a data
    URI of a tiny picture that stands in until one of the others is there, or empty.
    """

    renditions: dict[int, EncodedImage]
    card: EncodedImage
    blur: str


@raise_engine_errors()
def reencode_result(
    source: Path | bytes,
    file_format: str,
    style_id: str,
    max_side: int | None = None,
    *,
    label: AigcLabel | None = None,
    language: str | None = None,
) -> bytes:
    """Return a result in another format, no larger than `max_side` pixels. Raise EngineBusy.

    `label` is for its metadata, `language` of the visible label on it, if there is to be one.
    """
    with get_engine().slot():
        picture = decode_image(source, NO_LIMITS)
        picture = shrink_picture(picture, max_side) if max_side else picture
        picture = draw_label(picture, language) if language else picture
        return encode_image(picture, file_format, style=style_id, label=label)


@raise_engine_errors()
def make_exhibit_images(source: Path, style_id: str, label: AigcLabel | None = None) -> ExhibitImages:
    """Return a stored result as the gallery shows it, with the label in its metadata. Raise EngineBusy and BadImage."""
    with get_engine().slot():
        result = decode_image(source, NO_LIMITS, min_side=max(RENDITION_SIZES_PX))
        renditions = {}
        for max_side in RENDITION_SIZES_PX:
            small = shrink_picture(result, max_side)
            data = encode_image(small, "WEBP", style=style_id, label=label, quality=RENDITION_QUALITY)
            renditions[small.width] = EncodedImage(data, EXTENSIONS["WEBP"])
            if small.width == result.width:  # the result is no larger: the next sizes would be the same again
                break
        card = encode(shrink_picture(result, CARD_PX), "JPEG", style_id, label)
        return ExhibitImages(renditions, card, make_blur(result))


def make_blur(picture: Picture) -> str:
    """Return a data URI of a tiny picture, as large as fits into its column, of which noise takes much.

    Return an empty text for a picture with transparency, as the blur would be seen through it.
    """
    if picture.alpha is not None:
        return ""
    for max_side in BLUR_SIZES_PX:
        small = shrink_picture(picture, max_side)
        data = encode_image(small, "WEBP", style=None, quality=BLUR_QUALITY)
        uri = f"data:image/webp;base64,{base64.b64encode(data).decode()}"
        if len(uri) <= MAX_BLUR_LENGTH:
            return uri
    return ""

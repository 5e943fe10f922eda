"""The narrow way from the site to inference: bytes in, bytes out."""

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from gallery.models import FaceMode
from gallery.models.exhibits import MAX_BLUR_LENGTH
from gallery.photos.options import ConversionOptions
from imaging.decode import ImageLimits, Picture, decode_image, read_image_size, shrink_picture
from imaging.encode import EXTENSIONS, encode_image
from imaging.faces import Face, FaceDict, FaceFrame, crop_frame, detect_faces, parse_face
from inference import faces
from inference.runtime import get_engine, get_style_registry
from inference.sizes import estimate_cost
from inference.styles import Style

PREVIEW_PX = 2000  # half of what many cameras make, which is quickly had
THUMBNAIL_PX = 480
PORTRAIT_PX = max(faces.PORTRAIT_SIZES)  # smaller ones are made of it
FACE_DIGITS = 5  # of the places of faces, which are fractions
RENDITION_SIZES_PX = (480, 960, 1920)  # a tile on a phone, a tile on a large screen, a whole screen
RENDITION_QUALITY = 84
CARD_PX = 1200  # what messengers and social sites ask for
BLUR_SIZES_PX, BLUR_QUALITY = (20, 12, 8), 40
# Our own results were within the limits when they were made; a limit lowered since must not lock them in.
NO_LIMITS = ImageLimits(bytes=2**40, pixels=2**40)


@dataclass(frozen=True)
class EncodedImage:
    """The bytes of a picture's file, and its name's extension."""

    data: bytes
    extension: str


@dataclass(frozen=True)
class ConversionResult:
    """One conversion, and how it came about.

    `preview` is the photo as every browser can show it, `cut` the square of it that a portrait shows. Width and height
    are those of the result, `photo_size` has those of the photo. `choice` is what was made, said in full; `faces` are
    those of the photo, or None where nobody looked.
    """

    result: EncodedImage
    thumbnail: EncodedImage
    preview: EncodedImage
    cut: EncodedImage | None
    width: int
    height: int
    photo_size: tuple[int, int]
    choice: ConversionOptions
    faces: list[FaceDict] | None
    seconds: float
    device: str
    engine: str


def get_upload_limits() -> ImageLimits:
    """What an upload may be."""
    return ImageLimits(bytes=settings.UPLOAD_MAX_BYTES, pixels=settings.UPLOAD_MAX_PIXELS)


def _encode(picture: Picture, file_format: str, style: str | None) -> EncodedImage:
    return EncodedImage(encode_image(picture, file_format, style=style), EXTENSIONS[file_format])


def _shrink(picture: Picture, side: int, style: str | None) -> EncodedImage:
    small = shrink_picture(picture, side)
    return _encode(small, "WEBP" if style or small.alpha is not None else "JPEG", style)


def find_faces(source: Path) -> list[FaceDict]:
    """The faces in a stored photo. Raises BadImage and EngineBusy."""
    with get_engine().slot():
        return _look(decode_image(source, NO_LIMITS))


def _look(photo: Picture) -> list[FaceDict]:
    """The faces in a photo, the largest first, ready for JSON; `parse_face` is the way back."""
    found = detect_faces(photo.pixels, settings.WEIGHTS_DIR)[: faces.MAX_FACES]
    return [face.as_dict(FACE_DIGITS) for face in found]


def convert_image(
    source: bytes | Path, choice: ConversionOptions, known: list[FaceDict] | None = None
) -> ConversionResult:
    """Convert a file; `known` are its faces, where somebody has looked for them.

    Raises BadImage and the errors of `Engine.stylize` and `StyleRegistry.get_available`. All that needs memory in
    proportion to the picture happens in one of the engine's places, so that many large uploads at once are worked on
    one after another. `seconds` is from the turn's start to its end.
    """
    style = get_style_registry().get_available(choice.style)
    size = read_image_size(source, get_upload_limits())
    get_engine().session(style)
    with get_engine().slot(_work(size, style, choice, known)):
        started = time.perf_counter()
        photo = decode_image(source, get_upload_limits())
        found = _look(photo) if known is None and choice.faces != FaceMode.OFF else known
        choice = choice.among(len(found or ()))
        made = faces.stylize_faces(
            get_engine(),
            photo.pixels,
            style,
            choice.detail,
            mode=choice.faces,
            faces=_chosen(choice, found),
            portrait_size=PORTRAIT_PX,
        )
        under = photo if made.frame is None else _cut(photo, made.frame)
        result = Picture(made.pixels, under.alpha)
        return ConversionResult(
            result=_encode(result, result.natural_format, choice.style),
            thumbnail=_shrink(result, THUMBNAIL_PX, choice.style),
            preview=_shrink(photo, PREVIEW_PX, None),
            cut=None if made.frame is None else _shrink(under, PORTRAIT_PX, None),
            width=result.width,
            height=result.height,
            photo_size=(photo.width, photo.height),
            choice=choice,
            faces=found,
            seconds=time.perf_counter() - started,
            device=get_engine().backend.device,
            engine=get_engine().backend.name,
        )


def _work(size: tuple[int, int], style: Style, choice: ConversionOptions, known: Sequence[FaceDict] | None) -> float:
    """As `sizes.work`. A face counts as a portrait does; where nobody has looked yet, one is expected."""
    whole = estimate_cost(*size, style, choice.detail)
    count = len(choice.among(1 if known is None else len(known)).chosen or ())
    of_faces = count * estimate_cost(PORTRAIT_PX, PORTRAIT_PX, style, choice.detail)
    return of_faces if count and choice.faces == FaceMode.PORTRAIT else whole + of_faces


def _chosen(choice: ConversionOptions, found: Sequence[FaceDict] | None) -> list[Face]:
    return [parse_face(found[number]) for number in choice.chosen or ()] if found else []


def _cut(photo: Picture, frame: FaceFrame) -> Picture:
    alpha = None if photo.alpha is None else crop_frame(photo.alpha, frame, PORTRAIT_PX)
    return Picture(crop_frame(photo.pixels, frame, PORTRAIT_PX), alpha)


def reencode_result(source: Path, file_format: str, style_id: str, side: int | None = None) -> bytes:
    """A stored result in another format, no larger than `side`. Raises EngineBusy."""
    with get_engine().slot():
        picture = decode_image(source, NO_LIMITS)
        return encode_image(shrink_picture(picture, side) if side else picture, file_format, style=style_id)


@dataclass(frozen=True)
class ExhibitImages:
    """A result made ready for the gallery: WebP by width, the smallest first; a JPEG for previews of links; and
    a data URI of a tiny picture that stands in until one of the others is there, or nothing."""

    renditions: dict[int, EncodedImage]
    card: EncodedImage
    blur: str


def make_exhibit_images(source: Path, style_id: str) -> ExhibitImages:
    """Make a stored result ready for the gallery. Raises EngineBusy and BadImage."""
    with get_engine().slot():
        result = decode_image(source, NO_LIMITS, enough=max(RENDITION_SIZES_PX))
        renditions = {}
        for side in RENDITION_SIZES_PX:
            small = shrink_picture(result, side)
            data = encode_image(small, "WEBP", style=style_id, quality=RENDITION_QUALITY)
            renditions[small.width] = EncodedImage(data, EXTENSIONS["WEBP"])
            if small.width == result.width:
                break
        card = _encode(shrink_picture(result, CARD_PX), "JPEG", style_id)
        return ExhibitImages(renditions, card, make_blur(result))


def make_blur(picture: Picture) -> str:
    """A data URI of a tiny picture, as large as its column has room for, which noise takes much of.

    Empty for a picture with transparency, as it would be seen through it.
    """
    if picture.alpha is not None:
        return ""
    for side in BLUR_SIZES_PX:
        small = shrink_picture(picture, side)
        tiny = encode_image(small, "WEBP", style=None, quality=BLUR_QUALITY)
        address = f"data:image/webp;base64,{base64.b64encode(tiny).decode()}"
        if len(address) <= MAX_BLUR_LENGTH:
            return address
    return ""

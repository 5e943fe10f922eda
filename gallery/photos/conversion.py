"""The narrow way from the site to inference: the bytes of a photo in, the bytes of all that is stored of it out."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings

from gallery.models import FaceMode
from imaging.decode import Picture, decode_image, shrink_picture
from imaging.encode import EXTENSIONS, encode_image
from imaging.faces import Face, FaceFrame, crop_frame, detect_faces, parse_face
from imaging.isolation import ProcessesBusy, TaskCanceled
from imaging.labels import AigcLabel
from imaging.limits import NO_LIMITS, ImageLimits
from imaging.untrusted import decode_untrusted, read_untrusted_size
from inference.errors import ClientDisconnected, EngineBusy, is_out_of_memory
from inference.faces import MAX_FACES, PORTRAIT_SIZES, stylize_faces
from inference.runtime import get_engine, get_style_registry
from inference.scheduler import Requester, current_requester
from inference.sizes import estimate_cost
from inference.styles import Style

logger = logging.getLogger(__name__)

PREVIEW_PX = 2000  # half of what many cameras make, so that a JPEG decodes quickly at this size
THUMBNAIL_PX = 480
PORTRAIT_PX = max(PORTRAIT_SIZES)  # smaller portraits are made from the stored one
RETRY_SECONDS = 30  # after which a machine without memory may have some again
FACE_DIGITS = 5  # decimals of a face's position, which is a fraction of the photo's side


@dataclass(frozen=True)
class ConversionOptions:
    """What to make of a photo. `is_fast`: with the fast variant of the style.

    `face_numbers` are indices into the photo's faces; None: all of them, or for a portrait the first, the largest.
    """

    style: str
    detail: str
    faces: str = FaceMode.OFF
    face_numbers: tuple[int, ...] | None = None
    is_fast: bool = False

    def resolve(self, face_count: int) -> "ConversionOptions":
        """Return the same options for a photo with `face_count` faces, with nothing left implicit.

        Options that give the same result are equal once they are resolved. Without a face the whole picture is
        converted, and a style without a fast variant takes what it has. Raise UnknownStyle.
        """
        is_fast = self.is_fast and get_style_registry().get(self.style).has_fast
        if self.faces == FaceMode.OFF:
            return replace(self, face_numbers=(), is_fast=is_fast)
        every = range(face_count)
        numbers = every if self.face_numbers is None else sorted(set(self.face_numbers) & set(every))
        if self.faces == FaceMode.PORTRAIT:
            numbers = numbers[:1]
        mode = self.faces if numbers else FaceMode.OFF
        return replace(self, faces=mode, face_numbers=tuple(numbers), is_fast=is_fast)

    @property
    def work_fields(self) -> dict[str, str | bool]:
        """The fields of the Work that resolved options make: they tell one work of a photo from another."""
        numbers = " ".join(map(str, self.face_numbers or ()))
        return {
            "style": self.style,
            "is_fast": self.is_fast,
            "detail": self.detail,
            "faces": self.faces,
            "face_numbers": numbers,
        }


@dataclass(frozen=True)
class EncodedImage:
    """The bytes of an image file, and the extension of its name."""

    data: bytes
    extension: str


@dataclass(frozen=True)
class ConversionResult:
    """The files of one conversion, and how it came about.

    `preview` is the photo as every browser can show it, `photo_crop` the square of it that a portrait shows. `width`
    and `height` are those of the result, `photo_size` is (width, height) of the photo. `options` are resolved.
    `faces` are those of the photo, or None where nobody has looked for them.
    """

    result: EncodedImage
    thumbnail: EncodedImage
    preview: EncodedImage
    photo_crop: EncodedImage | None
    width: int
    height: int
    photo_size: tuple[int, int]
    options: ConversionOptions
    faces: Sequence[Face] | None
    seconds: float
    device: str
    engine: str


def get_upload_limits() -> ImageLimits:
    """Return what an uploaded photo may be."""
    return ImageLimits(max_bytes=settings.UPLOAD_MAX_BYTES, max_pixels=settings.UPLOAD_MAX_PIXELS)


@contextmanager
def raise_engine_errors() -> Iterator[None]:
    """Turn what a machine without memory, or a requester who left, make happen into what the engine raises for them."""
    try:
        yield
    except TaskCanceled as error:
        raise ClientDisconnected from error
    except ProcessesBusy as error:
        raise EngineBusy(RETRY_SECONDS) from error
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        logger.error("out of memory: %s", error)
        raise EngineBusy(RETRY_SECONDS) from error


@raise_engine_errors()
def convert_image(
    source: bytes | Path,
    options: ConversionOptions,
    faces: Sequence[Face] | None = None,
    label: AigcLabel | None = None,
) -> ConversionResult:
    """Convert a photo; `faces` are those found in it before, or None to look for them where the options need them.

    `label`: what the files say in their metadata.

    All that needs memory in proportion to the picture happens in one of the engine's slots, so that many large uploads
    at once are worked on one after another. `seconds` counts from the moment the slot is ours.
    Raise BadImage and the errors of `Engine.stylize` and `StyleRegistry.get_available`.
    """
    style = get_style_registry().get_available(options.style).variant(is_fast=options.is_fast)
    is_disconnected = (current_requester.get() or Requester()).is_disconnected
    size = read_untrusted_size(source, get_upload_limits(), should_stop=is_disconnected)
    engine = get_engine()
    engine.load_session(style)  # before the wait: nobody holds a slot while a network is loaded
    with engine.slot(_estimate_cost(size, style, options, faces)):
        started = time.perf_counter()
        photo = decode_untrusted(source, get_upload_limits(), should_stop=is_disconnected)
        if faces is None and options.faces != FaceMode.OFF:
            faces = _detect_faces(photo)
        options = replace(options.resolve(len(faces or ())), is_fast=style.is_fast)
        stylized = stylize_faces(
            engine,
            photo.pixels,
            style,
            options.detail,
            mode=options.faces,
            faces=[faces[number] for number in options.face_numbers or ()] if faces else [],
            portrait_size=PORTRAIT_PX,
        )
        original = photo if stylized.frame is None else _crop(photo, stylized.frame)
        result = Picture(stylized.pixels, original.alpha)
        return ConversionResult(
            result=encode(result, result.natural_format, options.style, label),
            thumbnail=_shrink(result, THUMBNAIL_PX, options.style, label),
            preview=_shrink(photo, PREVIEW_PX, None),
            photo_crop=None if stylized.frame is None else _shrink(original, PORTRAIT_PX, None),
            width=result.width,
            height=result.height,
            photo_size=(photo.width, photo.height),
            options=options,
            faces=faces,
            seconds=time.perf_counter() - started,
            device=engine.backend_for(style).device,
            engine=engine.backend_for(style).name,
        )


@raise_engine_errors()
def make_preview(source: bytes | Path) -> tuple[EncodedImage, tuple[int, int]]:
    """Return a photo as every browser can show it, and its (width, height). Raise BadImage and EngineBusy."""
    is_disconnected = (current_requester.get() or Requester()).is_disconnected
    with get_engine().slot():
        photo = decode_untrusted(source, get_upload_limits(), should_stop=is_disconnected)
        return _shrink(photo, PREVIEW_PX, None), (photo.width, photo.height)


@raise_engine_errors()
def find_faces(source: Path) -> list[Face]:
    """Return the faces in a stored photo, the largest first. Raise BadImage and EngineBusy."""
    with get_engine().slot():
        return _detect_faces(decode_image(source, NO_LIMITS))


def encode(picture: Picture, file_format: str, style_id: str | None, label: AigcLabel | None = None) -> EncodedImage:
    """Return the picture as a file; with a style its metadata say that it was made by AI."""
    return EncodedImage(encode_image(picture, file_format, style=style_id, label=label), EXTENSIONS[file_format])


def _shrink(picture: Picture, max_side: int, style_id: str | None, label: AigcLabel | None = None) -> EncodedImage:
    small = shrink_picture(picture, max_side)
    return encode(small, "WEBP" if style_id or small.alpha is not None else "JPEG", style_id, label)


def _detect_faces(photo: Picture) -> list[Face]:
    """Rounded as they are stored: a conversion with the stored faces then gives the same picture."""
    found = detect_faces(photo.pixels, settings.WEIGHTS_DIR)[:MAX_FACES]
    return [parse_face(face.as_dict(FACE_DIGITS)) for face in found]


def _estimate_cost(
    size: tuple[int, int], style: Style, options: ConversionOptions, faces: Sequence[Face] | None
) -> float:
    """As `sizes.estimate_cost`. A face counts as a portrait does; where nobody has looked yet, one is expected."""
    whole = estimate_cost(*size, style, options.detail)
    count = len(options.resolve(1 if faces is None else len(faces)).face_numbers or ())
    portraits = count * estimate_cost(PORTRAIT_PX, PORTRAIT_PX, style, options.detail)
    return portraits if count and options.faces == FaceMode.PORTRAIT else whole + portraits


def _crop(photo: Picture, frame: FaceFrame) -> Picture:
    alpha = None if photo.alpha is None else crop_frame(photo.alpha, frame, PORTRAIT_PX)
    return Picture(crop_frame(photo.pixels, frame, PORTRAIT_PX), alpha)

"""The narrow way from the site to inference: bytes in, bytes out."""

import hashlib
import time
from dataclasses import dataclass

from django.conf import settings

from inference import images
from inference.runtime import engine, registry

PREVIEW_SIDE = 2048
THUMBNAIL_SIDE = 480


@dataclass(frozen=True)
class Converted:
    """One conversion: encoded result and thumbnail, and how it came about."""

    result: bytes
    extension: str
    thumbnail: bytes
    width: int
    height: int
    seconds: float
    device: str
    engine: str


def limits() -> images.Limits:
    """What an upload may be."""
    return images.Limits(bytes=settings.UPLOAD_MAX_BYTES, pixels=settings.UPLOAD_MAX_PIXELS)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def preview(picture: images.Picture) -> tuple[bytes, str]:
    """(bytes, extension) of the photo as every browser can show it."""
    small = images.shrink(picture, PREVIEW_SIDE)
    file_format = "JPEG" if small.alpha is None else "WEBP"
    return images.encode(small, file_format, style=None), images.EXTENSIONS[file_format]


def convert(picture: images.Picture, style_id: str, detail: str) -> Converted:
    """Raises the errors of `Engine.stylize` and `Registry.get_available`."""
    style = registry().get_available(style_id)
    started = time.perf_counter()
    pixels = engine().stylize(picture.pixels, style, detail)
    seconds = time.perf_counter() - started
    result = images.Picture(pixels, picture.alpha)
    file_format = result.natural_format
    return Converted(
        result=images.encode(result, file_format, style=style_id),
        extension=images.EXTENSIONS[file_format],
        thumbnail=images.encode(images.shrink(result, THUMBNAIL_SIDE), "WEBP", style=style_id),
        width=result.width,
        height=result.height,
        seconds=seconds,
        device=engine().backend.device,
        engine=engine().backend.name,
    )

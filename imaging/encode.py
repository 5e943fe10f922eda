"""Writes results as JPEG, PNG or WebP, marked as made by AI."""

import io
from typing import Any

from PIL import Image

from imaging.decode import Picture
from imaging.labels.aigc import AigcLabel
from imaging.labels.xmp import build_xmp_packet

DEFAULT_QUALITY = 92
CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


def encode_image(
    picture: Picture,
    file_format: str,
    *,
    style: str | None,
    label: AigcLabel | None = None,
    quality: int = DEFAULT_QUALITY,
) -> bytes:
    """Return the bytes of a JPEG (on white), PNG or WEBP file, with no metadata of the photo.

    With the id of a `style`, the file says in XMP that it was made by AI, with which program and style, and has the
    AIGC `label`, if there is one. `quality` is from 0 to 100, and means nothing to a PNG.
    """
    image = Image.fromarray(picture.pixels)
    if picture.alpha is not None:
        alpha = Image.fromarray(picture.alpha)
        if file_format == "JPEG":
            image = Image.composite(image, Image.new("RGB", image.size, "white"), alpha)
        else:
            image.putalpha(alpha)
    buffer = io.BytesIO()
    packet = build_xmp_packet(style, label) if style else None
    image.save(buffer, file_format, **_save_options(file_format, packet, quality))
    return buffer.getvalue()


def _save_options(file_format: str, packet: bytes | None, quality: int) -> dict[str, Any]:
    if file_format == "PNG":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        if packet:
            info.add_itxt("XML:com.adobe.xmp", packet.decode())
        return {"pnginfo": info, "compress_level": 4}
    options: dict[str, Any] = {"quality": quality} | ({"xmp": packet} if packet else {})
    # Full color resolution: thin colored lines are what these pictures are made of.
    return options | ({"subsampling": 0} if file_format == "JPEG" else {"method": 2})

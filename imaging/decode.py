"""Reads pictures, whoever made them; all read with it but the crawler (`crawler.pictures`).

Where it came from a stranger, `imaging.untrusted` has it done in a process of its own.
"""

import io
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, ImageChops, JpegImagePlugin, PngImagePlugin

from imaging import jpeg
from imaging.color.png import is_deep_png, read_deep_png
from imaging.color.stills import convert_to_srgb
from imaging.errors import BadImage
from imaging.files import FileData, map_file
from imaging.formats import IMAGE_FORMATS, explain_refusal, prepare_data
from imaging.limits import ImageLimits
from imaging.orientation import blank_exif, keep_as_stored, read_orientation, turn_upright
from imaging.png import MAX_PROFILE_BYTES
from imaging.resize import resize_to_fit

# Pillow's own guard knows one limit for the whole process and warns below twice of it; ours is checked for
# each picture, in `_open`, before any pixel is read.
Image.MAX_IMAGE_PIXELS = None
# Of a color profile; texts are dropped before Pillow sees them.
PngImagePlugin.MAX_TEXT_CHUNK = MAX_PROFILE_BYTES

MAX_JPEG_SIDE_PX = 65_500


@dataclass(frozen=True)
class Picture:
    """`pixels` uint8 [H,W,3] in sRGB, upright; `alpha` uint8 [H,W] (0 is transparent) or None."""

    pixels: np.ndarray
    alpha: np.ndarray | None = None

    @property
    def height(self) -> int:
        """Return the number of rows."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return int(self.pixels.shape[1])

    def on_white(self) -> np.ndarray:
        """Return uint8 [H,W,3] on white: the color that transparent pixels are stored with is chance."""
        if self.alpha is None:
            return self.pixels
        alpha = self.alpha[..., None].astype(np.uint16)
        return ((self.pixels * alpha + 255 * (255 - alpha)) // 255).astype(np.uint8)

    @property
    def natural_format(self) -> str:
        """Return JPEG, or PNG where transparency must be kept or a side is longer than a JPEG's may be."""
        return "JPEG" if self.alpha is None and max(self.height, self.width) <= MAX_JPEG_SIDE_PX else "PNG"


def _open(source: Path | bytes, limits: ImageLimits) -> tuple[Image.Image, Path | bytes]:
    """Return an image, and what it is read from: the source, or what took its place."""
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size == 0:
        raise BadImage("empty")
    if size > limits.max_bytes:
        raise BadImage("too_many_bytes", limit=limits.max_bytes)
    with map_file(source) as data:
        prepared = prepare_data(data)
        read_from = source if prepared is None else prepared
        try:
            image = _open_with_pillow(read_from, data)
        except Exception as error:  # decoders raise many kinds for hostile files; none of them is worth a traceback
            raise BadImage(explain_refusal(data)) from error
    _check_size(image, limits)
    return image, read_from


def _open_with_pillow(source: Path | bytes, data: FileData) -> Image.Image:
    try:
        image = _open_as_it_is(source)
    except Exception:
        if data[4:8] != b"ftyp":
            raise
        # Of an AVIF, Pillow writes EXIF anew to have one orientation in it; of odd tags it cannot.
        image = _open_as_it_is(blank_exif(data))
    keep_as_stored(image)
    return image


def _open_as_it_is(source: Path | bytes) -> Image.Image:
    return Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=IMAGE_FORMATS)


def _check_size(image: Image.Image, limits: ImageLimits) -> None:
    width, height = image.size
    for reason, size, limit in (
        ("too_many_pixels", width * height, limits.max_pixels),
        ("too_long_side", max(width, height), limits.max_side),
    ):
        if size > limit:
            image.close()
            raise BadImage(reason, limit=limit, width=width, height=height)


def read_image_size(source: Path | bytes, limits: ImageLimits) -> tuple[int, int]:
    """Return (height, width) as stored; no pixels are read.

    Raise BadImage for what `decode_image` would refuse by its size or its first bytes.
    """
    with _open(source, limits)[0] as image:
        return image.height, image.width


def load_image(image: Image.Image, source: Path | bytes) -> Image.Image:
    """Return an image of Pillow with its pixels read; `source` is what it is read from. Raise what Pillow raises."""
    try:
        image.load()
        return image
    except OSError:
        if not isinstance(image, JpegImagePlugin.JpegImageFile):
            raise
        with map_file(source) as data:
            layout = jpeg.read_layout(data)
            if layout.is_complete:
                raise
            return _load_without_end(*jpeg.mark_end(data, layout))


def _load_without_end(marked: bytes, filled: bytes) -> Image.Image:
    """Return a JPEG whose end is not marked, if that is all that it lacks, as of some panoramas. Raise ValueError."""
    image = _open_as_it_is(marked)
    with _open_as_it_is(filled) as other:
        if ImageChops.difference(image, other).getbbox() is not None:
            raise ValueError("data are missing")
    return image


def _is_deep(image: Image.Image) -> bool:
    """Whether a gray picture has more than 8 bits."""
    return image.mode in ("F", "I") or image.mode.startswith("I;16")


def _read_deep_alpha(image: Image.Image, source: Path | bytes) -> np.ndarray | None:
    """Return uint8 [H,W] of transparency where one level, or one color, of 16 bits stands for it; else None.

    It is told by all of its bits: of colors Pillow keeps 8.
    """
    level = image.info.get("transparency")
    if _is_deep(image) and isinstance(level, int):
        return np.where(np.asarray(image) == level, np.uint8(0), np.uint8(255))
    if image.mode == "RGB" and isinstance(level, tuple) and is_deep_png(image, source):
        deep = read_deep_png(source)
        return None if deep is None else np.where((deep[0] == level).all(axis=-1), np.uint8(0), np.uint8(255))
    return None


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Bring 16-bit and floating-point gray to 8 bits by scaling; Pillow's own conversion clips."""
    values = np.asarray(image)
    if image.mode == "F":
        values = np.nan_to_num(values)
        scaled = np.round(values * 255 if values.max(initial=0) <= 1 else values)
    else:
        # Whole numbers all the way: a picture of 50 megapixels would take 400 MB in double precision.
        scaled = (np.clip(values, 0, 65535).astype(np.uint32) + 128) // 257
    return Image.fromarray(np.clip(scaled, 0, 255).astype(np.uint8))


def _split_alpha(image: Image.Image) -> tuple[Image.Image, np.ndarray | None]:
    """Return the picture without transparency, and uint8 [H,W] of it where it may be transparent."""
    if not image.has_transparency_data:
        return image, None
    with_alpha = image if image.mode in ("RGBA", "LA") else image.convert("RGBA")
    alpha = np.asarray(with_alpha.getchannel("A"))
    return with_alpha.convert("L" if with_alpha.mode == "LA" else "RGB"), alpha


def _copy_pixels(image: Image.Image) -> np.ndarray:
    """Return uint8 [H,W,3] of an RGB image, some rows at a time: at once, Pillow would copy a large picture twice."""
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    rows = max(1, 2**18 // image.width)
    for top in range(0, image.height, rows):
        pixels[top : top + rows] = np.asarray(image.crop((0, top, image.width, min(image.height, top + rows))))
    return pixels


def decode_image(source: Path | bytes, limits: ImageLimits | None = None, *, min_side: int | None = None) -> Picture:
    """Return the first frame of a file, upright and in sRGB.

    Where `min_side` pixels of the longer side will do, a JPEG is read at a half, a quarter or an eighth of its size, as
    far as it keeps these: in half the time, and a quarter of the memory.
    Raise BadImage, and nothing else but OSError for a path where there is no file.
    """
    image, read_from = _open(source, limits or ImageLimits())
    try:
        with image:
            if min_side:
                scale = min_side / max(image.size)
                image.draft(None, (ceil(image.width * scale), ceil(image.height * scale)))
            return _convert(load_image(image, read_from), read_from)
    except Exception as error:
        raise BadImage("damaged") from error


def _convert(image: Image.Image, source: Path | bytes) -> Picture:
    orientation, deep_alpha = read_orientation(image), _read_deep_alpha(image, source)
    upright = turn_upright(convert_to_srgb(image, source), orientation)
    if _is_deep(upright):
        upright = _to_8_bit(upright)
    if upright.mode == "P":
        upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    opaque, alpha = _split_alpha(upright)
    if deep_alpha is not None:
        alpha = np.asarray(turn_upright(Image.fromarray(deep_alpha), orientation))
    pixels = _copy_pixels(opaque if opaque.mode == "RGB" else opaque.convert("RGB"))
    return Picture(pixels, None if alpha is None or alpha.min() == 255 else alpha)


def shrink_picture(picture: Picture, max_side: int) -> Picture:
    """Return the picture with its longer side at most `max_side` pixels."""
    alpha = None if picture.alpha is None else resize_to_fit(picture.alpha, max_side)
    return Picture(resize_to_fit(picture.pixels, max_side), alpha)


def read_limited(stream: IO[bytes], limits: ImageLimits) -> bytes:
    """Return all bytes of a stream, but never read many more than the limit. Raise BadImage."""
    data = stream.read(limits.max_bytes + 1)
    if len(data) > limits.max_bytes:
        raise BadImage("too_many_bytes", limit=limits.max_bytes)
    return data

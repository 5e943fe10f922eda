"""Reads pictures that strangers send, safely; all read with it but the crawler (`crawler.pictures`)."""

import io
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import IO

import numpy as np
import pillow_heif
from PIL import ExifTags, Image

from imaging.color.stills import convert_to_srgb
from imaging.errors import BadImage
from imaging.resize import resize_to_fit

pillow_heif.register_heif_opener()
# Pillow's own guard knows one limit for the whole process and warns below twice of it; ours is checked for
# each picture, in `_open`, before any pixel is read.
Image.MAX_IMAGE_PIXELS = None

IMAGE_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "HEIF", "AVIF")
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif")
MAX_JPEG_SIDE_PX = 65_500
TRANSPOSITIONS = {  # that bring a picture with EXIF's orientation upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class ImageLimits:
    """What is refused before pixels are read."""

    max_bytes: int = 25 * 2**20
    max_pixels: int = 50 * 10**6


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


def _open(source: Path | bytes, limits: ImageLimits) -> Image.Image:
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size == 0:
        raise BadImage("empty")
    if size > limits.max_bytes:
        raise BadImage("too_many_bytes", limit=limits.max_bytes)
    try:
        image = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=IMAGE_FORMATS)
    except Exception as error:  # decoders raise many kinds for hostile files; none of them is worth a traceback
        raise BadImage("not_a_picture") from error
    if image.width * image.height > limits.max_pixels:
        image.close()
        raise BadImage("too_many_pixels", limit=limits.max_pixels, width=image.width, height=image.height)
    return image


def read_image_size(source: Path | bytes, limits: ImageLimits) -> tuple[int, int]:
    """Return (height, width) as stored; no pixels are read.

    Raise BadImage for what `decode_image` would refuse by its size or its first bytes.
    """
    with _open(source, limits) as image:
        return image.height, image.width


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Bring 16-bit and floating-point gray to 8 bits by scaling; Pillow's own conversion clips."""
    if image.mode == "F":
        values = np.nan_to_num(np.asarray(image))
        scaled = np.round(values * 255 if values.max(initial=0) <= 1 else values)
    else:
        # Whole numbers all the way: a picture of 50 megapixels would take 400 MB in double precision.
        scaled = (np.clip(np.asarray(image), 0, 65535).astype(np.uint32) + 128) // 257
    return Image.fromarray(np.clip(scaled, 0, 255).astype(np.uint8))


def _split_alpha(image: Image.Image) -> tuple[Image.Image, np.ndarray | None]:
    """Return the picture without transparency, and uint8 [H,W] of it where anything is transparent."""
    if not image.has_transparency_data:
        return image, None
    with_alpha = image if image.mode in ("RGBA", "LA") else image.convert("RGBA")
    alpha = np.asarray(with_alpha.getchannel("A"))
    opaque = with_alpha.convert("L" if with_alpha.mode == "LA" else "RGB")
    return opaque, None if alpha.min() == 255 else alpha


def read_exif_orientation(image: Image.Image) -> int:
    """Return EXIF's orientation, 1 (upright) to 8; from 5 on the picture lies on its side. 1 if it cannot be read."""
    try:
        orientation = int(image.getexif().get(ExifTags.Base.Orientation, 1))
        return orientation if 1 <= orientation <= 8 else 1
    except Exception:  # a good photo with bad EXIF; Pillow raises many kinds
        return 1


def apply_exif_orientation(image: Image.Image) -> Image.Image:
    """Return the image upright: itself where it is so already, or where its EXIF cannot be read."""
    return turn_upright(image, read_exif_orientation(image))


def turn_upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return the image turned by EXIF's orientation alone: itself where it is upright already."""
    transposition = TRANSPOSITIONS.get(orientation)
    return image if transposition is None else image.transpose(transposition)


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
    image = _open(source, limits or ImageLimits())
    try:
        with image:
            if min_side:
                scale = min_side / max(image.size)
                image.draft(None, (ceil(image.width * scale), ceil(image.height * scale)))
            image.load()
            orientation = read_exif_orientation(image)
            upright = turn_upright(convert_to_srgb(image, source), orientation)
            if upright.mode in ("F", "I") or upright.mode.startswith("I;16"):
                upright = _to_8_bit(upright)
            if upright.mode == "P":
                upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
            opaque, alpha = _split_alpha(upright)
            return Picture(_copy_pixels(opaque if opaque.mode == "RGB" else opaque.convert("RGB")), alpha)
    except Exception as error:
        raise BadImage("damaged") from error


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

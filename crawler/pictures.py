"""Reads a picture to its end, at the least cost: whether it is whole, how large it is, and how it looks."""

import io
import threading
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from crawler.http.errors import FetchError
from imaging.hashing import perceptual_hash


class Unusable(FetchError):
    """What came is no picture that can be kept; it would be the same another time."""


class Kind(NamedTuple):
    """A kind of file, told by its first bytes; `cost`: bytes of memory a pixel while it is unpacked."""

    magic: bytes
    format: str
    suffix: str
    cost: float


KINDS = (
    Kind(b"\xff\xd8\xff", "JPEG", ".jpg", 0.5),
    Kind(b"\x89PNG", "PNG", ".png", 5),
    Kind(b"RIFF", "WEBP", ".webp", 16),
    Kind(b"BM", "BMP", ".bmp", 5),
)
PROGRESSIVE = 6.0  # its coefficients are all held until the last of them has come
MOST_PIXELS = 30 * 10**6
MOST_UNPACKED = 80 * 10**6  # bytes
LOOKED_AT = 128  # a side of this many pixels is enough for the hash
EXIF_ORIENTATION, ON_ITS_SIDE = 0x0112, (5, 6, 7, 8)
# Pictures are unpacked one at a time: many large ones at once would take much memory and no less time.
_UNPACKING = threading.Lock()


@dataclass(frozen=True)
class Look:
    """Width and height are those of the picture held upright."""

    suffix: str
    width: int
    height: int
    perceptual_hash: int


def look(data: bytes) -> Look:
    """Raises Unusable for what is no picture, or not a whole one, or too large."""
    kind = next((kind for kind in KINDS if data.startswith(kind.magic)), None)
    if kind is None:
        raise Unusable("not_a_picture")
    try:
        image = Image.open(io.BytesIO(data), formats=(kind.format,))
    except Exception as error:  # decoders raise many kinds for hostile files
        raise Unusable("not_a_picture") from error
    with image:
        width, height = image.size
        cost = PROGRESSIVE if "progressive" in image.info else kind.cost
        if width * height > min(MOST_PIXELS, MOST_UNPACKED / cost):
            raise Unusable("too_many_pixels", f"{width} x {height}")
        try:
            with _UNPACKING:
                grey, is_turned = _grey(image)
        except Exception as error:
            raise Unusable("damaged") from error
    return Look(kind.suffix, *((height, width) if is_turned else (width, height)), perceptual_hash(grey))


def _grey(image: Image.Image) -> tuple[np.ndarray, bool]:
    """The picture in grey and upright, small if it comes so; whether its file has it lying on its side.

    A JPEG can be unpacked at a fraction of its size. All of it is read for that too, so what is missing is noticed.
    """
    image.draft("L", (LOOKED_AT, LOOKED_AT))
    image.load()
    if image.mode.startswith("I"):  # 16 bits, which Pillow would clip to 8
        return (np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8), False
    try:
        is_turned = image.getexif().get(EXIF_ORIENTATION) in ON_ITS_SIDE
        upright = ImageOps.exif_transpose(image)
    except Exception:  # a good photo with EXIF that cannot be read; Pillow raises many kinds
        is_turned, upright = False, image
    return np.asarray(upright.convert("L")), is_turned

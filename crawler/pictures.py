"""Read a picture to its end, at the least cost: is it whole, how large is it, and how does it look.

Not `imaging.decode`, by design: thousands of downloads are checked by several threads, and all that is kept of the
pixels is a hash. A JPEG is unpacked at a fraction of its size, and memory is bounded by each format's real cost.
"""

import hashlib
import io
import threading
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from crawler.http.errors import FetchError
from imaging.decode import load_image
from imaging.errors import BadImage
from imaging.formats import prepare_data
from imaging.hashing import perceptual_hash
from imaging.isolation import TaskFailed, TaskLimits, TaskResult
from imaging.orientation import read_orientation, turn_upright
from imaging.process_pool import PROCESSES


class InvalidPicture(FetchError):
    """What came is no picture that can be kept; it would be the same another time."""


class PictureFormat(NamedTuple):
    """A file format, recognized by its first bytes; `bytes_per_pixel` of memory while it is unpacked."""

    magic: bytes
    name: str
    suffix: str
    bytes_per_pixel: float


PICTURE_FORMATS = (
    PictureFormat(b"\xff\xd8\xff", "JPEG", ".jpg", 0.5),
    PictureFormat(b"\x89PNG", "PNG", ".png", 5),
    PictureFormat(b"RIFF", "WEBP", ".webp", 16),
    PictureFormat(b"BM", "BMP", ".bmp", 5),
)
PROGRESSIVE_BYTES_PER_PIXEL = 6.0  # all coefficients of a progressive JPEG are held until the last of them has come
MAX_PIXELS = 30 * 10**6
MAX_UNPACKED_BYTES = 80 * 10**6
HASHED_SIDE_PX = 128  # enough for the hash
LIMITS = TaskLimits(cpu_seconds=10.0, memory_bytes=2 * 2**30)
_UNPACKING = threading.Lock()


@dataclass(frozen=True)
class VerifiedPicture:
    """A whole picture; width and height in pixels are those of the picture held upright."""

    suffix: str
    bytes: int
    width: int
    height: int
    sha256: str
    perceptual_hash: int


def verify_picture(data: bytes, *, min_side_px: int = 1) -> VerifiedPicture:
    """Return the facts of a picture that was read to its end, in a process of its own.

    Raise InvalidPicture with the reason `not_a_picture`, `damaged`, `too_complex`, `too_many_pixels` or `too_small`.
    """
    options = {
        "min_side_px": min_side_px,
        "max_pixels": MAX_PIXELS,
        "max_unpacked_bytes": MAX_UNPACKED_BYTES,
    }
    try:
        # Pictures are unpacked one at a time: many large ones at once would take much memory and no less time.
        with _UNPACKING:
            facts = PROCESSES.run(f"{__name__}:inspect_task", data, options, LIMITS).facts
    except TaskFailed as error:
        raise InvalidPicture("damaged" if error.reason == "crashed" else "too_complex") from error
    if reason := facts.get("reason"):
        raise InvalidPicture(reason, facts["detail"])
    return VerifiedPicture(bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), **facts)


def inspect_task(data: bytes, options: dict[str, Any]) -> TaskResult:
    """Return what the other process finds in a picture, or why it is invalid."""
    try:
        return TaskResult(_inspect(data, **options))
    except InvalidPicture as error:
        return TaskResult({"reason": error.reason, "detail": error.detail})


def _inspect(data: bytes, min_side_px: int, max_pixels: int, max_unpacked_bytes: int) -> dict[str, Any]:
    file_format = next((known for known in PICTURE_FORMATS if data.startswith(known.magic)), None)
    if file_format is None:
        raise InvalidPicture("not_a_picture")
    try:
        image = Image.open(io.BytesIO(prepare_data(data) or data), formats=(file_format.name,))
    except BadImage as error:
        raise InvalidPicture("too_complex" if error.reason == "too_complex" else "not_a_picture") from error
    except Exception as error:  # decoders raise many kinds for hostile files
        raise InvalidPicture("not_a_picture") from error
    with image:
        width, height = image.size
        cost = PROGRESSIVE_BYTES_PER_PIXEL if "progressive" in image.info else file_format.bytes_per_pixel
        if width * height > min(max_pixels, max_unpacked_bytes / cost):
            raise InvalidPicture("too_many_pixels", f"{width} x {height}")
        try:
            gray, is_sideways = _unpack_gray(image, data)
        except Exception as error:
            raise InvalidPicture("damaged") from error
    if min(width, height) < min_side_px:
        raise InvalidPicture("too_small", f"{width} x {height}")
    if is_sideways:
        width, height = height, width
    return {
        "suffix": file_format.suffix,
        "width": width,
        "height": height,
        "perceptual_hash": perceptual_hash(gray),
    }


def _unpack_gray(image: Image.Image, data: bytes) -> tuple[np.ndarray, bool]:
    """Uint8 [H,W], upright and as small as the file can give it; and whether the file has it lying on its side.

    A JPEG can be unpacked at a fraction of its size. All of it is read for that too, so what is missing is noticed.
    """
    image.draft("L", (HASHED_SIDE_PX, HASHED_SIDE_PX))
    image = load_image(image, data)
    if image.mode.startswith("I"):  # 16 bits, which Pillow would clip to 8
        return (np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8), False
    orientation = read_orientation(image)
    return np.asarray(turn_upright(image, orientation).convert("L")), orientation >= 5

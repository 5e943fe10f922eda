"""What is no picture, or one that means harm, is refused with a reason and at little cost."""

import random
import re
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imaging.decode import Picture, decode_image, read_image_size, read_limited
from imaging.errors import BAD_IMAGE_TEXTS, BadImage
from imaging.limits import ImageLimits
from tests.inference.material import PEAK, file_of, photo, run_python

pytestmark = pytest.mark.no_database

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "HEIF", "AVIF")


def _reason(source: Path | bytes, limits: ImageLimits | None = None) -> str:
    with pytest.raises(BadImage) as caught:
        decode_image(source, limits)
    return caught.value.reason


@pytest.mark.parametrize("keep", [0.4, 0.9])
@pytest.mark.parametrize("file_format", FORMATS)
def test_a_file_that_broke_off_is_damaged(file_format: str, keep: float) -> None:
    data = file_of(photo(80, 90), file_format)
    # Of these two, nothing at all can be told before the whole file is there.
    expected = {"not_a_picture", "damaged"} if file_format in ("WEBP", "AVIF") else {"damaged"}
    assert _reason(data[: int(len(data) * keep)]) in expected


def test_a_damaged_file_is_damaged_from_a_path_too(tmp_path: Path) -> None:
    path = tmp_path / "half.jpg"
    path.write_bytes(file_of(photo(80, 90), "JPEG")[:1500])
    assert _reason(path) == "damaged"


OTHERS = {
    "text": b"This is a letter, not a photo.\n" * 9,
    "page": b"<!DOCTYPE html><html><body><img src=x onerror=alert(1)></body></html>",
    "drawing": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "zeros": bytes(5000),
    "one byte": b"\xff",
    "Photoshop": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 9, 9, 8, 3) + bytes(500),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n",
    "PDF": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "archive": b"PK\3\4" + bytes(100),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_picture_is_refused_whatever_its_name(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(OTHERS[kind])
    assert _reason(path) == _reason(OTHERS[kind]) == "not_a_picture"


@pytest.mark.parametrize("file_format", ["GIF", "ICO", "PPM", "TGA", "PCX", "JPEG2000", "PDF", "ICNS", "SGI"])
def test_a_picture_of_a_kind_that_nobody_photographs_in_is_refused(file_format: str) -> None:
    assert _reason(file_of(photo(32, 32), file_format)) == "not_a_picture"


def test_an_empty_file_is_told_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    assert _reason(tmp_path / "empty.png") == _reason(b"") == "empty"


def test_the_limits_are_the_largest_that_are_allowed() -> None:
    data = file_of(photo(20, 30), "PNG")
    assert decode_image(data, ImageLimits(max_bytes=len(data), max_pixels=600)).width == 30
    assert _reason(data, ImageLimits(max_bytes=len(data) - 1)) == "too_many_bytes"
    assert _reason(data, ImageLimits(max_pixels=599)) == "too_many_pixels"


def test_a_check_refuses_what_needs_no_look_at_the_pixels() -> None:
    photo_file = file_of(photo(80, 90), "JPEG")
    read_image_size(photo_file, ImageLimits())
    read_image_size(photo_file[:1500], ImageLimits())  # that it broke off is seen by who reads it to its end
    for data, limits in (
        (b"", ImageLimits()),
        (b"text", ImageLimits()),
        (photo_file, ImageLimits(max_pixels=99)),
        (photo_file, ImageLimits(9)),
    ):
        with pytest.raises(BadImage) as caught:
            read_image_size(data, limits)
        assert caught.value.reason == _reason(data, limits)


def test_a_stream_is_read_to_the_limit_and_not_beyond() -> None:
    stream = BytesIO(bytes(10_000))
    assert len(read_limited(BytesIO(bytes(100)), ImageLimits(max_bytes=100))) == 100
    with pytest.raises(BadImage, match="too_many_bytes"):
        read_limited(stream, ImageLimits(max_bytes=100))
    assert stream.tell() <= 101


def _png(width: int, height: int, content: bytes) -> bytes:
    """A PNG of gray pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packed = zlib.compress(content, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def _changed(file_format: str, pattern: bytes, size: bytes, **options: object) -> bytes:
    """A small picture with another size in its header: the bytes after `pattern` are changed."""
    data, count = re.subn(
        b"(?s)(" + pattern + b")" + b"." * len(size),
        lambda match: match[1] + size,
        file_of(photo(64, 64), file_format, **options),
    )
    assert count > 0
    return data


def _tiff() -> bytes:
    width = _changed("TIFF", rb"\x00\x01[\x03\x04]\x00\x01\x00\x00\x00", struct.pack("<I", 60_000))
    return re.sub(rb"(?s)(\x01\x01[\x03\x04]\x00\x01\x00\x00\x00)....", rb"\1" + struct.pack("<I", 60_000), width)


BOMBS: dict[str, Callable[[], bytes]] = {
    "png of 60 megapixels": lambda: _png(10_000, 6_000, bytes(10_001 * 6_000)),
    "png": lambda: _png(2**31 - 1, 2**31 - 1, bytes(100)),
    "jpeg": lambda: _changed("JPEG", rb"\xff\xc0\x00.\x08", struct.pack(">HH", 65_500, 65_500)),
    "tiff": _tiff,
    "bmp": lambda: _changed("BMP", rb"^BM.{16}", struct.pack("<ii", 2**31 - 1, 2**31 - 1)),
    "webp": lambda: _changed("WEBP", rb"VP8L....\x2f", struct.pack("<I", 2**28 - 1), lossless=True),
    "avif": lambda: _changed("AVIF", rb"ispe\0\0\0\0", struct.pack(">II", 60_000, 60_000)),
    "heif": lambda: _changed("HEIF", rb"ispe\0\0\0\0", struct.pack(">II", 30_000, 30_000)),
}


@pytest.fixture(scope="module")
def bombs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bombs")
    for name, make in BOMBS.items():
        (folder / name).write_bytes(make())
    return {name: folder / name for name in BOMBS}


@pytest.mark.parametrize("name", BOMBS)
def test_a_picture_that_is_too_large_is_refused(bombs: dict[str, Path], name: str) -> None:
    # libavif looks into the picture itself, finds that its header lies, and tells no size.
    assert bombs[name].stat().st_size < 500_000
    assert _reason(bombs[name]) == ("not_a_picture" if name == "avif" else "too_many_pixels")


DECODE_ALL = (
    PEAK
    + """
import sys
from pathlib import Path
from imaging.decode import decode_image
from imaging.errors import BadImage
idle = peak_bytes()
for name in sys.argv[1:]:
    try:
        decode_image(Path(name))
    except BadImage:
        print(name)
print((peak_bytes() - idle) // 2**20)
"""
)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to read the peak of memory from")
def test_a_picture_that_is_too_large_is_refused_before_its_pixels_are_read(bombs: dict[str, Path]) -> None:
    done = run_python("-c", DECODE_ALL, *bombs.values())
    *refused, megabytes = done.stdout.splitlines()
    assert refused == [str(path) for path in bombs.values()], done.stderr
    assert int(megabytes) < 30, "a single one of them has 60 megabytes of pixels and more"


KINDS = {
    "JPEG": ("RGB", "L", "CMYK"),
    "PNG": ("RGB", "RGBA", "P", "L", "LA", "I;16"),
    "WEBP": ("RGB", "RGBA"),
    "BMP": ("RGB", "RGBA", "P", "1"),
    "TIFF": ("RGB", "RGBA", "P", "I;16", "CMYK", "LAB"),
    "HEIF": ("RGB", "RGBA"),
    "AVIF": ("RGB", "RGBA"),
}


def _damaged(data: bytes, rng: random.Random) -> bytes:
    """Cut, or with bytes that are others, or both; headers are hit more often than chance would."""
    content = bytearray(data)
    for _ in range(rng.choice([0, 1, 2, 8, 40])):
        reach = rng.choice([len(content), min(200, len(content))])
        content[rng.randrange(reach)] = rng.randrange(256)
    return bytes(content[: rng.randrange(1, len(content) + 1)] if rng.random() < 0.4 else content)


def _is_sound(picture: Picture) -> bool:
    alpha_fits = picture.alpha is None or picture.alpha.shape == picture.pixels.shape[:2]
    return picture.pixels.dtype == np.uint8 and picture.pixels.shape[2:] == (3,) and alpha_fits


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("file_format", "mode"), [(name, mode) for name in KINDS for mode in KINDS[name]])
def test_a_damaged_file_is_a_picture_or_a_reason(file_format: str, mode: str) -> None:
    pixels, exif = photo(24, 32), Image.Exif()
    deep = Image.fromarray(pixels[..., 0].astype(np.uint16) * 257)
    image = deep if mode == "I;16" else Image.fromarray(pixels).convert(mode)
    exif[0x0112], exif[0x010E] = 6, "a description"
    data = file_of(image, file_format, exif=exif)
    rng = random.Random(f"{file_format} {mode}")
    for turn in range(50):
        damaged = _damaged(data, rng)
        try:
            assert _is_sound(decode_image(damaged, ImageLimits(max_pixels=10**6)))
        except BadImage as error:
            assert error.reason in BAD_IMAGE_TEXTS
        except Exception as error:
            pytest.fail(f"turn {turn} of this format: {error!r} from {damaged!r}")

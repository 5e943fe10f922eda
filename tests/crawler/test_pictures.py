"""Pictures are read to their end before they are kept, at little cost."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from crawler import pictures
from crawler.pictures import InvalidPicture, verify_picture
from imaging.hashing import hamming_distance, perceptual_hash
from tests.crawler.fake_vcg import FakeVcg, PictureSlot

pytestmark = pytest.mark.no_database
PHOTO = FakeVcg(per_page=9).picture(PictureSlot("明星", 1, 1, 1))
UPRIGHT, TURNED = 0x0112, {1: 0, 6: 90, 3: 180, 8: 270}


def encode(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(PHOTO)) as picture:
        picture.convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def hash_full_size(data: bytes) -> int:
    with Image.open(io.BytesIO(data)) as picture:
        return perceptual_hash(np.asarray(picture.convert("RGB")))


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (PHOTO, ".jpg"),
        (encode("JPEG", progressive=True), ".jpg"),
        (encode("JPEG", "L"), ".jpg"),
        (encode("JPEG", "CMYK"), ".jpg"),
        (encode("PNG"), ".png"),
        (encode("PNG", "P"), ".png"),
        (encode("PNG", "RGBA"), ".png"),
        (encode("PNG", "LA"), ".png"),
        (encode("WEBP", quality=90), ".webp"),
        (encode("BMP"), ".bmp"),
    ],
)
def test_every_kind_that_is_kept_is_known_by_its_bytes_and_looks_the_same(data: bytes, suffix: str) -> None:
    seen = verify_picture(data)
    with Image.open(io.BytesIO(PHOTO)) as picture:
        assert (seen.suffix, seen.width, seen.height) == (suffix, *picture.size)
    # A JPEG is unpacked at a fraction of its size, which moves few of the bits, and fewer than make another picture.
    assert hamming_distance(seen.perceptual_hash, hash_full_size(PHOTO)) <= 4


def test_sixteen_bits_of_gray_are_not_clipped() -> None:
    with Image.open(io.BytesIO(PHOTO)) as picture:
        gray = np.asarray(picture.convert("L"))
    buffer = io.BytesIO()
    Image.fromarray(gray.astype(np.uint16) * 257).save(buffer, "PNG")
    assert hamming_distance(verify_picture(buffer.getvalue()).perceptual_hash, hash_full_size(PHOTO)) <= 2


@pytest.mark.parametrize("orientation", TURNED)
def test_a_photo_is_looked_at_upright(orientation: int) -> None:
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[UPRIGHT] = orientation
    with Image.open(io.BytesIO(PHOTO)) as picture:
        width, height = picture.size
        picture.rotate(TURNED[orientation], expand=True).save(buffer, "JPEG", quality=95, exif=exif)
    seen = verify_picture(buffer.getvalue())
    assert (seen.width, seen.height) == (width, height)
    assert hamming_distance(seen.perceptual_hash, hash_full_size(PHOTO)) <= 4


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not_a_picture"),
        (b"<html>", "not_a_picture"),
        (b"GIF89a", "not_a_picture"),
        (b"%PDF-1.7", "not_a_picture"),
        (b"\xff\xd8\xff<html>not a picture", "not_a_picture"),
        (b"RIFF\0\0\0\0WAVEfmt ", "not_a_picture"),
        (b"BM" + bytes(100), "not_a_picture"),
        (PHOTO[: len(PHOTO) // 2], "damaged"),
        (PHOTO[:-600], "damaged"),
        (encode("JPEG", progressive=True)[:-600], "damaged"),
        (encode("PNG")[:-600], "damaged"),
        (encode("WEBP")[:-600], "not_a_picture"),
        (encode("BMP")[:-600], "damaged"),
    ],
)
def test_what_is_no_whole_picture_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidPicture, match=reason):
        verify_picture(data)


@pytest.mark.parametrize(
    ("kind", "options", "pixels", "is_read"),
    [
        ("JPEG", {}, 1_000_000, True),
        ("JPEG", {"progressive": True}, 1_000_000, True),
        ("JPEG", {"progressive": True}, 2_000_000, False),
        ("PNG", {"compress_level": 1}, 1_000_000, True),
        ("PNG", {"compress_level": 1}, 2_000_000, False),
        ("JPEG", {}, 4_000_000, False),
    ],
)
def test_a_picture_that_would_take_much_memory_is_not_unpacked(
    kind: str, options: dict[str, Any], pixels: int, is_read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", 3_000_000)
    monkeypatch.setattr(pictures, "MAX_UNPACKED_BYTES", 7_500_000)
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((1000, pixels // 1000)).convert("RGB").save(buffer, kind, **options)
    if is_read:
        assert verify_picture(buffer.getvalue()).height == pixels // 1000
    else:
        with pytest.raises(InvalidPicture, match="too_many_pixels"):
            verify_picture(buffer.getvalue())


def test_the_shorter_side_has_to_be_long_enough() -> None:
    shorter = min(Image.open(io.BytesIO(PHOTO)).size)
    assert verify_picture(PHOTO, min_side_px=shorter).bytes == len(PHOTO)
    with pytest.raises(InvalidPicture, match="too_small"):
        verify_picture(PHOTO, min_side_px=shorter + 1)

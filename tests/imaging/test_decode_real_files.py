"""What cameras, telephones and editors really write is read as browsers show it, or refused by its name."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin, TiffImagePlugin

from imaging.decode import decode_image, read_image_size
from imaging.errors import BadImage, describe_bad_image
from imaging.limits import ImageLimits
from tests.inference.material import apart, file_of, photo
from tests.needs import SHARED

pytestmark = pytest.mark.no_database

CASES = SHARED / "cases"
UPRIGHT = photo(48, 80)


def _reason(data: bytes, limits: ImageLimits | None = None) -> str:
    with pytest.raises(BadImage) as caught:
        decode_image(data, limits)
    return caught.value.reason


def _entry(tag: int, kind: int, count: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}HHI", tag, kind, count) + value.ljust(4, b"\0")


def _exif(*entries: bytes, order: str = "<") -> bytes:
    """EXIF with these tags and, at its end, eight bytes that they may point to (at 512)."""
    directory = struct.pack(f"{order}H", len(entries)) + b"".join(entries) + bytes(4)
    head = b"II*\0\x08\0\0\0" if order == "<" else b"MM\0*\0\0\0\x08"
    return b"Exif\0\0" + (head + directory).ljust(512, b"\0") + struct.pack(f"{order}iI", -7, 1)


SIDEWAYS = _entry(0x0112, 3, 1, b"\x06\0")
ODD_TAGS = {
    "a negative fraction where there may be none": _entry(0x011A, 10, 1, struct.pack("<I", 512)),
    "a text where a fraction should be": _entry(0x011A, 2, 4, b"72\0\0"),
    "a type that does not exist": _entry(0x0132, 99, 1, b"\1\2\3\4"),
    "a value far beyond the end": _entry(0x010F, 2, 900, struct.pack("<I", 10**6)),
    "a directory that is none": _entry(0x8769, 4, 1, struct.pack("<I", 2**31)),
    "a billion numbers": _entry(0x9000, 3, 10**9, struct.pack("<I", 512)),
}


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("odd", ODD_TAGS)
def test_a_picture_with_an_odd_tag_is_turned_upright(file_format: str, odd: str) -> None:
    exif = _exif(ODD_TAGS[odd], SIDEWAYS)
    stored = Image.fromarray(UPRIGHT).transpose(Image.Transpose.ROTATE_90)
    picture = decode_image(file_of(stored, file_format, exif=exif))
    assert apart(picture.pixels, UPRIGHT).mean() < 5


def test_a_tiff_with_an_odd_tag_is_turned_upright() -> None:
    stored = Image.fromarray(UPRIGHT).transpose(Image.Transpose.ROTATE_90)
    data = file_of(stored, "TIFF", tiffinfo={0x0112: 6, 0x0132: "2026"})
    odd = data.replace(struct.pack("<HH", 0x0132, 2), struct.pack("<HH", 0x0132, 99))
    assert odd != data
    assert apart(decode_image(odd).pixels, UPRIGHT).max() == 0


def test_an_avif_with_an_odd_tag_is_turned_upright() -> None:
    stored, exif = Image.fromarray(UPRIGHT).transpose(Image.Transpose.ROTATE_90), Image.Exif()
    exif[0x0112], exif[0x011A] = 6, TiffImagePlugin.IFDRational(2**32 - 7, 1)
    data = file_of(stored, "AVIF", exif=exif.tobytes())
    odd = data.replace(struct.pack("<HH", 0x011A, 5), struct.pack("<HH", 0x011A, 10))
    odd = odd.replace(struct.pack(">HH", 0x011A, 5), struct.pack(">HH", 0x011A, 2))
    assert odd != data
    assert apart(decode_image(odd).pixels, UPRIGHT).mean() < 5


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_of_exif_are_read(order: str) -> None:
    stored = Image.fromarray(UPRIGHT).transpose(Image.Transpose.ROTATE_90)
    exif = _exif(_entry(0x0112, 3, 1, struct.pack(f"{order}H", 6), order), order=order)
    assert apart(decode_image(file_of(stored, "JPEG", exif=exif)).pixels, UPRIGHT).mean() < 5


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' + (
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP", "TIFF"])
def test_an_orientation_in_xmp_turns_nothing(file_format: str) -> None:
    options = {"tiffinfo": {700: XMP}} if file_format == "TIFF" else {"xmp": XMP}
    data = file_of(UPRIGHT, file_format, **options)
    assert b"tiff:Orientation" in data
    assert apart(decode_image(data).pixels, UPRIGHT).mean() < 5


# --- PNG ------------------------------------------------------------------------------------------------


def _chunk(kind: bytes, body: bytes, *, is_sound: bool = True) -> bytes:
    crc = zlib.crc32(kind + body) ^ (0 if is_sound else 1)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)


def _with_chunk(chunk: bytes, data: bytes | None = None) -> bytes:
    """A PNG with a chunk right after its header."""
    data = data or file_of(UPRIGHT, "PNG")
    return data[:33] + chunk + data[33:]


@pytest.mark.parametrize("kind", [b"tEXt", b"pHYs", b"tIME", b"gAMA", b"iCCP", b"eXIf", b"sRGB", b"prVt"])
def test_a_side_chunk_of_a_png_that_is_damaged_is_ignored(kind: bytes) -> None:
    data = _with_chunk(_chunk(kind, b"\0\1\2\3\4", is_sound=False))
    assert apart(decode_image(data).pixels, UPRIGHT).max() == 0


@pytest.mark.parametrize("kind", ["iTXt", "zTXt", "tEXt"])
def test_a_png_with_a_long_text_is_read(kind: str) -> None:
    info = PngImagePlugin.PngInfo()
    text = "a prompt that grew " * 200_000
    if kind == "iTXt":
        info.add_itxt("prompt", text, zip=True)
    else:
        info.add_text("prompt", text, zip=kind == "zTXt")
    assert apart(decode_image(file_of(UPRIGHT, "PNG", pnginfo=info)).pixels, UPRIGHT).max() == 0


def test_a_profile_of_a_megabyte_and_more_is_used() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    long = struct.pack(">I", 3 * 2**20) + profile[4:].ljust(3 * 2**20 - 4, b"\0")
    data = _with_chunk(_chunk(b"iCCP", b"press\0\0" + zlib.compress(long)))
    assert apart(decode_image(data).pixels, UPRIGHT).max() <= 1


def test_a_profile_that_unpacks_without_end_is_ignored() -> None:
    data = _with_chunk(_chunk(b"iCCP", b"bomb\0\0" + zlib.compress(bytes(64 * 2**20))))
    assert len(data) < 200_000
    assert apart(decode_image(data).pixels, UPRIGHT).max() == 0


def test_a_png_of_nothing_but_small_chunks_is_refused() -> None:
    assert _reason(_with_chunk(_chunk(b"tEXt", b"a\0b") * 150_000)) == "too_complex"


def test_damage_to_what_a_png_cannot_do_without_is_damage() -> None:
    data = bytearray(file_of(UPRIGHT, "PNG"))
    data[20] ^= 1  # in the header
    assert _reason(bytes(data)) in ("not_a_picture", "damaged")


def test_one_gray_of_sixteen_bits_stands_for_transparency() -> None:
    gray = np.linspace(0, 65535, 80 * 48).round().astype(np.uint16).reshape(48, 80)
    level = int(gray[7, 9])
    image = Image.fromarray(gray)
    picture = decode_image(_with_chunk(_chunk(b"tRNS", struct.pack(">H", level)), file_of(image, "PNG")))
    assert picture.alpha is not None
    assert np.argwhere(picture.alpha == 0).tolist() == [[7, 9]]
    assert apart(picture.pixels[..., 0], np.round(gray / 257)).max() == 0


# --- JPEG -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 30}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("trailer", [b"", b"\0" * 100, b"\0\0SEFH\xff\x01\x00\xffQ" * 9])
def test_a_jpeg_that_lacks_its_last_marker_alone_is_whole(options: dict[str, object], trailer: bytes) -> None:
    data = file_of(UPRIGHT, "JPEG", **options)
    assert data.endswith(b"\xff\xd9")
    open_ended = decode_image(data[:-2] + trailer)
    assert np.array_equal(open_ended.pixels, decode_image(data).pixels)


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_jpeg_that_lacks_more_is_damaged(options: dict[str, object]) -> None:
    data = file_of(UPRIGHT, "JPEG", quality=95, **options)
    for cut in (10, 40, len(data) // 3):
        assert _reason(data[:-cut]) == "damaged"


def test_a_jpeg_of_many_scans_is_refused_before_it_is_unpacked() -> None:
    data = file_of(UPRIGHT, "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    scan = data[last:-2]
    assert _reason(data[:-2] + scan * 900 + data[-2:]) == "too_complex"
    with pytest.raises(BadImage, match="too_complex"):
        read_image_size(data[:-2] + scan * 900 + data[-2:], ImageLimits())


@pytest.mark.parametrize(("offset", "value"), [(1, 0xC3), (4, 12)])
def test_a_jpeg_of_an_uncommon_kind_is_named(offset: int, value: int) -> None:
    data = bytearray(file_of(UPRIGHT, "JPEG"))
    data[data.index(b"\xff\xc0") + offset] = value
    assert _reason(bytes(data)) == "jpeg_unsupported"


# --- TIFF and raw files ---------------------------------------------------------------------------------


def _tiff_of(*pages: np.ndarray, marks: tuple[int | None, ...]) -> bytes:
    """A TIFF of several pages, each with a subfile type, or without."""
    images = [Image.fromarray(page) for page in pages]
    for image, mark in zip(images, marks, strict=True):
        image.encoderinfo = {} if mark is None else {"tiffinfo": {254: mark}}
    first = {} if marks[0] is None else {"tiffinfo": {254: marks[0]}}
    return file_of(images[0], "TIFF", save_all=True, append_images=images[1:], **first)


@pytest.mark.parametrize("mark", [1, None])
def test_of_a_tiff_that_begins_with_its_thumbnail_the_picture_is_read(mark: int | None) -> None:
    whole, small = photo(240, 320), photo(60, 80)
    data = _tiff_of(small, whole, marks=(mark, 0))
    assert np.array_equal(decode_image(data).pixels, whole)
    assert read_image_size(data, ImageLimits()) == (240, 320)


def test_of_a_tiff_of_several_pages_the_first_is_read() -> None:
    small, whole = photo(60, 50), photo(240, 320)
    assert np.array_equal(decode_image(_tiff_of(small, whole, marks=(0, 0))).pixels, small)


def _with_subdirectory(data: bytes) -> bytes:
    """A TIFF of two pages, of which the second lies below the first, as Adobe has it."""
    first = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, first)[0]
    end = first + 2 + 12 * count
    second = struct.unpack_from("<I", data, end)[0]
    entries = [data[at : at + 12] for at in range(first + 2, end, 12)]
    entries.append(_entry(330, 4, 1, struct.pack("<I", second)))
    directory = struct.pack("<H", count + 1) + b"".join(sorted(entries)) + bytes(4)
    return data[:4] + struct.pack("<I", len(data)) + data[8:] + directory


def test_a_picture_below_its_thumbnail_is_found() -> None:
    whole, small = photo(240, 320), photo(60, 80)
    assert np.array_equal(decode_image(_with_subdirectory(_tiff_of(small, whole, marks=(1, 0)))).pixels, whole)


def _retagged(data: bytes, tag: int, value: int) -> bytes:
    """A TIFF of which a short number of the first directory is another."""
    at = data.index(struct.pack("<HHI", tag, 3, 1))
    return data[: at + 8] + struct.pack("<H", value) + data[at + 10 :]


RAW_FILES: dict[str, Callable[[], bytes]] = {
    "DNG": lambda: file_of(photo(60, 80), "TIFF", tiffinfo={50706: b"\1\4\0\0", 254: 1}),
    "NEF, of which the sensor lies below the thumbnail": lambda: _with_subdirectory(
        _tiff_of(photo(60, 80), photo(240, 320), marks=(1, 0)).replace(
            struct.pack("<HHIHH", 262, 3, 1, 2, 0), struct.pack("<HHIHH", 262, 3, 1, 32803, 0)
        )
    ),
    "ARW": lambda: _retagged(file_of(photo(60, 80), "TIFF"), 259, 32767),
    "CR2": lambda: b"II*\0\x10\0\0\0CR\2\0" + bytes(600),
    "CR3": lambda: b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(600),
    "RAF": lambda: b"FUJIFILMCCD-RAW 0201FF" + bytes(600),
    "RW2": lambda: b"IIU\0\x18\0\0\0" + bytes(600),
    "ORF": lambda: b"IIRO\x08\0\0\0" + bytes(600),
}


@pytest.mark.parametrize("kind", RAW_FILES)
def test_a_raw_file_of_a_camera_is_named_and_not_taken_for_its_thumbnail(kind: str) -> None:
    assert _reason(RAW_FILES[kind]()) == "camera_raw"
    assert "raw file" in describe_bad_image("camera_raw", ImageLimits())


def test_a_tiff_of_floating_point_colors_is_named() -> None:
    data = file_of(photo(20, 20), "TIFF", tiffinfo={339: (3, 3, 3)})
    assert _reason(data) == "tiff_float"


def test_a_tiff_of_deep_lab_colors_is_named() -> None:
    data = file_of(Image.fromarray(photo(20, 20)).convert("LAB"), "TIFF")
    deep = data.replace(struct.pack("<3H", 8, 8, 8), struct.pack("<3H", 16, 16, 16))
    assert deep != data
    assert _reason(deep) == "tiff_lab16"


def test_another_tiff_that_cannot_be_read_is_called_a_tiff() -> None:
    data = _retagged(file_of(photo(20, 20), "TIFF"), 262, 999)
    assert _reason(data) == "tiff_unsupported"


@pytest.mark.parametrize("tag", [273, 279, 65000])
def test_a_tiff_of_millions_of_numbers_is_refused_before_they_are_read(tag: int) -> None:
    data = file_of(photo(20, 20), "TIFF", tiffinfo={65000: 7})
    at = next(data.index(struct.pack("<HH", tag, kind)) for kind in (3, 4) if struct.pack("<HH", tag, kind) in data)
    count = struct.pack("<HHI", tag, 4, 5_000_000) + struct.pack("<I", len(data))
    with pytest.raises(BadImage, match="too_complex"):
        read_image_size(data[:at] + count + data[at + 12 :] + bytes(20_000_000), ImageLimits())


# --- Sizes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(8160, 6144), (8192, 6144), (8192, 6146)])
def test_what_telephones_call_fifty_megapixels_is_taken(width: int, height: int) -> None:
    head = file_of(Image.new("L", (16, 16)), "PNG")
    size = struct.pack(">II", width, height)
    header = b"IHDR" + size + head[24:29]
    data = head[:12] + header + struct.pack(">I", zlib.crc32(header)) + head[33:]
    assert read_image_size(data, ImageLimits()) == (height, width)


def test_a_line_of_pixels_is_refused_with_its_numbers() -> None:
    data = file_of(Image.new("1", (50_000, 1)), "PNG")
    with pytest.raises(BadImage) as caught:
        read_image_size(data, ImageLimits())
    assert caught.value.reason == "too_long_side"
    text = describe_bad_image(caught.value.reason, ImageLimits(), caught.value.details)
    assert text == "This picture has 50000 × 1 pixels. The limit for a side is 40000 pixels."


def test_a_picture_of_too_many_pixels_is_refused_with_its_numbers() -> None:
    details = {"width": 9248, "height": 6944}
    assert describe_bad_image("too_many_pixels", ImageLimits(), details) == (
        "This picture has 64.22 megapixels (9248 × 6944). The limit is 51 megapixels."
    )


# --- Files that people sent -----------------------------------------------------------------------------

SHOWN = (  # and how large browsers show them
    ("exif-odd-tag-lies-on-side/gps_alt_neg_srational.jpg", (240, 320)),
    ("exif-odd-tag-lies-on-side/xres_ascii.jpg", (240, 320)),
    ("training-one-odd-exif-stops-all/side.jpg", (240, 320)),
    ("xmp-orientation-turns/xmp6_noexif.jpg", (320, 240)),
    ("jpeg-without-eoi/jpg_no_eoi.jpg", (240, 320)),
    ("png-bad-crc-in-side-chunk/png_text_bad_crc.png", (240, 320)),
    ("png-large-text-or-profile/png_itxt_over_1MB.png", (240, 320)),
    ("raw-becomes-its-thumbnail/thumbnail_first.tif", (240, 320)),
    ("phone-50-megapixels/pixel8pro_8160x6144.jpg", (6144, 8160)),
)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "size"), SHOWN)
def test_a_file_of_a_person_is_read_as_a_browser_shows_it(name: str, size: tuple[int, int]) -> None:
    path = CASES / name
    picture = decode_image(path)
    assert (picture.height, picture.width) == size
    if (expected := path.with_name("expected.png")).exists():
        assert apart(picture.pixels, np.asarray(Image.open(expected).convert("RGB"))).mean() < 3


@pytest.mark.shared
def test_a_file_of_a_person_that_cannot_be_read_is_named() -> None:
    refused: dict[str, Path] = {
        "camera_raw": CASES / "raw-becomes-its-thumbnail" / "raw_like.dng",
        "tiff_float": CASES / "tiff-float-or-lab16" / "float_rgb.tif",
    }
    assert {reason: _reason(path.read_bytes()) for reason, path in refused.items()} == {name: name for name in refused}


@pytest.mark.shared
def test_transparency_and_gray_of_sixteen_bits_are_those_of_the_file() -> None:
    assert decode_image(CASES / "training-grey16-is-white" / "grey16.png").pixels.mean() == pytest.approx(
        147.8, abs=0.1
    )
    picture = decode_image(CASES / "png-grey16-transparent-colour" / "png_gray16_trns.png")
    assert picture.alpha is not None
    assert (picture.alpha == 0).sum() == 11155

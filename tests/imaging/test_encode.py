"""What is written says that it was made by AI, and nothing about the photo."""

import json
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from imaging.decode import Picture, decode_image, shrink_picture
from imaging.encode import EXTENSIONS, encode_image
from imaging.labels.xmp import DIGITAL_SOURCE_TYPE
from imaging.limits import NO_LIMITS
from inference.engine import Engine
from inference.styles import Style
from tests.inference.material import apart, file_of, photo
from tests.inference.profiles import DISPLAY_P3, rgb_profile
from tests.needs import need_program

pytestmark = pytest.mark.no_database

FORMATS = ("JPEG", "PNG", "WEBP")
SECRET = "Mia was here"
XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- {SECRET} --></x:xmpmeta>'.encode()


def _exiftool(data: bytes, folder: Path, file_format: str) -> dict[str, Any]:
    """All that exiftool finds, by "Group:Name"."""
    path = folder / f"result.{EXTENSIONS[file_format]}"
    path.write_bytes(data)
    command = [need_program("exiftool"), "-j", "-n", "-G", "-a", "-u", path]
    done = subprocess.run(command, capture_output=True, check=True)
    return json.loads(done.stdout)[0]


def _xmp(data: bytes) -> str:
    """The packet of XMP in a file's bytes."""
    return data[data.index(b"<x:xmpmeta") : data.index(b"</x:xmpmeta>") + 12].decode()


def _telling_photo(file_format: str) -> bytes:
    """A photo with its place, its owner's words and a profile."""
    exif = Image.Exif()
    exif[0x010E], exif[0x010F], exif[0x0112] = SECRET, "Cameras & Sons", 6
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    options: dict[str, Any] = {"exif": exif.tobytes(), "icc_profile": rgb_profile(DISPLAY_P3, SECRET)}
    if file_format == "PNG":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_text("Comment", SECRET)
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", XMP.decode())
    else:
        options["xmp"] = XMP
    if file_format == "JPEG":
        options["comment"] = SECRET.encode()
    return file_of(photo(48, 64), file_format, **options)


@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
def test_nothing_of_the_photos_description_survives(engine: Engine, ink: Style, source: str, tmp_path: Path) -> None:
    telling = _telling_photo(source)
    assert _exiftool(telling, tmp_path, "JPEG").get("EXIF:GPSLatitude") == pytest.approx(52.52)
    result = Picture(engine.stylize(decode_image(telling).pixels, ink))
    for file_format in FORMATS:
        data = encode_image(result, file_format, style=ink.id)
        found = _exiftool(data, tmp_path, file_format)
        groups = {name.split(":")[0] for name in found}
        assert groups <= {"SourceFile", "ExifTool", "File", "JFIF", "PNG", "RIFF", "XMP", "Composite"}
        assert not [name for name in found for word in ("GPS", "Profile", "Comment", "Orientation") if word in name]
        assert SECRET.encode() not in data
        with Image.open(tmp_path / f"result.{EXTENSIONS[file_format]}") as image:
            assert not image.getexif()
            assert "icc_profile" not in image.info


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("transparent", [False, True])
def test_a_result_says_that_it_was_made_by_ai_and_with_what(
    file_format: str, transparent: bool, tmp_path: Path
) -> None:
    alpha = np.full((20, 30), 99, np.uint8) if transparent else None
    found = _exiftool(encode_image(Picture(photo(20, 30), alpha), file_format, style="comic"), tmp_path, file_format)
    assert found["XMP:DigitalSourceType"] == DIGITAL_SOURCE_TYPE
    assert found["XMP:CreatorTool"] == "AnimeGAN Studio, style comic"
    assert not [name for name in found if "Warning" in name or "Error" in name]


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_picture_that_no_style_made_says_nothing(file_format: str, tmp_path: Path) -> None:
    found = _exiftool(encode_image(Picture(photo(20, 30)), file_format, style=None), tmp_path, file_format)
    assert not [name for name in found if name.startswith("XMP")]


NAMES = {
    "a \"b\" 'c'": "a \"b\" 'c'",
    "<b>&amp;</b>": "<b>&amp;</b>",
    "]]> --> ?>": "]]> --> ?>",
    "漫画 émile 🎨": "漫画 émile 🎨",
    "line\nbell\a\udce9": "line?bell??",
}


@pytest.mark.parametrize("name", NAMES, ids=map(ascii, NAMES))
@pytest.mark.parametrize("file_format", FORMATS)
def test_any_name_of_a_style_leaves_the_description_well_formed(file_format: str, name: str) -> None:
    packet = ElementTree.fromstring(_xmp(encode_image(Picture(photo(8, 8)), file_format, style=name)))
    (described,) = packet.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")
    assert described.get("{http://ns.adobe.com/xap/1.0/}CreatorTool") == f"AnimeGAN Studio, style {NAMES[name]}"


@pytest.mark.parametrize(("file_format", "most"), [("PNG", 0), ("JPEG", 3), ("WEBP", 6)])
def test_the_pixels_come_back(file_format: str, most: float) -> None:
    picture = Picture(photo(61, 47))
    back = decode_image(encode_image(picture, file_format, style="comic"))
    assert back.alpha is None
    assert apart(back.pixels, picture.pixels).mean() <= most


def test_thin_lines_in_a_jpeg_keep_their_color() -> None:
    pixels = np.full((32, 32, 3), 255, np.uint8)
    pixels[:, 13] = (220, 0, 0)
    assert (
        apart(decode_image(encode_image(Picture(pixels), "JPEG", style=None)).pixels[:, 13], pixels[:, 13]).max() < 40
    )


@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
def test_transparency_is_kept(file_format: str) -> None:
    alpha = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (16, 1))
    back = decode_image(encode_image(Picture(photo(16, 32), alpha), file_format, style="comic"))
    assert back.alpha is not None
    assert np.array_equal(back.alpha, alpha)


def test_under_a_transparent_picture_a_jpeg_is_white() -> None:
    alpha = np.zeros((32, 32), np.uint8)
    alpha[:, 16:] = 255
    back = decode_image(encode_image(Picture(np.zeros((32, 32, 3), np.uint8), alpha), "JPEG", style="comic"))
    assert back.alpha is None
    assert back.pixels[:, :8].min() > 250
    assert back.pixels[:, 24:].max() < 5


def test_half_transparent_black_is_gray_in_a_jpeg() -> None:
    half = Picture(np.zeros((16, 16, 3), np.uint8), np.full((16, 16), 128, np.uint8))
    assert apart(decode_image(encode_image(half, "JPEG", style=None)).pixels, np.full((16, 16, 3), 127)).max() <= 2


@pytest.mark.parametrize(("width", "expected"), [(65_500, "JPEG"), (65_501, "PNG")])
def test_a_picture_is_stored_in_a_format_that_takes_its_length(width: int, expected: str) -> None:
    picture = Picture(np.zeros((1, width, 3), np.uint8))
    assert picture.natural_format == expected
    data = encode_image(picture, picture.natural_format, style="comic")
    assert decode_image(data, NO_LIMITS).width == width


@pytest.mark.parametrize(
    ("size", "shrunk"),
    [((300, 400), (90, 120)), ((400, 300), (120, 90)), ((50, 60), (50, 60)), ((1, 5000), (1, 120)), ((1, 1), (1, 1))],
)
def test_a_picture_is_shrunk_to_its_longer_side_and_never_enlarged(
    size: tuple[int, int], shrunk: tuple[int, int]
) -> None:
    alpha = np.full(size, 40, np.uint8)
    small = shrink_picture(Picture(photo(*size), alpha), 120)
    assert small.alpha is not None
    assert (small.pixels.shape, small.alpha.shape) == ((*shrunk, 3), shrunk)
    assert np.all(small.alpha == 40)

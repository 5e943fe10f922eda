"""Every kind of picture that people send comes out upright, in eight bits, with its transparency."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from imaging.decode import Picture, decode_image
from tests.inference.material import apart, file_of, photo

pytestmark = pytest.mark.no_database

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "HEIF", "AVIF")
LOSSLESS = ("PNG", "BMP", "TIFF")


def _ramp() -> np.ndarray:
    """uint16 [16,16] from black to white."""
    return np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)


def _colors(picture: Picture) -> set[tuple[int, ...]]:
    return {tuple(map(int, color)) for color in picture.pixels.reshape(-1, 3)}


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_photo_of_every_format_is_read(file_format: str) -> None:
    original = photo(61, 83)
    picture = decode_image(file_of(original, file_format))
    assert (picture.height, picture.width) == (61, 83)
    assert picture.pixels.dtype == np.uint8
    assert picture.alpha is None
    assert picture.natural_format == "JPEG"
    assert apart(picture.pixels, original).mean() <= (0 if file_format in LOSSLESS else 6)


def test_a_file_is_read_as_its_bytes_are(tmp_path: Path) -> None:
    path = tmp_path / "really.a.jpg"
    path.write_bytes(file_of(photo(20, 30), "PNG"))
    assert np.array_equal(decode_image(path).pixels, decode_image(path.read_bytes()).pixels)


@pytest.mark.parametrize("options", [{"progressive": True}, {"subsampling": 0}, {"optimize": True, "quality": 40}])
def test_kinds_of_jpeg_are_read(options: dict[str, object]) -> None:
    assert apart(decode_image(file_of(photo(40, 40), "JPEG", **options)).pixels, photo(40, 40)).mean() < 12


def test_of_a_jpeg_with_several_pictures_the_first_is_read() -> None:
    several = file_of(photo(40, 40), "MPO", save_all=True, append_images=[Image.new("RGB", (80, 80))])
    assert apart(decode_image(several).pixels, photo(40, 40)).mean() < 8


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
def test_kinds_of_tiff_are_read(compression: str) -> None:
    picture = decode_image(file_of(photo(40, 40), "TIFF", compression=compression))
    assert apart(picture.pixels, photo(40, 40)).mean() < (12 if compression == "jpeg" else 0.01)


# How a camera that was held so stores an upright picture: EXIF's eight orientations.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
@pytest.mark.parametrize("orientation", STORED)
def test_a_picture_is_turned_upright(file_format: str, orientation: int) -> None:
    upright = np.zeros((48, 80, 3), np.uint8)
    upright[:24, :40], upright[:24, 40:], upright[24:, :40] = (200, 30, 30), (30, 200, 30), (30, 30, 200)
    image, turn, exif = Image.fromarray(upright), STORED[orientation], Image.Exif()
    exif[0x0112] = orientation
    image = image if turn is None else image.transpose(turn)
    # For pillow-heif, bytes of EXIF are turned into HEIF's own orientation, the one that counts there.
    stored = file_of(image, file_format, exif=exif if file_format == "TIFF" else exif.tobytes())
    assert apart(decode_image(stored).pixels, upright).mean() < 4


def test_transparency_is_turned_with_the_picture() -> None:
    image, exif = Image.new("RGBA", (4, 2), (9, 9, 9, 255)), Image.Exif()
    image.putpixel((0, 0), (9, 9, 9, 0))
    exif[0x0112] = 6
    picture = decode_image(file_of(image, "PNG", exif=exif))
    assert picture.alpha is not None
    assert np.argwhere(picture.alpha == 0).tolist() == [[0, 1]]


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
def test_cmyk_is_read_in_its_colors(file_format: str) -> None:
    # Pillow writes CMYK into a JPEG as Adobe's programs do: inverted, with Adobe's marker.
    data = file_of(Image.fromarray(photo(40, 40)).convert("CMYK"), file_format, quality=98)
    assert file_format != "JPEG" or b"Adobe" in data
    assert apart(decode_image(data).pixels, photo(40, 40)).mean() < 4


@pytest.mark.parametrize("file_format", FORMATS)
def test_gray_becomes_gray_in_three_channels(file_format: str) -> None:
    gray = photo(40, 40)[..., 0]
    picture = decode_image(file_of(gray, file_format))
    assert picture.alpha is None
    assert apart(picture.pixels, np.dstack([gray] * 3)).mean() < 6


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bits_of_gray_are_scaled(suffix: str) -> None:
    data = cv2.imencode(suffix, _ramp())[1].tobytes()
    assert apart(decode_image(data).pixels[..., 0], np.round(_ramp() / 257)).max() == 0


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [3, 4])
def test_sixteen_bits_of_color_are_scaled(suffix: str, channels: int) -> None:
    deep = np.dstack([_ramp(), _ramp().T, _ramp()[::-1], _ramp()])[..., :channels]
    picture = decode_image(cv2.imencode(suffix, deep)[1].tobytes())
    assert apart(picture.pixels[..., ::-1], deep[..., :3] / 257).max() < 1
    if channels == 4:
        assert picture.alpha is not None
        assert apart(picture.alpha, deep[..., 3] / 257).max() < 1
    else:
        assert picture.alpha is None


@pytest.mark.parametrize("most", [1.0, 255.0])
def test_a_tiff_of_floating_point_numbers_is_scaled(most: float) -> None:
    values = np.linspace(0, most, 256, dtype=np.float32).reshape(16, 16)
    assert apart(decode_image(file_of(values, "TIFF")).pixels[..., 1], np.arange(256).reshape(16, 16)).max() <= 1


@pytest.mark.filterwarnings("error")
def test_what_is_no_number_in_a_tiff_is_black() -> None:
    values = np.array([[np.nan, 0.5, 1.0, -1.0]], np.float32)
    assert decode_image(file_of(values, "TIFF")).pixels[0, :, 0].tolist() == [0, 128, 255, 0]


def test_whole_numbers_of_32_bits_are_read_as_16() -> None:
    assert decode_image(file_of(_ramp().astype(np.int32), "TIFF")).pixels[-1, -1].tolist() == [255, 255, 255]


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "BMP"])
def test_one_bit_is_black_and_white(file_format: str) -> None:
    image = Image.new("1", (9, 5), 1)
    image.putpixel((3, 2), 0)
    picture = decode_image(file_of(image, file_format))
    assert np.argwhere(picture.pixels[..., 0] == 0).tolist() == [[2, 3]]
    assert _colors(picture) == {(0, 0, 0), (255, 255, 255)}


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF"])
def test_a_palette_gives_its_colors(file_format: str) -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([10, 20, 30, 250, 120, 60])
    image.putpixel((0, 0), 0)
    picture = decode_image(file_of(image, file_format))
    assert _colors(picture) == {(10, 20, 30), (250, 120, 60)}
    assert picture.alpha is None


@pytest.mark.parametrize("transparency", [0, bytes([0, 255]), bytes([90, 255])])
def test_a_palette_keeps_its_transparency(transparency: int | bytes) -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([10, 20, 30, 250, 120, 60])
    image.putpixel((5, 2), 0)
    picture = decode_image(file_of(image, "PNG", transparency=transparency))
    assert picture.alpha is not None
    assert np.argwhere(picture.alpha < 255).tolist() == [[2, 5]]
    assert picture.alpha[2, 5] == (90 if transparency == bytes([90, 255]) else 0)
    assert picture.natural_format == "PNG"


@pytest.mark.parametrize(
    ("file_format", "mode"),
    [*((name, "RGBA") for name in ("PNG", "WEBP", "TIFF", "HEIF", "AVIF")), ("PNG", "LA"), ("TIFF", "LA")],
)
def test_transparency_is_kept(file_format: str, mode: str) -> None:
    image = Image.fromarray(photo(32, 32)).convert(mode)
    image.putalpha(Image.linear_gradient("L").resize((32, 32)))
    picture = decode_image(file_of(image, file_format))
    assert picture.alpha is not None
    assert apart(picture.alpha, np.asarray(image.getchannel("A"))).max() < 6
    assert apart(picture.pixels, np.asarray(image.convert("RGB")))[16:].mean() < 12


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "HEIF", "AVIF"])
def test_transparency_that_is_nowhere_is_dropped(file_format: str) -> None:
    picture = decode_image(file_of(Image.fromarray(photo(32, 32)).convert("RGBA"), file_format))
    assert picture.alpha is None


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_single_color_that_stands_for_transparency_is_kept(mode: str) -> None:
    image = Image.new(mode, (4, 4), "white")
    image.putpixel((1, 0), 7 if mode == "L" else (7, 8, 9))
    picture = decode_image(file_of(image, "PNG", transparency=7 if mode == "L" else (7, 8, 9)))
    assert picture.alpha is not None
    assert np.argwhere(picture.alpha == 0).tolist() == [[0, 1]]


@pytest.mark.parametrize("file_format", ["WEBP", "PNG", "AVIF", "TIFF"])
def test_of_an_animation_the_first_frame_is_read(file_format: str) -> None:
    frames = [Image.new("RGB", (32, 24), color) for color in ("red", "lime", "blue")]
    picture = decode_image(file_of(frames[0], file_format, save_all=True, append_images=frames[1:]))
    assert apart(picture.pixels, np.asarray(frames[0])).max() < 8


@pytest.mark.parametrize(
    ("size", "read"), [((3000, 4000), (1500, 2000)), ((900, 1500), (900, 1500)), ((8000, 60), (2000, 15))]
)
def test_a_jpeg_of_which_less_is_enough_is_read_at_a_part_of_its_size(
    size: tuple[int, int], read: tuple[int, int]
) -> None:
    original = photo(*size)
    small = decode_image(file_of(original, "JPEG"), min_side=1920).pixels
    assert small.shape[:2] == read
    assert apart(small, cv2.resize(original, read[::-1], interpolation=cv2.INTER_AREA)).mean() < 2

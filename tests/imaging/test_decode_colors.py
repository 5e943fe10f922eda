"""Color profiles: what a photo's numbers mean."""

import struct

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from imaging.decode import decode_image
from tests.imaging.colors import HLG, as_8_bits, chart, encoded, iccp, light_of, png, srgb_of
from tests.imaging.colors import SRGB as SRGB_CURVE
from tests.inference.material import apart, file_of
from tests.inference.profiles import (
    DISPLAY_P3,
    EXCHANGED,
    SRGB,
    gray_profile,
    lookup_profile,
    rgb_profile,
    seen_in_srgb,
)

pytestmark = pytest.mark.no_database

BRICK = (200, 100, 90)
LINEAR_PROFILE = rgb_profile(SRGB, gamma=1.0)
WITH_PROFILES = ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF")


def _wall(mode: str = "RGB") -> Image.Image:
    return Image.new("RGB", (32, 32), BRICK).convert(mode)


def _first(data: bytes) -> np.ndarray:
    return decode_image(data).pixels[16, 16]


@pytest.mark.parametrize("file_format", WITH_PROFILES)
def test_the_colors_of_a_telephone_are_brought_to_srgb(file_format: str) -> None:
    options = {} if file_format in ("PNG", "TIFF") else {"quality": 95}
    data = file_of(_wall(), file_format, icc_profile=rgb_profile(DISPLAY_P3, "Display P3"), **options)
    expected = seen_in_srgb(BRICK, DISPLAY_P3)
    assert apart(expected, np.array(BRICK)).max() > 10, "the profile says nothing, so this test proves nothing"
    assert apart(_first(data), expected).max() <= 4


def test_red_may_turn_out_to_be_green() -> None:
    data = file_of(Image.new("RGB", (8, 8), "red"), "PNG", icc_profile=rgb_profile(EXCHANGED))
    red, green, blue = decode_image(data).pixels[4, 4]
    assert green > 245
    assert max(red, blue) < 25


def test_transparency_is_kept_beside_a_profile() -> None:
    image = _wall("RGBA")
    image.putpixel((3, 1), (*BRICK, 40))
    picture = decode_image(file_of(image, "PNG", icc_profile=rgb_profile(DISPLAY_P3)))
    assert picture.alpha is not None
    assert np.argwhere(picture.alpha < 255).tolist() == [[1, 3]]
    assert apart(picture.pixels[16, 16], seen_in_srgb(BRICK, DISPLAY_P3)).max() <= 3


def test_a_profile_speaks_of_the_colors_of_a_palette() -> None:
    data = file_of(_wall().quantize(4), "PNG", icc_profile=rgb_profile(DISPLAY_P3))
    assert apart(_first(data), seen_in_srgb(BRICK, DISPLAY_P3)).max() <= 3


def test_srgb_is_left_as_it_is() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert tuple(_first(file_of(_wall(), "PNG", icc_profile=profile))) == BRICK


@pytest.mark.parametrize(
    "profile",
    [
        b"nonsense",
        bytes(200),
        rgb_profile(DISPLAY_P3)[:150],
        rgb_profile(DISPLAY_P3)[:-40],
        rgb_profile(DISPLAY_P3).replace(b"acsp", b"pcsa"),
        rgb_profile(DISPLAY_P3).replace(b"rXYZ", b"qXYZ"),
    ],
    ids=["text", "zeros", "broken off in the table", "broken off at the end", "no profile", "without red"],
)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_a_broken_profile_is_ignored(profile: bytes, file_format: str) -> None:
    assert apart(_first(file_of(_wall(), file_format, icc_profile=profile)), np.array(BRICK)).max() <= 8


@pytest.mark.parametrize("name", ["sRGB built-in", "sRGB IEC61966-2.1", "GIMP built-in Linear sRGB"])
@pytest.mark.parametrize("file_format", WITH_PROFILES)
def test_a_profile_is_what_it_does_not_what_it_is_called(name: str, file_format: str) -> None:
    options = {} if file_format in ("PNG", "TIFF") else {"quality": 95}
    linear = file_of(_wall(), file_format, icc_profile=rgb_profile(SRGB, name, gamma=1.0), **options)
    assert apart(_first(linear), 255 * srgb_of(np.array(BRICK) / 255)).max() <= 4
    wide = file_of(_wall(), file_format, icc_profile=rgb_profile(DISPLAY_P3, name), **options)
    assert apart(_first(wide), seen_in_srgb(BRICK, DISPLAY_P3)).max() <= 4


def _table(values: np.ndarray) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(f">I{len(values)}H", len(values), *(values * 65535).round().astype(int))


def _parametric(kind: int, *numbers: float) -> bytes:
    return b"para\0\0\0\0" + struct.pack(f">HH{len(numbers)}i", kind, 0, *(round(n * 65536) for n in numbers))


SRGB_PARAMETERS = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
SRGB_CURVES = {
    "a table": _table(light_of(np.linspace(0, 255, 4096))),
    "parameters": _parametric(3, *SRGB_PARAMETERS),
    "more parameters": _parametric(4, *SRGB_PARAMETERS, 0, 0),
}


@pytest.mark.parametrize("curve", SRGB_CURVES.values(), ids=SRGB_CURVES.keys())
def test_srgb_under_another_name_is_left_as_it_is(curve: bytes) -> None:
    profile = rgb_profile(SRGB, "Something else", curve=curve)
    pixels = chart()
    assert np.array_equal(decode_image(file_of(pixels, "PNG", icc_profile=profile)).pixels, pixels)
    assert np.array_equal(decode_image(png(pixels.astype(np.uint16) * 257, iccp(profile))).pixels, pixels)


@pytest.mark.parametrize("curve", [*SRGB_CURVES.values(), _parametric(0, 2.2), _parametric(1, 2.2, 1.0, 0.0)], ids=str)
def test_16_bits_and_8_become_the_same_under_a_profile(curve: bytes) -> None:
    profile = rgb_profile(DISPLAY_P3, curve=curve)
    eight = decode_image(png(chart(), iccp(profile))).pixels
    sixteen = decode_image(png(chart().astype(np.uint16) * 257, iccp(profile))).pixels
    assert apart(eight, sixteen).max() <= 2
    assert apart(eight, chart()).mean() > 2


def test_a_profile_of_a_lookup_table_is_applied() -> None:
    inverted = lookup_profile(np.array([1.0, 0.0]))
    pixels = decode_image(file_of(Image.new("RGB", (8, 8), "white"), "PNG", icc_profile=inverted)).pixels
    assert pixels.max() < 20


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_gray_has_a_profile_too(file_format: str) -> None:
    options = {"quality": 100} if file_format in ("JPEG", "WEBP") else {}
    profile = rgb_profile(SRGB, gamma=1.0) if file_format == "WEBP" else gray_profile(1.0)  # WebP has no gray
    data = file_of(Image.new("L", (32, 32), 55), file_format, icc_profile=profile, **options)
    assert apart(_first(data), np.full(3, 255 * srgb_of(np.array(55 / 255)))).max() <= 2


def test_gray_under_a_profile_of_colors_has_its_curve_as_in_browsers() -> None:
    for mode in ("L", "LA"):
        data = file_of(Image.new(mode, (32, 32), 55 if mode == "L" else (55, 99)), "PNG", icc_profile=LINEAR_PROFILE)
        assert apart(_first(data), np.full(3, 255 * srgb_of(np.array(55 / 255)))).max() <= 1


def test_gray_and_transparency_are_kept_under_a_profile() -> None:
    picture = decode_image(file_of(Image.new("LA", (8, 8), (55, 99)), "PNG", icc_profile=gray_profile(1.0)))
    assert picture.alpha is not None
    assert picture.alpha[0, 0] == 99
    assert apart(picture.pixels[0, 0], np.full(3, 255 * srgb_of(np.array(55 / 255)))).max() <= 1


@pytest.mark.parametrize("transfer", [HLG, SRGB_CURVE], ids=["HLG", "sRGB's curve"])
def test_a_profile_that_names_its_space_is_taken_at_its_word(transfer: int) -> None:
    """So phones write HDR: the curves of such a profile are for programs that do not know its `cicp`."""
    profile = rgb_profile(EXCHANGED, more={b"cicp": b"cicp\0\0\0\0" + bytes([12, transfer, 0, 1])})
    values = as_8_bits(encoded(light_of(chart()), 12, transfer))
    assert apart(decode_image(png(values, iccp(profile))).pixels, chart()).mean() < 1


def test_a_picture_under_a_profile_is_turned_too() -> None:
    for file_format in ("TIFF", "JPEG", "PNG"):
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = 6
        for mode, profile in (("RGB", LINEAR_PROFILE), ("L", gray_profile(1.0))):
            data = file_of(_wall(mode).resize((40, 20)), file_format, icc_profile=profile, exif=exif)
            picture = decode_image(data)
            assert (picture.height, picture.width) == (40, 20)
            assert picture.pixels.mean() > _first(file_of(_wall(mode), "PNG")).mean() + 30


def test_a_gain_map_is_left_alone() -> None:
    """A JPEG with a second picture behind the first, as phones write for HDR; the first is the one to show."""
    base, gains = Image.fromarray(chart()), Image.new("L", (48, 32), 200)
    data = file_of(base, "MPO", save_all=True, append_images=[gains], quality=95)
    assert apart(decode_image(data).pixels, chart()).mean() < 4


@pytest.mark.parametrize("mode", ["1", "CMYK"])
def test_a_profile_of_another_kind_of_picture_is_ignored(mode: str) -> None:
    file_format = "JPEG" if mode == "CMYK" else "PNG"
    plain, profiled = (
        decode_image(file_of(_wall(mode), file_format, **options)).pixels
        for options in ({}, {"icc_profile": rgb_profile(EXCHANGED)})
    )
    assert np.array_equal(plain, profiled)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_picture_with_a_broken_description_of_itself_is_read() -> None:
    """EXIF that cannot be read says nothing of how the camera was held; it is no reason to refuse the photo."""
    for exif in (b"?", b"Exif\0\0nonsense", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"):
        for file_format in ("JPEG", "PNG", "WEBP"):
            assert apart(_first(file_of(_wall(), file_format, exif=exif)), np.array(BRICK)).max() <= 8

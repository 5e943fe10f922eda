"""Color profiles: what a photo's numbers mean."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from imaging.decode import decode_image
from tests.inference.material import apart, file_of
from tests.inference.profiles import DISPLAY_P3, EXCHANGED, rgb_profile, seen_in_srgb

pytestmark = pytest.mark.no_database

BRICK = (200, 100, 90)
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


@pytest.mark.parametrize("mode", ["L", "1", "CMYK"])
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

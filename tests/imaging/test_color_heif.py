"""What HEIC and AVIF say of their colors by numbers (`nclx`), and the 10 bits of their HDR."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imaging.decode import decode_image
from tests.imaging.colors import HLG, LINEAR, PQ, SRGB, avif, chart, encoded, heic, light_of
from tests.inference.material import apart, file_of
from tests.inference.profiles import EXCHANGED, rgb_profile
from tests.needs import SHARED

pytestmark = pytest.mark.no_database

CHART = chart()
LIGHT = light_of(CHART)
Writer = Callable[..., bytes]
# AVIF is written here with half the color resolution: what lies on the edges of patches says nothing.
INNER = np.zeros(CHART.shape[:2], bool)
INNER[19:-3, 3:-3] = True
for _edge in range(16):
    INNER[:, _edge * 16 - 3 : _edge * 16 + 3] = INNER[_edge * 16 - 3 : _edge * 16 + 3] = False


def shown(data: bytes) -> np.ndarray:
    return decode_image(data).pixels[INNER]


@pytest.mark.parametrize("writer", [heic, avif])
@pytest.mark.parametrize(
    ("primaries", "transfer", "matrix"),
    [(1, SRGB, 6), (1, 1, 1), (12, SRGB, 6), (12, SRGB, 1), (12, 1, 1), (9, 14, 9), (2, 2, 6), (2, 2, 2), (12, 2, 6)],
)
def test_8_bits_are_of_the_colors_that_nclx_says(writer: Writer, primaries: int, transfer: int, matrix: int) -> None:
    values = encoded(LIGHT, 1 if primaries == 2 else primaries, SRGB)
    data = writer(values, primaries, transfer, 6 if matrix == 2 else matrix, bits=8)
    assert apart(shown(data), CHART[INNER]).mean() < 2


def test_display_p3_without_its_numbers_would_be_plainly_wrong() -> None:
    assert apart(np.round(encoded(LIGHT, 12, SRGB) * 255), CHART).mean() > 3


@pytest.mark.parametrize("writer", [heic, avif])
@pytest.mark.parametrize("is_full", [True, False], ids=["full", "limited"])
@pytest.mark.parametrize(
    ("primaries", "transfer", "matrix"),
    [(9, PQ, 9), (12, PQ, 9), (9, HLG, 9), (12, HLG, 1), (9, SRGB, 9), (12, LINEAR, 6)],
    ids=["PQ", "PQ in P3", "HLG", "HLG in P3", "BT.2020", "linear P3"],
)
def test_10_bits_become_srgb(writer: Writer, primaries: int, transfer: int, matrix: int, is_full: bool) -> None:
    data = writer(encoded(LIGHT, primaries, transfer), primaries, transfer, matrix, is_full=is_full)
    assert apart(shown(data), CHART[INNER]).mean() < (5 if transfer == LINEAR else 2)


@pytest.mark.parametrize("writer", [heic, avif])
@pytest.mark.parametrize(("primaries", "transfer"), [(9, PQ), (9, HLG), (12, SRGB)], ids=["PQ", "HLG", "P3"])
def test_without_nclx_the_bitstream_says_it(writer: Writer, primaries: int, transfer: int) -> None:
    data = writer(encoded(LIGHT, primaries, transfer), primaries, transfer, 9)
    assert b"colrnclx" in data
    assert apart(shown(data.replace(b"colrnclx", b"skipnclx")), CHART[INNER]).mean() < 2


@pytest.mark.parametrize("writer", [heic, avif])
def test_hdr_is_converted_from_10_bits(writer: Writer) -> None:
    """PQ in 8 bits has a step for each two or three of sRGB's: a soft sky would have bands."""
    ramp = np.linspace(60, 120, 240)[None, :, None].repeat(64, 0).repeat(3, 2)
    data = writer(encoded(light_of(ramp), 9, PQ), 9, PQ, 9)
    levels = decode_image(data).pixels[32, :, 1]
    assert len(np.unique(levels)) >= 55
    assert apart(levels, ramp[32, :, 1]).max() < 3


def test_a_profile_comes_before_nclx() -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 255
    for file_format in ("HEIF", "AVIF"):
        data = file_of(red, file_format, icc_profile=rgb_profile(EXCHANGED), quality=95)
        assert decode_image(data).pixels[8, 8].argmax() == 1


def test_transparency_of_hdr_is_kept() -> None:
    values = np.dstack([encoded(LIGHT, 9, PQ), np.linspace(0, 1, CHART.shape[1])[None].repeat(CHART.shape[0], 0)])
    picture = decode_image(heic(values, 9, PQ, 9))
    assert picture.alpha is not None
    assert apart(picture.alpha[8], values[8, :, 3] * 255).max() < 4
    assert apart(picture.pixels[INNER], CHART[INNER]).mean() < 2


def test_hdr_lies_upright_too() -> None:
    image = Image.fromarray(CHART)
    exif = Image.Exif()
    exif[0x0112] = 6
    data = file_of(image, "AVIF", exif=exif.tobytes(), quality=95)
    at = data.index(b"nclx") + 4
    picture = decode_image(data[:at] + bytes([0, 9, 0, PQ]) + data[at + 4 :])
    assert picture.pixels.shape == (*CHART.shape[1::-1], 3)


def test_a_small_version_has_the_same_colors(tmp_path: Path) -> None:
    data = heic(encoded(LIGHT, 9, PQ), 9, PQ, 9)
    (tmp_path / "a.heic").write_bytes(data)
    assert np.array_equal(decode_image(tmp_path / "a.heic", min_side=32).pixels, decode_image(data).pixels)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("icc-named-srgb-taken-for-srgb/jpg_icc_gimp_linear.jpg", 3),
        ("nclx-display-p3-ignored/avif_8bit_p3_nclx.avif", 3),
        ("png-gama-chrm-cicp-ignored/png_chrm_p3.png", 3),
        ("png-gama-chrm-cicp-ignored/png_gama_1.0_16bit.png", 3),
        # Not heic_10bit_hlg_2020.heic beside it: neither `nclx` nor its bitstream says that it is HLG, or anything.
        ("hdr-stills-washed-out/png_cicp_pq.png", 8),
    ],
)
def test_pictures_of_other_programs_have_the_colors_that_browsers_show(name: str, levels: int) -> None:
    path = SHARED / "cases" / name
    expected = np.asarray(Image.open(path.parent / "expected.png").convert("RGB"))
    assert apart(decode_image(path).pixels, expected).mean() <= levels

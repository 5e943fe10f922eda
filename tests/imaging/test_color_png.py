"""What a PNG says of its colors in its chunks: cICP before iCCP before sRGB before gAMA and cHRM."""

import numpy as np
import pytest

from imaging.decode import decode_image
from tests.imaging.colors import (
    HLG,
    LINEAR,
    PQ,
    SRGB,
    as_8_bits,
    as_16_bits,
    chart,
    chrm,
    chunk,
    cicp,
    encoded,
    gama,
    iccp,
    light_of,
    png,
)
from tests.inference.material import apart
from tests.inference.profiles import DISPLAY_P3, EXCHANGED, rgb_profile

pytestmark = pytest.mark.no_database

CHART = chart()
LIGHT = light_of(CHART)
SRGB_CHUNK = chunk(b"sRGB", b"\0")


def shown(data: bytes) -> np.ndarray:
    return decode_image(data).pixels


def coded(primaries: int, transfer: int) -> np.ndarray:
    return encoded(LIGHT, primaries, transfer)


def power(exponent: float) -> np.ndarray:
    return LIGHT**exponent


@pytest.mark.parametrize(
    ("values", "chunks"),
    [
        (coded(12, SRGB), [cicp(12, SRGB)]),
        (coded(12, SRGB), [gama(0.45455), chrm(12)]),
        (coded(9, SRGB), [cicp(9, SRGB)]),
        (coded(1, LINEAR), [gama(1)]),
        (coded(1, LINEAR), [gama(1), chrm(1)]),
        (coded(12, LINEAR), [gama(1), chrm(12)]),
        (coded(9, LINEAR), [cicp(9, LINEAR)]),
        (power(0.55), [gama(0.55)]),
        (encoded(LIGHT, 12, lambda light: light ** (1 / 2.2)), [cicp(12, 4)]),
        (encoded(LIGHT, 9, lambda light: light ** (1 / 2.4)), [cicp(9, 14)]),
        (coded(9, PQ), [cicp(9, PQ)]),
        (coded(12, PQ), [cicp(12, PQ)]),
        (coded(9, HLG), [cicp(9, HLG)]),
        (coded(1, HLG), [cicp(1, HLG)]),
    ],
    ids=[
        "P3",
        "P3 by cHRM",
        "BT.2020",
        "linear",
        "linear, sRGB by cHRM",
        "linear P3",
        "linear BT.2020",
        "gamma 1.8",
        "gamma 2.2",
        "BT.2020 as on television",
        "PQ",
        "PQ in P3",
        "HLG",
        "HLG in sRGB",
    ],
)
def test_16_bits_of_any_space_become_srgb_to_the_level(values: np.ndarray, chunks: list[bytes]) -> None:
    assert apart(shown(png(as_16_bits(values), *chunks)), CHART).max() <= 1


@pytest.mark.parametrize(
    ("values", "chunks", "levels"),
    [
        (coded(12, SRGB), [cicp(12, SRGB)], 3),
        (coded(12, SRGB), [gama(0.45455), chrm(12)], 3),
        (power(0.55), [gama(0.55)], 3),
        (coded(9, PQ), [cicp(9, PQ)], 18),
        (coded(9, HLG), [cicp(9, HLG)], 18),
    ],
    ids=["P3", "P3 by cHRM", "gamma 1.8", "PQ", "HLG"],
)
def test_8_bits_become_srgb_as_near_as_they_can(values: np.ndarray, chunks: list[bytes], levels: int) -> None:
    difference = apart(shown(png(as_8_bits(values), *chunks)), CHART)
    assert difference.mean() < 1.5
    assert difference.max() <= levels


@pytest.mark.parametrize(
    "chunks",
    [
        [gama(0.45455)],
        [gama(0.45455), chrm(1)],
        [SRGB_CHUNK, gama(1), chrm(12)],
        [cicp(1, SRGB), iccp(rgb_profile(EXCHANGED)), gama(1)],
        [iccp(b"broken"), SRGB_CHUNK, gama(1)],
        [chrm(12)],  # without a gamma, browsers show it as it is
        [gama(0)],
        [gama(40_000)],
        [gama(1), chunk(b"cHRM", bytes(32))],
        [cicp(2, 2)],
        [cicp(200, SRGB)],
        [cicp(12, SRGB, is_full=False)],
        [chunk(b"cICP", b"\x0c\x0d\x01\x01")],
        [chunk(b"cICP", b"\x0c")],
    ],
    ids=[
        "gAMA of sRGB",
        "and cHRM",
        "sRGB first",
        "cICP first",
        "broken iCCP, sRGB",
        "cHRM alone",
        "no gamma",
        "nonsense",
        "no primaries",
        "unspecified",
        "unknown",
        "limited range",
        "a matrix",
        "cut off",
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_is_srgb_or_says_nothing_known_is_left_as_it_is(chunks: list[bytes]) -> None:
    assert np.array_equal(shown(png(CHART, *chunks)), CHART)


def test_cicp_comes_before_a_profile_and_a_profile_before_all_others() -> None:
    values = as_16_bits(coded(12, SRGB))
    wrong = [iccp(rgb_profile(EXCHANGED)), SRGB_CHUNK, gama(1)]
    assert apart(shown(png(values, cicp(12, SRGB), *wrong)), CHART).max() <= 1
    profiled = shown(png(as_8_bits(coded(12, SRGB)), iccp(rgb_profile(DISPLAY_P3)), SRGB_CHUNK, gama(1)))
    assert apart(profiled, CHART).mean() < 3  # its gamma is 2.2
    assert apart(profiled, as_8_bits(coded(12, SRGB))).mean() > 5


@pytest.mark.parametrize("chunks", [[cicp(2, 2), gama(1)], [iccp(b"broken"), gama(1)]], ids=["cICP", "iCCP"])
def test_what_cannot_be_used_gives_way_to_what_comes_next(chunks: list[bytes]) -> None:
    assert apart(shown(png(as_16_bits(LIGHT), *chunks)), CHART).max() <= 1


@pytest.mark.parametrize("bits", [8, 16])
def test_gray_has_a_gamma_too(bits: int) -> None:
    gray = np.linspace(0, 255, 96).round().astype(np.uint8)[None].repeat(8, 0)
    values = (as_8_bits if bits == 8 else as_16_bits)(light_of(gray) ** 0.55)
    assert apart(shown(png(values, gama(0.55))), np.dstack([gray] * 3)).max() <= (4 if bits == 8 else 1)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("channels", [2, 4])
def test_transparency_is_kept_and_is_no_color(bits: int, channels: int) -> None:
    convert = as_8_bits if bits == 8 else as_16_bits
    gray = np.dstack([CHART[:16, :, 0]] * 3)
    alpha = np.linspace(0, 1, 96)[None].repeat(16, 0)
    picture = decode_image(png(convert(np.dstack([light_of(gray)[..., : channels - 1] ** 0.55, alpha])), gama(0.55)))
    assert picture.alpha is not None
    assert apart(picture.alpha, alpha * 255).max() < 1.01
    assert apart(picture.pixels, gray).max() <= (4 if bits == 8 else 1)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_transparent_gray_is_told_before_its_color_changes(bits: int) -> None:
    convert = as_8_bits if bits == 8 else as_16_bits
    values = convert(np.array([[0.2, 0.4, 0.6, 0.8]]) ** 0.55)
    picture = decode_image(png(values, gama(0.55), chunk(b"tRNS", int(values[0, 1]).to_bytes(2))))
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[255, 0, 255, 255]]


def test_the_colors_of_a_palette_are_converted() -> None:
    codes = as_8_bits(coded(12, SRGB))
    palette, places = np.unique(codes.reshape(-1, 3), axis=0, return_inverse=True)
    data = png(places.reshape(CHART.shape[:2]).astype(np.uint8), cicp(12, SRGB), chunk(b"PLTE", palette.tobytes()))
    header = bytearray(data[:33])
    header[25] = 3  # the color type
    data = data[:8] + chunk(b"IHDR", bytes(header[16:29])) + data[33:]
    assert apart(shown(data), CHART).max() <= 3


def test_16_bits_keep_their_precision_under_a_profile() -> None:
    """Of linear light, 8 bits would leave of the darkest tenth of sRGB's levels three."""
    profile = rgb_profile(DISPLAY_P3, gamma=1.0)
    dark = np.arange(0, 64, dtype=np.uint8)[None, :, None].repeat(3, 2)
    assert apart(shown(png(as_16_bits(light_of(dark)), iccp(profile))), dark).max() <= 1
    assert apart(shown(png(as_16_bits(light_of(dark[..., 0])), iccp(profile))), dark).max() <= 1

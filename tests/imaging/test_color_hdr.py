"""What is brighter than white in HDR, on a screen that has no brighter: toned by BT.2390's curve (BT.2408)."""

import numpy as np
import pytest

from imaging.decode import decode_image
from tests.imaging.colors import HLG, PQ, as_16_bits, cicp, encoded, png

pytestmark = pytest.mark.no_database

NITS = np.array([0, 1, 10, 50, 85, 150, 203, 300, 500, 1000])  # 203 is white


def toned(nits: np.ndarray, transfer: int) -> np.ndarray:
    """The sRGB levels of grays, each in an equal part of a picture."""
    light = np.array(nits)[None, :, None].repeat(8, 1).repeat(8, 0).repeat(3, 2) / 203
    data = png(as_16_bits(encoded(light, 9, transfer)), cicp(9, transfer))
    return decode_image(data).pixels[4, 4::8, 1].astype(int)


@pytest.mark.parametrize("transfer", [PQ, HLG], ids=["PQ", "HLG"])
def test_up_to_the_knee_light_stays_as_it_is_and_bends_from_there_on(transfer: int) -> None:
    levels = toned(NITS, transfer)
    plain = toned(NITS[NITS <= 203], transfer)
    assert plain[-1] == 255
    assert np.abs(levels[:5] - plain[:5]).max() <= 1  # BT.2390's knee is at 90 cd/m² for a peak of 1000
    assert levels[5] < plain[5]
    # BT.2390 (5.4.1) for 203 cd/m², from 0.7728 of PQ's range up to 1000: 158 cd/m², which is 228 in sRGB.
    assert abs(levels[6] - 228) <= 2
    assert (np.diff(levels) > 0).all()
    assert levels[-1] == 255


def test_the_brighter_the_highlights_the_earlier_the_curve_bends() -> None:
    whites = [toned([50, 203, peak], PQ)[1] for peak in (203, 400, 1000, 4000)]
    assert whites == sorted(whites, reverse=True)
    assert whites[0] == 255
    assert whites[-1] > 180


@pytest.mark.parametrize("transfer", [PQ, HLG], ids=["PQ", "HLG"])
def test_a_bright_color_keeps_its_hue(transfer: int) -> None:
    """A lamp of 600 cd/m² in orange stays orange: were each channel bent alone, it would turn yellow or white."""
    light = np.ones((16, 16, 3)) * [600 / 203, 240 / 203, 60 / 203]
    red, green, blue = decode_image(png(as_16_bits(encoded(light, 9, transfer)), cicp(9, transfer))).pixels[8, 8]
    assert red >= 250
    assert 165 <= green <= 180  # 0.4 of the light
    assert 83 <= blue <= 96  # a tenth


def test_a_few_pixels_do_not_darken_a_picture() -> None:
    light = np.full((100, 100, 3), 0.8)
    light[0, :5] = 40
    pixels = decode_image(png(as_16_bits(encoded(light, 9, PQ)), cicp(9, PQ))).pixels
    assert abs(int(pixels[50, 50, 0]) - 231) <= 1
    assert pixels[0, 0, 0] == 255


def test_what_is_brightest_is_the_same_whatever_the_size() -> None:
    """Of a large picture not all pixels are looked at."""
    light = np.full((1200, 1300, 3), 0.3)
    light[:, 600:] = 1000 / 203
    pixels = decode_image(png(as_16_bits(encoded(light, 9, PQ)), cicp(9, PQ))).pixels
    assert pixels[600, 700, 1] == 255
    assert abs(int(pixels[600, 100, 1]) - 149) <= 1

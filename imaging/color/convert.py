"""Pixels of any color space in sRGB."""

from collections.abc import Iterator

import numpy as np

from imaging.color.hdr import MAX_PEAK, map_tones, scene_to_light
from imaging.color.spaces import ColorSpace, encode_srgb

ENCODED_LEVELS = 2**16  # of light, in the table of sRGB's curve
BAND_PIXELS = 2**15  # at once: what lies between stays in the cache, whatever the picture's size
PEAK_SHARE = 0.999  # of the pixels are at most as bright as what counts as the brightest
PROBE_STEPS = 9  # a side of the cube of colors that tells whether a space is sRGB
MAX_ROUNDING = 1  # levels
MAX_PEAK_SAMPLES = 2**20

_ENCODED = np.round(encode_srgb(np.linspace(0, 1, ENCODED_LEVELS)) * 255).astype(np.uint8)


class SrgbConverter:
    """Converts pixels of one color space and depth; its tables are made once."""

    def __init__(self, space: ColorSpace, max_value: int, peak: float = 1.0) -> None:
        """`max_value`: the number of full light, 255 for 8 bits. `peak`: the brightest light, for HDR."""
        self.space, self.peak = space, peak
        values = np.linspace(0, 1, max_value + 1)
        self._tables = [curve(values).astype(np.float32) for curve in space.curves]
        self._is_one_table = len({id(curve) for curve in space.curves}) == 1

    def read_light(self, pixels: np.ndarray) -> np.ndarray:
        """Return the light, float32 [...,3], in the space's own primaries, of uint8 or uint16 [...,3]."""
        if self._is_one_table:
            light = self._tables[0].take(pixels, mode="clip")
        else:
            light = np.stack([table.take(pixels[..., i], mode="clip") for i, table in enumerate(self._tables)], -1)
        return _display(light, self.space)

    def convert(self, pixels: np.ndarray) -> np.ndarray:
        """Return uint8 [...,3] in sRGB of uint8 or uint16 [...,3]."""
        light = _render(self.read_light(pixels), self.space, self.peak)
        light *= ENCODED_LEVELS - 1
        light += np.float32(0.5)
        return _ENCODED.take(light.astype(np.uint16))


def _display(light: np.ndarray, space: ColorSpace) -> np.ndarray:
    """Return what a display makes of what the curves of the space gave, float32 [...,3]."""
    if space.scene_luminance is None:
        return light
    return scene_to_light(light, space.scene_luminance.astype(np.float32))


def _render(light: np.ndarray, space: ColorSpace, peak: float) -> np.ndarray:
    """Return linear light of sRGB, float32 [...,3] from 0 to 1, of light in the space's own primaries."""
    light = light @ space.to_srgb.T.astype(np.float32)
    if space.is_hdr:
        light = map_tones(light, peak)  # here, where no channel is cut off afterwards: that would change the hue
    return np.clip(light, 0, 1, out=light)


def is_srgb(space: ColorSpace) -> bool:
    """Return whether conversion would change no color by more than rounding does."""
    if space.is_hdr:
        return False
    steps = np.round(np.linspace(0, 255, PROBE_STEPS)).astype(np.uint8)
    colors = np.stack(np.meshgrid(steps, steps, steps), -1)
    return bool(np.abs(SrgbConverter(space, 255).convert(colors).astype(int) - colors).max() <= MAX_ROUNDING)


def band_rows(height: int, width: int) -> Iterator[tuple[int, int]]:
    """Yield (top, bottom) of bands of a picture that are converted at once."""
    rows = max(1, BAND_PIXELS // width)
    for top in range(0, height, rows):
        yield top, min(height, top + rows)


def peak_samples_step(height: int, width: int) -> int:
    """Return how far apart the pixels are that `find_peak` looks at, in both directions."""
    return max(1, int(np.sqrt(height * width / MAX_PEAK_SAMPLES)))


def find_peak(pixels: np.ndarray, space: ColorSpace, max_value: int) -> float:
    """Return how bright a picture, [H,W,3], gets, at least 1: what never exceeds white needs no tone mapping."""
    step = peak_samples_step(*pixels.shape[:2])
    light = SrgbConverter(space, max_value).read_light(pixels[::step, ::step])
    return float(np.clip(np.quantile(light.max(-1), PEAK_SHARE, method="higher"), 1, MAX_PEAK))


def build_cube(space: ColorSpace, size: int, peak: float) -> np.ndarray:
    """Return float32 [size,size,size,3]: sRGB's values of each red, green and blue, in this order, from 0 to 1."""
    values = np.linspace(0, 1, size)
    curves = [curve(values).astype(np.float32) for curve in space.curves]
    light = np.stack(np.meshgrid(*curves, indexing="ij"), -1)
    return encode_srgb(_render(_display(light, space), space, peak)).astype(np.float32)

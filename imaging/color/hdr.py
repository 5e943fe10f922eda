"""PQ and HLG (ITU-R BT.2100), and the tone mapping that brings their light to a screen without HDR.

Light is relative: 1.0 is diffuse white, which is 203 cd/m² in HDR (ITU-R BT.2408), and white in sRGB.
"""

from functools import lru_cache

import numpy as np

WHITE_NITS = 203.0  # cd/m² of diffuse white
PQ_PEAK_NITS = 10_000.0
HLG_PEAK_NITS = 1000.0  # of the display that HLG is made for
HLG_SYSTEM_GAMMA = 1.2  # at that peak
DEFAULT_PEAK = 1000.0 / WHITE_NITS  # of what does not say how bright it gets
MAX_PEAK = PQ_PEAK_NITS / WHITE_NITS
CURVE_SAMPLES = 1024

_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073


def pq_to_light(codes: np.ndarray) -> np.ndarray:
    """Return the light of PQ's values, 0 to 1 (BT.2100, table 4)."""
    powers = np.clip(codes, 0, 1) ** (1 / _M2)
    return (np.maximum(powers - _C1, 0) / (_C2 - _C3 * powers)) ** (1 / _M1) * MAX_PEAK


def light_to_pq(light: np.ndarray) -> np.ndarray:
    """Return the values of PQ, 0 to 1, of light."""
    powers = np.clip(light / MAX_PEAK, 0, 1) ** _M1
    return ((_C1 + _C2 * powers) / (1 + _C3 * powers)) ** _M2


def hlg_to_scene(codes: np.ndarray) -> np.ndarray:
    """Return what the camera saw, 0 to 1, of HLG's values (BT.2100, table 5): not yet what a display shows."""
    codes = np.clip(codes, 0, 1)
    return np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - _C) / _A) + _B) / 12)


def scene_to_light(scene: np.ndarray, luminance_weights: np.ndarray) -> np.ndarray:
    """Return the light, [...,3], that a display makes of HLG's scene (BT.2100's OOTF): the brighter, the more."""
    luminance = np.maximum(scene @ luminance_weights, np.float32(1e-9))[..., None]
    return scene * (luminance ** np.float32(HLG_SYSTEM_GAMMA - 1) * np.float32(HLG_PEAK_NITS / WHITE_NITS))


@lru_cache(maxsize=64)
def _roll_off(peak: float) -> tuple[float, np.ndarray, np.ndarray]:
    """Return (knee, light, toned): up to the knee light stays as it is, from there to `peak` it bends towards 1.

    The EETF of ITU-R BT.2390 (5.4.1), as BT.2408 (annex 5) uses it, in PQ: where eyes see steps of one height.
    """
    longest = light_to_pq(np.array(peak))
    white = light_to_pq(np.array(1.0)) / longest
    knee = 1.5 * white - 0.5
    values = np.linspace(knee, 1, CURVE_SAMPLES)
    t = (values - knee) / (1 - knee)
    toned = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (-2 * t**3 + 3 * t**2) * white
    light = pq_to_light(values * longest)
    return float(light[0]), light, pq_to_light(toned * longest)


def map_tones(light: np.ndarray, peak: float) -> np.ndarray:
    """Return light, float32 [...,3], that reaches `peak`, with its brightest channel at most 1 and its hue kept.

    The three channels are scaled alike: so saturated highlights neither turn white nor into another color.
    """
    peak = round(peak, 2)  # so that pictures share curves, and none bends within next to nothing
    if peak <= 1:
        return light
    brightest = light.max(-1)
    knee, before, after = _roll_off(peak)
    scale = np.ones_like(brightest)
    is_bright = brightest > knee
    values = brightest[is_bright]
    scale[is_bright] = np.interp(values, before, after) / values
    return light * scale[..., None]

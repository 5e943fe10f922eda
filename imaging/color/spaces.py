"""Color spaces: primaries and curves, by their numbers in ITU-T H.273 or as a file tells them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from imaging.color.hdr import hlg_to_scene, pq_to_light

BT709, BT2020, DCI_P3, DISPLAY_P3 = 1, 9, 11, 12  # primaries
BT709_CURVE, UNSPECIFIED, BT601_CURVE, GAMMA_22, GAMMA_28 = 1, 2, 6, 4, 5  # curves
LINEAR, SRGB_CURVE, BT2020_10_CURVE, BT2020_12_CURVE, PQ, HLG = 8, 13, 14, 15, 16, 18
VIDEO_CURVES = (BT709_CURVE, BT601_CURVE, BT2020_10_CURVE, BT2020_12_CURVE)

_D65 = (0.3127, 0.3290)
# White, red, green, blue, x and y of each: the order of PNG's cHRM.
PRIMARIES: dict[int, tuple[float, ...]] = {
    BT709: (*_D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),
    4: (0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),  # BT.470 M
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),  # BT.470 BG, BT.601 of 625 lines
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # BT.601 of 525 lines
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # SMPTE 240M
    BT2020: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    DCI_P3: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    DISPLAY_P3: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),  # EBU Tech 3213
}
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

Curve = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class ColorSpace:
    """`to_srgb`: [3,3], from linear light to that of sRGB's primaries. `curves`: of each channel, from values to light.

    Values are from 0 to 1; light 1 is white. `scene_luminance`: [3], of each channel, where light is still HLG's of
    the scene. `is_hdr`: light may be brighter than white.
    """

    to_srgb: np.ndarray
    curves: tuple[Curve, Curve, Curve]
    is_hdr: bool = False
    scene_luminance: np.ndarray | None = None


def decode_srgb(values: np.ndarray) -> np.ndarray:
    """Return the light of sRGB's values (IEC 61966-2-1)."""
    return np.where(values <= 0.04045, values / 12.92, ((np.maximum(values, 0) + 0.055) / 1.055) ** 2.4)


def encode_srgb(light: np.ndarray) -> np.ndarray:
    """Return sRGB's values of light, both from 0 to 1."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def gamma_curve(gamma: float) -> Curve:
    """Return the curve of a power."""
    return lambda values: np.maximum(values, 0) ** gamma


CURVES: dict[int, Curve] = {
    # Browsers and cameras take video's curves for sRGB's in stills: what was made for one screen is for the other, too.
    **dict.fromkeys((*VIDEO_CURVES, UNSPECIFIED, SRGB_CURVE), decode_srgb),
    GAMMA_22: gamma_curve(2.2),
    GAMMA_28: gamma_curve(2.8),
    LINEAR: gamma_curve(1.0),
    PQ: pq_to_light,
    HLG: hlg_to_scene,
}


def space_from_cicp(primaries: int, transfer: int) -> ColorSpace | None:
    """Return the space of code points of H.273; None where they are not known here. Unspecified is as sRGB."""
    chromaticities = PRIMARIES.get(BT709 if primaries == UNSPECIFIED else primaries)
    if chromaticities is None or transfer not in CURVES:
        return None
    matrix = rgb_to_xyz(chromaticities)
    return ColorSpace(
        srgb_matrix(chromaticities),
        (CURVES[transfer],) * 3,
        is_hdr=transfer in (PQ, HLG),
        scene_luminance=matrix[1] if transfer == HLG else None,
    )


def rgb_to_xyz(chromaticities: Sequence[float]) -> np.ndarray:
    """Return [3,3], from linear RGB to CIE XYZ with white's Y at 1. Raise ValueError for no colors at all."""
    points = np.array(chromaticities, np.float64).reshape(4, 2)
    if not (points[:, 1] > 0).all():
        raise ValueError(f"no chromaticities: {chromaticities}")
    white, *columns = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in points)
    matrix = np.stack(columns, 1)
    if abs(np.linalg.det(matrix)) < 1e-6:
        raise ValueError(f"primaries on a line: {chromaticities}")
    return matrix * np.linalg.solve(matrix, white)


def srgb_matrix(chromaticities: Sequence[float]) -> np.ndarray:
    """Return [3,3], from linear RGB of these primaries to that of sRGB; white becomes white (Bradford)."""
    source, target = rgb_to_xyz(chromaticities), rgb_to_xyz(PRIMARIES[BT709])
    before, after = _BRADFORD @ source.sum(1), _BRADFORD @ target.sum(1)
    adaptation = np.linalg.solve(_BRADFORD, np.diag(after / before) @ _BRADFORD)
    return np.linalg.solve(target, adaptation @ source)

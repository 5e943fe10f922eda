"""ICC profiles (ICC.1): most are left to Little CMS; what Pillow passes it only in 8 bits, and `cicp`, is read here."""

import io
import struct
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

from imaging.color.spaces import UNSPECIFIED, ColorSpace, Curve, gamma_curve, space_from_cicp

# Of sRGB, adapted to D50: a column each of red, green and blue in CIE XYZ.
_SRGB_D50 = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
_PROBE_STEPS = 9  # a side of the cube of colors that tells whether a profile is sRGB
MAX_DIFFERENCE = 1  # levels: rounding


def is_profile(data: bytes) -> bool:
    """Return whether Little CMS can read a profile."""
    try:
        ImageCms.ImageCmsProfile(io.BytesIO(data))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return False
    return True


def convert_by_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Return an image (RGB, RGBA, L, LA or CMYK) in sRGB: RGB and RGBA in place, others as new ones with the same info.

    None where nothing is to be done: the profile is sRGB by what it does, whatever its name is; or it cannot be
    used for such an image, and is ignored, as browsers do.
    """
    if image.mode in ("L", "LA") and profile[16:20] == b"RGB ":  # its curve is that of gray, too, in browsers
        image = image.convert("RGBA" if image.mode == "LA" else "RGB")
    mode, target_mode = (image.mode, "RGBA") if image.mode == "RGBA" else (image.mode.removesuffix("A"), "RGB")
    try:
        if mode != "CMYK" and _is_srgb(profile, mode):
            return None
        transform = _build_transform(profile, mode, target_mode)
        opaque = image.convert("L") if image.mode == "LA" else image
        converted = ImageCms.applyTransform(opaque, transform, inPlace=mode == target_mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    if converted is None:
        return image
    if image.mode == "LA":
        converted.putalpha(image.getchannel("A"))
    converted.info = image.info.copy()
    return converted


def _build_transform(profile: bytes, mode: str, target_mode: str) -> ImageCms.ImageCmsTransform:
    source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(source, target, mode, target_mode)


@lru_cache(maxsize=16)  # most photos have one of few profiles, and it is sRGB
def _is_srgb(profile: bytes, mode: str) -> bool:
    """Return whether a profile changes no color by more than rounding does."""
    steps = np.round(np.linspace(0, 255, 256 if mode == "L" else _PROBE_STEPS)).astype(np.uint8)
    colors = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(_PROBE_STEPS, -1, 3) if mode != "L" else steps[None]
    probe = Image.fromarray(colors).convert(mode)
    result = ImageCms.applyTransform(probe, _build_transform(profile, mode, "RGB")) or probe
    converted = np.asarray(result.convert("RGB"), np.int16)
    return bool(np.abs(converted - np.asarray(probe.convert("RGB"))).max() <= MAX_DIFFERENCE)


def space_from_icc(profile: bytes, *, is_gray: bool) -> ColorSpace | None:
    """Return the space of a profile of three primaries or, for gray pictures, of gray; None for all others."""
    try:
        tags = _read_tags(profile)
        kind = profile[16:20]
        if kind == b"GRAY" and is_gray:
            return ColorSpace(np.eye(3), (_parse_curve(tags[b"kTRC"]),) * 3)
        if kind != b"RGB " or profile[20:24] != b"XYZ " or b"A2B0" in tags:
            return None
        columns = [struct.unpack(">3i", tags[name][8:20]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        matrix = np.linalg.solve(_SRGB_D50, np.array(columns).T / 65536)
        red, green, blue = (_parse_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
        return ColorSpace(matrix, (red, green, blue))
    except (KeyError, ValueError, IndexError, ZeroDivisionError, struct.error):
        return None


def cicp_space_from_icc(profile: bytes) -> ColorSpace | None:
    """Return the space that a profile names by its `cicp` tag (ICC.1:2022, 9.2.17); None without a known one.

    It comes before all else that the profile says: which of HDR is only how a screen without HDR may show it.
    """
    try:
        primaries, transfer = _read_tags(profile)[b"cicp"][8:10]
    except (KeyError, ValueError, struct.error):
        return None
    return None if UNSPECIFIED in (primaries, transfer) else space_from_cicp(primaries, transfer)


def _read_tags(profile: bytes) -> dict[bytes, bytes]:
    """Return the tags by their signatures. Raise struct.error where the table is cut off."""
    (count,) = struct.unpack(">I", profile[128:132])
    rows = (struct.unpack(">4sII", profile[start : start + 12]) for start in range(132, 132 + 12 * min(count, 100), 12))
    return {signature: profile[offset : offset + size] for signature, offset, size in rows}


def _parse_curve(tag: bytes) -> Curve:
    """Return the curve of a `curv` or `para` tag (ICC.1, 10.6 and 10.18). Raise ValueError for another."""
    if tag[:4] == b"curv":
        (count,) = struct.unpack(">I", tag[8:12])
        numbers = np.frombuffer(tag[12 : 12 + 2 * count], ">u2")
        if len(numbers) != count:
            raise ValueError("a curve is cut off")
        if count <= 1:
            return gamma_curve(float(numbers[0]) / 256 if count else 1.0)
        samples = numbers / 65535
        return lambda values: np.interp(values, np.linspace(0, 1, count), samples)
    if tag[:4] != b"para":
        raise ValueError(f"no curve: {tag[:4]!r}")
    kind = tag[9]
    count = (1, 3, 4, 5, 7)[kind]
    parameters = [number / 65536 for number in struct.unpack(f">{count}i", tag[12 : 12 + 4 * count])]
    return _parametric_curve(kind, *parameters)


def _parametric_curve(kind: int, g: float, a: float = 1.0, b: float = 0.0, *rest: float) -> Curve:
    """Return a power of a x + b, and below `d` a line (types 0 to 4)."""
    c, d, e, f = 0.0, 0.0, 0.0, 0.0
    if kind in (1, 2):
        d = -b / a
        e = f = rest[0] if kind == 2 else 0.0
    elif kind >= 3:
        c, d, e, f = (*rest, 0.0, 0.0)[:4]

    def curve(values: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", divide="ignore"):  # parameters may be anything
            light = np.where(values >= d, np.maximum(a * values + b, 0) ** g + e, c * values + f)
        return np.clip(light, 0, 1)

    return curve

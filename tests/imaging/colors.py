"""Pictures in other color spaces than sRGB, each with the sRGB that it must become.

The matrices are those of CSS Color 4, the curves those of the standards, written again: not the product's.
"""

import io
import struct
import zlib
from collections.abc import Callable

import av
import numpy as np
import pillow_heif
from av.video.frame import VideoFrame

_XYZ_OF_SRGB = (
    (0.41239079926595934, 0.357584339383878, 0.1804807884018343),
    (0.21263900587151027, 0.715168678767756, 0.07219231536073371),
    (0.01933081871559182, 0.11919477979462598, 0.9505321522496607),
)
_XYZ = {  # of linear light, by the numbers of H.273
    1: _XYZ_OF_SRGB,
    9: (
        (0.6369580483012914, 0.14461690358620832, 0.1688809751641721),
        (0.2627002120112671, 0.6779980715188708, 0.05930171646986196),
        (0.0, 0.028072693049087428, 1.060985057710791),
    ),
    12: (
        (0.4865709486482162, 0.26566769316909306, 0.1982172852343625),
        (0.2289745640697488, 0.6917385218365064, 0.079286914093745),
        (0.0, 0.04511338185890264, 1.043944368900976),
    ),
}
CHROMATICITIES = {  # white, red, green, blue: as in PNG's cHRM
    1: (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06),
    9: (0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    12: (0.3127, 0.3290, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
}
PQ, HLG, SRGB, LINEAR = 16, 18, 13, 8
WHITE_NITS = 203


def chart(height: int = 64, width: int = 96) -> np.ndarray:
    """uint8 [H,W,3] in sRGB: a gray ramp above patches of all colors."""
    patches = np.random.default_rng(5).integers(0, 256, (4, 6, 3), np.uint8)
    pixels = patches.repeat(height // 4, 0).repeat(width // 6, 1)
    pixels[: height // 4] = np.linspace(0, 255, width).round()[None, :, None]
    return pixels


def light_of(pixels: np.ndarray) -> np.ndarray:
    """The linear light, 0 to 1, of uint8 sRGB."""
    values = pixels / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def srgb_of(light: np.ndarray) -> np.ndarray:
    """The values of sRGB, 0 to 1."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _pq(nits: np.ndarray) -> np.ndarray:
    powers = (nits / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * powers) / (1 + 18.6875 * powers)) ** 78.84375


def _hlg(nits: np.ndarray, primaries: int) -> np.ndarray:
    shown = nits / 1000
    luminance = np.maximum(shown @ np.array(_XYZ[primaries][1]), 1e-9)[..., None]
    scene = shown * luminance ** (1 / 1.2 - 1)
    logarithmic = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), logarithmic)


def encoded(light: np.ndarray, primaries: int, transfer: int | Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """What a file says, 0 to 1, of light in sRGB's primaries, of which 1 is white."""
    other = np.maximum(light @ np.array(_XYZ_OF_SRGB).T @ np.linalg.inv(_XYZ[primaries]).T, 0)
    if callable(transfer):
        return transfer(other)
    if transfer == PQ:
        return _pq(other * WHITE_NITS)
    if transfer == HLG:
        return _hlg(other * WHITE_NITS, primaries)
    return {SRGB: srgb_of, LINEAR: lambda x: x}[transfer](other)


def as_8_bits(values: np.ndarray) -> np.ndarray:
    return np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)


def as_16_bits(values: np.ndarray) -> np.ndarray:
    return np.round(np.clip(values, 0, 1) * 65535).astype(np.uint16)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(pixels: np.ndarray, *chunks: bytes) -> bytes:
    """A PNG of uint8 or uint16 [H,W] or [H,W,C], with these chunks before its pixels."""
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    depth = 8 * pixels.itemsize
    header = struct.pack(">2I5B", width, height, depth, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(f">u{pixels.itemsize}").tobytes() for row in pixels)
    body = chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def gama(value: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(value * 100_000)))


def chrm(primaries: int) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *(round(number * 100_000) for number in CHROMATICITIES[primaries])))


def cicp(primaries: int, transfer: int, *, is_full: bool = True) -> bytes:
    return chunk(b"cICP", bytes([primaries, transfer, 0, is_full]))


def iccp(profile: bytes) -> bytes:
    return chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile))


def heic(
    values: np.ndarray, primaries: int, transfer: int, matrix: int, *, bits: int = 10, is_full: bool = True
) -> bytes:
    """A HEIC of values from 0 to 1, [H,W,3 or 4], with `nclx`."""
    pixels = as_8_bits(values) if bits == 8 else as_16_bits(values)
    mode = ("RGB" if values.shape[2] == 3 else "RGBA") + ("" if bits == 8 else ";16")
    image = pillow_heif.from_bytes(mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes())
    file = io.BytesIO()
    tags = {"color_primaries": primaries, "transfer_characteristics": transfer, "matrix_coefficients": matrix}
    image.save(file, quality=98, chroma=444, full_range_flag=int(is_full), **tags)
    return file.getvalue()


def avif(
    values: np.ndarray, primaries: int, transfer: int, matrix: int, *, bits: int = 10, is_full: bool = True
) -> bytes:
    """An AVIF of values from 0 to 1, [H,W,3], with `nclx`; both sides at least 64, or its encoder never ends."""
    file = io.BytesIO()
    pixel_format = "yuv420p10le" if bits == 10 else "yuv420p"
    color_range = 2 if is_full else 1
    with av.open(file, "w", format="avif") as target:
        stream = target.add_stream("libsvtav1", rate=1, options={"crf": "4", "preset": "8"})
        stream.height, stream.width, stream.pix_fmt = *values.shape[:2], pixel_format
        context = stream.codec_context
        context.color_primaries, context.color_trc = primaries, transfer
        context.colorspace, context.color_range = matrix, color_range
        rgb = VideoFrame.from_ndarray(as_16_bits(values), format="rgb48le")
        frame = rgb.reformat(format=pixel_format, dst_colorspace=matrix, dst_color_range=color_range)
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return file.getvalue()

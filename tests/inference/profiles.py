"""Color profiles, put together byte by byte: no library here writes one for other primaries than sRGB's."""

import struct

import numpy as np

# Red, green and blue of Display P3 in CIE XYZ, adapted to D50, as its published profile has them.
DISPLAY_P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
# Those of sRGB, red and green exchanged: a photo that is shown without it is plainly wrong.
EXCHANGED = ((0.3851, 0.7169, 0.0971), (0.4361, 0.2225, 0.0139), (0.1431, 0.0606, 0.7141))
SRGB = (EXCHANGED[1], EXCHANGED[0], EXCHANGED[2])
GAMMA = 2.2
_D50 = (0.9642, 1.0, 0.8249)


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def rgb_profile(
    primaries: tuple[tuple[float, float, float], ...],
    name: str = "Test",
    *,
    gamma: float = GAMMA,
    curve: bytes | None = None,
    more: dict[bytes, bytes] | None = None,
) -> bytes:
    """An ICC profile of version 2: three primaries and a curve, of a gamma or as a tag has it; and more tags."""
    text = name.encode() + b"\0"
    described = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)
    curve = curve or b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
    tags = {b"desc": described, b"cprt": b"text\0\0\0\0none\0", b"wtpt": _xyz(_D50)}
    tags |= {b"rXYZ": _xyz(primaries[0]), b"gXYZ": _xyz(primaries[1]), b"bXYZ": _xyz(primaries[2])}
    tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve} | (more or {})
    return _profile(b"RGB ", tags)


def gray_profile(gamma: float) -> bytes:
    """An ICC profile of gray with a curve of that gamma."""
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
    described = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"Gray\0" + bytes(78)
    return _profile(b"GRAY", {b"desc": described, b"cprt": b"text\0\0\0\0none\0", b"wtpt": _xyz(_D50), b"kTRC": curve})


def lookup_profile(curve: np.ndarray) -> bytes:
    """An ICC profile of a lookup table (`mft2`) from RGB to Lab: gray of the mean of the channels, after a curve."""
    steps = np.linspace(0, 1, 3)
    levels = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).mean(-1).ravel()
    lightness = np.interp(levels, np.linspace(0, 1, len(curve)), curve)
    lab = np.stack([lightness * 0xFF00, np.full(27, 0x8000), np.full(27, 0x8000)], -1).round().astype(">u2")
    identity = struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    ramps = struct.pack(">2H", 0, 65535) * 3
    table = b"mft2\0\0\0\0" + bytes([3, 3, 3, 0]) + identity + struct.pack(">2H", 2, 2) + ramps + lab.tobytes() + ramps
    described = b"desc\0\0\0\0" + struct.pack(">I", 7) + b"Lookup\0" + bytes(78)
    tags = {b"desc": described, b"cprt": b"text\0\0\0\0none\0", b"wtpt": _xyz(_D50), b"A2B0": table}
    return _profile(b"RGB ", tags, b"Lab ")


def _profile(kind: bytes, tags: dict[bytes, bytes], connection: bytes = b"XYZ ") -> bytes:
    table, body = b"", b""
    for signature, content in tags.items():
        table += struct.pack(">4sII", signature, 128 + 4 + 12 * len(tags) + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    rest = struct.pack(">I", len(tags)) + table + body
    header = struct.pack(">I4sI4s4s4s", 128 + len(rest), b"none", 0x02100000, b"mntr", kind, connection)
    header += struct.pack(">6H", 2025, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    header += struct.pack(">3i", *(round(value * 65536) for value in _D50))
    return header.ljust(128, b"\0") + rest


def seen_in_srgb(rgb: tuple[int, int, int], primaries: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    """The sRGB values, 0 to 255, of the color that the values are in the profile above."""
    light = np.array(primaries).T @ (np.array(rgb) / 255) ** GAMMA
    linear = np.clip(np.linalg.solve(np.array(SRGB).T, light), 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)

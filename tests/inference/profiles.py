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


def rgb_profile(primaries: tuple[tuple[float, float, float], ...], name: str = "Test") -> bytes:
    """An ICC profile of version 2: three primaries and a curve of gamma 2.2."""
    text = name.encode() + b"\0"
    described = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(GAMMA * 256))
    tags = {b"desc": described, b"cprt": b"text\0\0\0\0none\0", b"wtpt": _xyz(_D50)}
    tags |= {b"rXYZ": _xyz(primaries[0]), b"gXYZ": _xyz(primaries[1]), b"bXYZ": _xyz(primaries[2])}
    tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    table, body = b"", b""
    for signature, content in tags.items():
        table += struct.pack(">4sII", signature, 128 + 4 + 12 * len(tags) + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    rest = struct.pack(">I", len(tags)) + table + body
    header = struct.pack(">I4sI4s4s4s", 128 + len(rest), b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2025, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    header += struct.pack(">3i", *(round(value * 65536) for value in _D50))
    return header.ljust(128, b"\0") + rest


def seen_in_srgb(rgb: tuple[int, int, int], primaries: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    """The sRGB values, 0 to 255, of the color that the values are in the profile above."""
    light = np.array(primaries).T @ (np.array(rgb) / 255) ** GAMMA
    linear = np.clip(np.linalg.solve(np.array(SRGB).T, light), 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)

"""What a PNG file says about its colors (PNG, third edition, 4.3 and 11.3.2), and its 16 bits a channel."""

import struct
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from imaging.color.spaces import (
    BT709,
    PRIMARIES,
    UNSPECIFIED,
    VIDEO_CURVES,
    ColorSpace,
    decode_srgb,
    gamma_curve,
    space_from_cicp,
    srgb_matrix,
)
from imaging.files import map_file
from imaging.png import read_chunks

DEPTH_OFFSET = 24  # of the bits a channel, in IHDR
COLOR_CHUNKS = {b"cICP": 4, b"iCCP": 0, b"sRGB": 1, b"gAMA": 4, b"cHRM": 32}  # and how many bytes are read
SRGB_GAMMA = 0.45455  # 1/2.2: what everybody who means sRGB writes
GAMMA_TOLERANCE = 0.0001  # Adobe RGB's is 0.4547
MAX_GAMMA = 10.0  # and as far below one; others are nonsense


def read_color_chunks(source: Path | bytes) -> dict[bytes, bytes]:
    """Return the bodies of the color chunks, which all come before the pixels; of a profile only that it is there."""
    found: dict[bytes, bytes] = {}
    with map_file(source) as data:
        for chunk in read_chunks(data):
            if chunk.kind == b"IDAT":
                break
            if chunk.kind in COLOR_CHUNKS:
                start, length = chunk.body.start, min(chunk.body.stop - chunk.body.start, COLOR_CHUNKS[chunk.kind])
                found.setdefault(chunk.kind, data[start : start + length])
    return found


def space_from_cicp_chunk(body: bytes) -> ColorSpace | None:
    """Return the space of cICP; None where it is not of RGB in full range, or not known: then other chunks decide."""
    if len(body) < 4 or body[2:4] != b"\0\1" or UNSPECIFIED in body[:2]:
        return None
    space = space_from_cicp(body[0], body[1])
    if space and body[1] in VIDEO_CURVES:  # here, unlike in AVIF, browsers take what a television does (BT.1886)
        return replace(space, curves=(gamma_curve(2.4),) * 3)
    return space


def space_from_gamma(gama: bytes, chrm: bytes) -> ColorSpace | None:
    """Return the space of gAMA and, if there is one, cHRM; None where they make no sense, or there is no gamma.

    Its value for sRGB stands for sRGB's curve, which is no power, with other primaries, too: so Display P3 is written.
    """
    gamma = int.from_bytes(gama) / 100_000
    if not 1 / MAX_GAMMA <= gamma <= MAX_GAMMA:
        return None
    curve = decode_srgb if abs(gamma - SRGB_GAMMA) <= GAMMA_TOLERANCE else gamma_curve(1 / gamma)
    try:
        primaries = [number / 100_000 for number in struct.unpack(">8i", chrm)] if chrm else PRIMARIES[BT709]
        return ColorSpace(srgb_matrix(primaries), (curve,) * 3)
    except (ValueError, struct.error):
        return None


def is_deep_png(image: Image.Image, source: Path | bytes) -> bool:
    """Return whether a file is a PNG with 16 bits a channel, of which Pillow keeps 8, but in gray."""
    if image.format != "PNG":
        return False
    if isinstance(source, bytes):
        return source[DEPTH_OFFSET] == 16
    with source.open("rb") as file:
        return file.read(DEPTH_OFFSET + 1)[DEPTH_OFFSET] == 16


def read_deep_png(source: Path | bytes) -> tuple[np.ndarray, int] | None:
    """Return (uint16 [H,W,3], the number of full light) of a PNG with 16 bits a channel; None if OpenCV cannot."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 3:
        return None
    return pixels[..., 2::-1], 2**16 - 1

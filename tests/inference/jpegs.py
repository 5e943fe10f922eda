"""JPEGs as frames of a video, among them such as take long to decode."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av

from tests.inference.clips import RATE


def jpeg_with_scans(width: int, height: int, scans: int) -> bytes:
    """A gray, progressive JPEG whose scans take 24 bytes each, or little more, and as long to decode as any other."""
    blocks = -(-width // 8) * -(-height // 8)
    run_count = -(-blocks // 32767)  # of blocks that have nothing more: a code of one bit, and fourteen for its length
    bits = ("0" + "1" * 14) * run_count
    bits += "1" * (-len(bits) % 8)
    empty = int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\x00")
    return b"".join(
        [
            b"\xff\xd8",
            _segment(0xDB, bytes([0]) + b"\x01" * 64),
            _segment(0xC2, bytes([8]) + height.to_bytes(2) + width.to_bytes(2) + bytes([1, 1, 0x11, 0])),
            _segment(0xC4, bytes([0x00, 1] + [0] * 15 + [0])),
            _segment(0xC4, bytes([0x10, 1] + [0] * 15 + [0xE0])),
            _segment(0xDA, bytes([1, 1, 0, 0, 0, 0])) + bytes(-(-blocks // 8)),
            (_segment(0xDA, bytes([1, 1, 0, 1, 63, 0])) + empty) * (scans - 1),
            b"\xff\xd9",
        ]
    )


def _segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2) + content


def write_jpegs(path: Path, width: int, height: int, frames: Sequence[bytes]) -> Path:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mjpeg", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuvj420p"
        for number, data in enumerate(frames):
            packet = av.Packet(data)
            packet.stream, packet.time_base, packet.duration = stream, Fraction(1, RATE), 1
            packet.pts = packet.dts = number
            packet.is_keyframe = True
            file.mux_one(packet)
    return path


def slow_video(path: Path, frames: int = 3) -> Path:
    """A first frame as any other, and then such as take more than ten seconds each: 1920 × 1080 pixels, 5 MB."""
    slow = jpeg_with_scans(1920, 1080, 400_000)
    return write_jpegs(path, 1920, 1080, [jpeg_with_scans(1920, 1080, 3), *[slow] * frames])

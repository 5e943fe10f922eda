"""What a JPEG file consists of, read without unpacking it (ITU-T T.81, annex B)."""

import re
from dataclasses import dataclass

from imaging.files import FileData

MAGIC = b"\xff\xd8\xff"
END_OF_IMAGE = b"\xff\xd9"
# Within a scan's data 0xFF is followed by a zero byte or by a restart marker; anything else ends the scan.
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
_START_OF_SCAN, _END_OF_IMAGE, _TEMPORARY = 0xDA, 0xD9, 0x01
_RESTARTS = range(0xD0, 0xD8)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_LOSSLESS_FRAMES = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_WITHIN_IMAGE = frozenset({0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD, 0xFE, *range(0xE0, 0xF0)})
# What takes the place of missing data: a decoder that lacks some takes these bytes for it, and draws something else.
_FILLER = bytes(range(0x11, 0x91)) * 4


@dataclass(frozen=True)
class JpegLayout:
    """`end`: where the data of the last scan end; `is_complete`: whether the end of the image is marked there."""

    scans: int
    end: int
    is_complete: bool
    is_lossless: bool
    bits: int


def read_layout(data: FileData) -> JpegLayout:
    """Return the layout of the first image in a JPEG file, as far as it goes; never raises."""
    position, scans, bits, is_lossless, is_complete, end = 2, 0, 8, False, False, len(data)
    while position + 4 <= len(data):
        found = _NEXT_MARKER.match(data, position)
        if found is None:
            break
        marker, start = data[found.end() - 1], found.end()
        if marker == _END_OF_IMAGE:
            is_complete = True
            break
        if scans and marker not in _WITHIN_IMAGE:
            break  # what follows is no longer the image: a trailer of the camera's maker, for instance
        if marker == _TEMPORARY or marker in _RESTARTS:
            position = start
            continue
        position = start + int.from_bytes(data[start : start + 2], "big")
        if marker in _FRAMES:
            is_lossless, bits = marker in _LOSSLESS_FRAMES, data[start + 2] if start + 2 < len(data) else 8
        if marker == _START_OF_SCAN:
            scans += 1
            following = _NEXT_MARKER.search(data, position)
            position = end = following.start() if following else len(data)
    if data[position : position + 2] == END_OF_IMAGE:
        is_complete = True
    return JpegLayout(scans, end, is_complete, is_lossless, bits)


def mark_end(data: FileData, layout: JpegLayout) -> tuple[bytes, bytes]:
    """Return two files with the end marked that the image lacks: where nothing else lacks, both show the same picture.

    The second has filler before the end, which a decoder skips after the last block, and takes for missing ones.
    """
    whole = bytes(data[: layout.end])
    return whole + END_OF_IMAGE, whole + _FILLER + END_OF_IMAGE

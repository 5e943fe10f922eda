"""Which container a file is, by its content; whether all of it is there."""

from pathlib import Path
from typing import BinaryIO

from inference.errors import BadVideo

EBML_ID, SEGMENT_ID = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067")
# What a QuickTime file or one of its family may begin with (ISO/IEC 14496-12; older ones have no `ftyp`).
FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}


def detect_container(path: Path) -> str:
    """Return `mov` (MP4, MOV and their family) or `matroska` (MKV, WebM): libavformat's names of its readers.

    Raise BadVideo: `empty`, `not_a_video`, or `truncated` where the file ends before its own structure does.
    """
    length = path.stat().st_size
    if length == 0:
        raise BadVideo("empty")
    with path.open("rb") as file:
        head = file.read(12)
        if head[4:8] in FIRST_BOXES:
            _check_boxes(file, length)
            return "mov"
        if head[:4] == EBML_ID:
            _check_segment(file, length)
            return "matroska"
    raise BadVideo("not_a_video")


def _check_boxes(file: BinaryIO, length: int) -> None:
    """Check that boxes fill the file, and that `moov`, which tells what is in it, is among them.

    Each begins with its size and its type.
    """
    offset, has_index = 0, False
    while offset + 8 <= length:
        file.seek(offset)
        size, kind = int.from_bytes(file.read(4)), file.read(4)
        if size == 1:  # it follows in 64 bits
            size = int.from_bytes(file.read(8))
        if size == 0:  # to the end of the file
            size = length - offset
        if size < 8:
            break  # zeros or other bytes after the last box
        has_index = has_index or kind == b"moov"
        offset += size
    if offset > length or not has_index:
        raise BadVideo("truncated")


def _check_segment(file: BinaryIO, length: int) -> None:
    """Check a header and then a segment, each with an ID and a size (RFC 8794), which recordings may not know."""
    file.seek(4)
    offset = 4 + sum(_read_size(file))
    file.seek(offset)
    if file.read(4) != SEGMENT_ID:
        raise BadVideo("truncated" if offset + 4 > length else "not_a_video")
    size_bytes, size = _read_size(file)
    is_known = size != 2 ** (7 * size_bytes) - 1
    if is_known and offset + 4 + size_bytes + size > length:
        raise BadVideo("truncated")


def _read_size(file: BinaryIO) -> tuple[int, int]:
    """Return (bytes it takes, value): the zeros before the first one tell how many bytes follow."""
    first = (file.read(1) or b"\0")[0]
    if not first:
        raise BadVideo("truncated")
    more = 8 - first.bit_length()
    value = first & ((1 << (7 - more)) - 1)
    return more + 1, int.from_bytes(bytes([value]) + file.read(more))

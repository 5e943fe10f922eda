"""Which container a file is, by its content; whether all of it is there."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from inference.errors import BadVideo

# What a QuickTime file or one of its family may begin with (ISO/IEC 14496-12; older ones have no `ftyp`).
FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
# And what else it has at its top. Cameras append bytes of their own to it, which are no boxes.
TOP_BOXES = FIRST_BOXES.union(b"moof mfra sidx ssix styp emsg prft meta meco udta uuid pdin pict".split())
EBML_ID, SEGMENT_ID, CLUSTER_ID = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067"), bytes.fromhex("1f43b675")
MAX_ELEMENTS = 200_000  # that are looked at; of a longer file it is not known whether its end is there
SOUND_HEADS = (b"ID3", b"fLaC", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xf1", b"\xff\xf9")  # MP3, FLAC, AAC


@dataclass(frozen=True)
class Container:
    """`reader`: libavformat's name, `mov` (MP4, MOV and their family) or `matroska` (MKV, WebM).

    `is_cut_off`: the file ends before its own structure does. `has_length`: it would say how long all of it is.
    `readable_bytes`: what comes after so many is the beginning of something that the reader gives up at; None: nothing.
    """

    reader: str
    is_cut_off: bool = False
    has_length: bool = True
    readable_bytes: int | None = None


def detect_container(path: Path) -> Container:
    """Return what a file is. Raise BadVideo.

    `truncated`: so much is missing that nothing tells what is in the file. `no_picture`: a file of sound. Else `empty`
    or `not_a_video`.
    """
    length = path.stat().st_size
    if length == 0:
        raise BadVideo("empty")
    with path.open("rb") as file:
        head = file.read(12)
        if head[4:8] in FIRST_BOXES:
            return _check_boxes(file, length)
        if head[:4] == EBML_ID:
            return _check_elements(file, length)
    if head.startswith(SOUND_HEADS) or (head[:4] == b"RIFF" and head[8:] == b"WAVE"):
        raise BadVideo("no_picture")
    raise BadVideo("not_a_video")


def _check_boxes(file: BinaryIO, length: int) -> Container:
    """Go through the boxes of a file, each with its size and its type, up to its end or to what is no box.

    `moov` tells what is in it. It is among the first in what was recorded in pieces (`moof`), or made to be streamed.
    """
    offset, last, count, kinds = 0, 0, 0, set[bytes]()
    while offset + 8 <= length and count < MAX_ELEMENTS:
        file.seek(offset)
        size, kind = int.from_bytes(file.read(4)), file.read(4)
        if size == 1:  # it follows in 64 bits
            size = int.from_bytes(file.read(8))
        if size == 0:  # to the end of the file
            size = length - offset
        if size < 8 or (kind not in TOP_BOXES and b"moov" in kinds and kinds & {b"mdat", b"moof"}):
            break  # zeros or other bytes after the last box
        if kind == b"moov" and offset + size > length:
            raise BadVideo("truncated")
        kinds.add(kind)
        offset, last, count = offset + size, offset, count + 1
    if b"moov" not in kinds:
        raise BadVideo("truncated")
    if b"moof" not in kinds or count == MAX_ELEMENTS:
        return Container("mov", is_cut_off=offset > length, has_length=b"moof" not in kinds)
    # The pictures in a part of `mdat` can be read, but of what tells where they are all is needed, or nothing.
    is_whole = offset <= length or kind == b"mdat"
    readable_bytes = last if not is_whole else offset if offset < length else None
    is_cut_off = offset > length or 0 < length - offset < 8
    return Container("mov", is_cut_off, has_length=False, readable_bytes=readable_bytes)


def _check_elements(file: BinaryIO, length: int) -> Container:
    """Go through a header and a segment, each with an ID and a size (RFC 8794).

    Recordings may not know the size of their segment: of these, go through its elements, and through a cluster's where
    it is not known either.
    """
    file.seek(4)
    header = _read_size(file)
    if header is None:
        raise BadVideo("truncated")
    offset = file.tell() + header
    file.seek(offset)
    if file.read(4) != SEGMENT_ID:
        raise BadVideo("truncated" if offset + 4 > length else "not_a_video")
    size = _read_size(file)
    if size is not None:
        return Container("matroska", is_cut_off=file.tell() + size > length)
    offset = file.tell()
    for _ in range(MAX_ELEMENTS):
        file.seek(offset)
        first = file.read(1)
        if not first or not first[0] >> 4:  # no ID begins so
            break
        name = first + file.read(8 - first[0].bit_length())
        size = _read_size(file)
        if size is None and name != CLUSTER_ID:
            break
        offset = file.tell() + (size or 0)
    return Container("matroska", is_cut_off=offset > length, has_length=False)


def _read_size(file: BinaryIO) -> int | None:
    """Return a size, None for one that is not known: the zeros before the first one tell how many bytes follow."""
    first = (file.read(1) or b"\0")[0]
    if not first:
        return None
    more = 8 - first.bit_length()
    value = first & ((1 << (7 - more)) - 1)
    size = int.from_bytes(bytes([value]) + file.read(more))
    return None if size == 2 ** (7 * (more + 1)) - 1 else size

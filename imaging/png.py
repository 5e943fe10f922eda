"""The chunks of a PNG file (PNG specification, third edition, section 5)."""

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from imaging.files import FileData

MAGIC = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 100_000  # 25 megabytes in the smallest chunks that encoders write are 6,000
MAX_PROFILE_BYTES = 8 * 2**20  # unpacked; those of printing presses have three
CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
# What says how the pixels are to be shown. All else - texts, thumbnails, times - is nothing to a reader of pixels.
KEPT = CRITICAL | {b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"eXIf", b"acTL", b"fcTL", b"fdAT"}


class TooManyChunks(ValueError):
    """The file has been made to keep its readers busy."""


class PngChunk(NamedTuple):
    """A chunk: `start` and `end` are those of all of it, `body` is where its content lies."""

    kind: bytes
    start: int
    end: int
    body: slice


def read_chunks(data: FileData) -> Iterator[PngChunk]:
    """Yield the chunks of a file, the last one perhaps cut off. Raise TooManyChunks."""
    position = len(MAGIC)
    for _ in range(MAX_CHUNKS):
        if position + 8 > len(data):
            return
        length = int.from_bytes(data[position : position + 4], "big")
        body = position + 8
        end = body + length + 4
        kind = bytes(data[position + 4 : body])
        yield PngChunk(kind, position, min(end, len(data)), slice(body, body + length))
        if kind == b"IEND":
            return
        position = end
    raise TooManyChunks


def drop_side_chunks(data: FileData) -> bytes | None:
    """Return the file without the chunks that Pillow refuses and browsers ignore; None where there are none.

    Those are damaged ones that are not critical, texts, and profiles of an absurd size. Raise TooManyChunks.
    """
    chunks = list(read_chunks(data))
    kept = [chunk for chunk in chunks if chunk.kind in CRITICAL or _is_of_use(data, chunk)]
    if len(kept) == len(chunks):
        return None
    return MAGIC + b"".join(data[chunk.start : chunk.end] for chunk in kept)


def _is_of_use(data: FileData, chunk: PngChunk) -> bool:
    if chunk.kind not in KEPT:
        return not chunk.kind[:1].islower()  # of an unknown critical chunk Pillow says that it cannot be read
    body = data[chunk.body]
    if zlib.crc32(body, zlib.crc32(chunk.kind)).to_bytes(4, "big") != data[chunk.body.stop : chunk.end]:
        return False
    return chunk.kind != b"iCCP" or _unpacks_within(body.partition(b"\0")[2][1:], MAX_PROFILE_BYTES)


def _unpacks_within(packed: bytes, limit: int) -> bool:
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(packed, limit)
    except zlib.error:
        return False
    return not unpacker.unconsumed_tail

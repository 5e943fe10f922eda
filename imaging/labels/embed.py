"""Another XMP packet for a JPEG, PNG or WebP file, whose pixels stay as they are, bit for bit."""

import struct
import zlib

from imaging import png

JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"
PNG_XMP = b"XML:com.adobe.xmp\0"
_APP1, _START_OF_SCAN = 0xE1, 0xDA


def embed_xmp(data: bytes, packet: bytes) -> bytes:
    """Return the bytes of a result's file with this packet in place of its own.

    The file is one of `imaging.encode`, which has a packet. Raise ValueError for what is no such file.
    """
    if data.startswith(b"\xff\xd8"):
        return _embed_in_jpeg(data, packet)
    if data.startswith(png.MAGIC):
        return _embed_in_png(data, packet)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _embed_in_webp(data, packet)
    raise ValueError("not a JPEG, PNG or WebP file")


def _embed_in_jpeg(data: bytes, packet: bytes) -> bytes:
    """The packet takes the place of the old one; files of earlier versions, too, have one."""
    position, pieces = 2, [data[:2]]
    while position + 4 <= len(data) and data[position] == 0xFF and data[position + 1] != _START_OF_SCAN:
        end = position + 2 + int.from_bytes(data[position + 2 : position + 4])
        segment = data[position:end]
        if segment[1] == _APP1 and segment[4:].startswith(JPEG_XMP):
            content = JPEG_XMP + packet
            segment = bytes([0xFF, _APP1]) + (len(content) + 2).to_bytes(2) + content
        pieces.append(segment)
        position = end
    return b"".join([*pieces, data[position:]])


def _embed_in_png(data: bytes, packet: bytes) -> bytes:
    pieces = [png.MAGIC]
    for chunk in png.read_chunks(data):
        piece = data[chunk.start : chunk.end]
        if chunk.kind == b"iTXt" and data[chunk.body].startswith(PNG_XMP):
            content = PNG_XMP + b"\0\0\0\0" + packet  # not compressed, no language
            piece = struct.pack(">I", len(content)) + chunk.kind + content
            piece += struct.pack(">I", zlib.crc32(chunk.kind + content))
        pieces.append(piece)
    return b"".join(pieces)


def _embed_in_webp(data: bytes, packet: bytes) -> bytes:
    pieces, position = [b"WEBP"], 12
    while position + 8 <= len(data):
        kind, length = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
        content = packet if kind == b"XMP " else data[position + 8 : position + 8 + length]
        pieces.append(kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2))
        position += 8 + length + length % 2
    body = b"".join(pieces)
    return b"RIFF" + struct.pack("<I", len(body)) + body

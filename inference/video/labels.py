"""What a video says of how it was made, and what is written on its first seconds.

The AIGC label is a key of the container's metadata (TC260-PG-20257A): in MP4 and MOV `AIGC` among the `keys` of
`moov.udta.meta`, in MKV and WebM a tag. IPTC's digital source type is in an XMP packet, which MP4 has in a box of its
own. So there is one AIGC label in a file, as the standard wants it.
"""

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

from imaging.files import atomic_write
from imaging.labels.aigc import FIELD, AigcLabel
from imaging.labels.xmp import PROGRAM_NAME, XmpMarks, build_xmp_packet, parse_xmp
from inference.errors import BadVideo
from inference.video.containers import detect_container
from inference.video.streams import audio_stream, open_video, time_base_of, video_stream
from inference.video.visible_label import draw_on_start

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # the UUID of XMP in MP4 (XMP specification, part 3)
# The index before the pictures: browsers play while they load. Metadata by free keys, as AIGC is one.
MUXER_OPTIONS = {"movflags": "+faststart+use_metadata_tags"}
MAX_PACKET_BYTES = 2**20  # of XMP
MAX_BOXES = 10_000
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EIO, errno.ENOENT})


def mark_container(file: OutputContainer, style: str, label: AigcLabel | None) -> None:
    """Say in a new MP4's metadata that it was made by AI. Its muxer needs MUXER_OPTIONS."""
    _add_metadata(file, f"Made with AI by {PROGRAM_NAME}, style {style}", label)


def _add_metadata(file: OutputContainer, comment: str, label: AigcLabel | None) -> None:
    file.metadata["comment"] = comment
    if label:
        file.metadata[FIELD] = label.to_json()


def append_xmp(path: Path, style: str) -> None:
    """Append the XMP packet to a finished MP4."""
    content = XMP_UUID + build_xmp_packet(style)
    with path.open("ab") as file:
        file.write((len(content) + 8).to_bytes(4) + b"uuid" + content)


def read_video_marks(path: Path) -> XmpMarks:
    """Return what a video's file says. Raise BadVideo and OSError for what is no video or is not there."""
    container = detect_container(path).reader
    try:
        with open_video(path, container) as file:
            video_stream(file)
            texts = {key.upper(): value for key, value in file.metadata.items()}
    except FFmpegError as error:
        raise BadVideo("damaged") from error
    marks = parse_xmp(_read_xmp(path)) if container == "mov" else XmpMarks()
    aigc = AigcLabel.from_json(texts.get(FIELD, ""))
    return XmpMarks(marks.source_type, marks.tool, aigc or marks.aigc)


def _read_xmp(path: Path) -> bytes:
    """Return the XMP packet of an MP4 or MOV, in a box at its top or with the metadata; nothing where there is none."""
    with path.open("rb") as file:
        for kind, start, end in _boxes(file, 0, path.stat().st_size):
            if kind == b"uuid" and end - start >= len(XMP_UUID) and _read(file, start, len(XMP_UUID)) == XMP_UUID:
                return _read(file, start + len(XMP_UUID), end - start - len(XMP_UUID))
            if kind == b"moov" and (packet := _read_quicktime_xmp(file, start, end)):
                return packet
    return b""


def _read_quicktime_xmp(file: BinaryIO, start: int, end: int) -> bytes:
    for kind, inner_start, inner_end in list(_boxes(file, start, end)):
        if kind == b"udta":
            for inner_kind, packet_start, packet_end in list(_boxes(file, inner_start, inner_end)):
                if inner_kind == b"XMP_":
                    return _read(file, packet_start, packet_end - packet_start)
    return b""


def _read(file: BinaryIO, start: int, length: int) -> bytes:
    file.seek(start)
    return file.read(min(length, MAX_PACKET_BYTES))


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the type of each box from `start` on, and where its content begins and ends (ISO/IEC 14496-12, 4.2)."""
    for _ in range(MAX_BOXES):
        if start + 8 > end:
            return
        file.seek(start)
        size, kind, header = int.from_bytes(file.read(4)), file.read(4), 8
        if size == 1:
            size, header = int.from_bytes(file.read(8)), 16
        size = end - start if size == 0 else size
        if size < header:
            return
        yield kind, start + header, min(start + size, end)
        start += size


def label_video(source: Path, target: Path, label: AigcLabel | None, language: str | None = None) -> None:
    """Write a converted video anew, with this AIGC label, or without one; sound and pictures as they are.

    With a `language` of LABEL_LANGUAGES the visible label is on what is shown in the first 2 seconds: these
    pictures are encoded again, up to the next one that decoding can begin at. `source` is a result of `join_segments`.
    Raise BadVideo and OSError; then no file is left.
    """
    try:
        with atomic_write(target) as part, ExitStack() as stack:
            start, is_whole = None, False
            if language:
                start = stack.enter_context(_removed_at_end(part.with_suffix(".start")))
                is_whole = draw_on_start(source, start, language)
            _copy(source, part, label, start, is_whole=is_whole)
            append_xmp(part, read_video_marks(source).style)
    except FFmpegError as error:
        if error.errno in DISK_ERRORS:  # says nothing about what is in the file
            raise OSError(error.errno, error.strerror, str(target)) from error
        raise BadVideo("damaged") from error


@contextmanager
def _removed_at_end(path: Path) -> Iterator[Path]:
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _copy(source: Path, part: Path, label: AigcLabel | None, start: Path | None, *, is_whole: bool) -> None:
    """Write packets as they are, those of the file `start` in place of as many of the source's pictures, or of all."""
    with ExitStack() as stack:
        given = stack.enter_context(open_video(source, "mov"))
        first = stack.enter_context(open_video(start, "mov")) if start else None
        pictures, sound = video_stream(given), audio_stream(given)
        template = video_stream(first) if first else pictures
        file = stack.enter_context(av.open(str(part), "w", format="mp4", options=dict(MUXER_OPTIONS)))
        _add_metadata(file, given.metadata.get("comment", ""), label)
        streams: dict[int, Stream] = {pictures.index: file.add_stream_from_template(template)}
        streams[pictures.index].time_base = time_base_of(pictures)
        if sound:
            streams[sound.index] = file.add_stream_from_template(sound)
        replacing = _packets(first) if first else iter(())
        for packet in given.demux(*streams):
            if not packet.size:
                continue
            written, stream = packet, streams[packet.stream_index]
            if packet.stream_index == pictures.index and (new := next(replacing, None)):
                written = new
                if not is_whole and packet.dts is not None:
                    # Both are stored as much earlier than they are shown, and what follows goes on from there.
                    written.dts = round(packet.dts * packet.time_base / new.time_base)
            written.stream = stream
            file.mux_one(written)


def _packets(file: InputContainer) -> Iterator[Packet]:
    return (packet for packet in file.demux(video_stream(file)) if packet.size)

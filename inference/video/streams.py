"""The streams of a file, opened so that it can do no harm."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from inference.errors import BadVideo
from inference.video.containers import detect_container

MAX_READ_FAILURES = 100  # one after another
# A stream may change the size of its frames in pixels, up to this many times, and up to this many: a call begins with
# as few as its line seems to allow.
MAX_GROWTH = 4
MIN_DECODED_PIXELS = 2**22


def open_video(path: Path, container: str) -> InputContainer:
    """Open a file with the reader for that container alone, so that no file can make libavformat open others."""
    url = str(path.resolve())
    if container == "mov" and (end := detect_container(path).readable_bytes):
        url = f"subfile,,start,0,end,{end},,:{url}"
    return av.open(url, format=container, options={"protocol_whitelist": "subfile,file"})


def video_stream(file: InputContainer) -> VideoStream:
    """Return the stream of pictures; the cover of a piece of music is none.

    Raise BadVideo: `no_picture` for sound alone, `no_frames` where there is nothing at all.
    """
    best = file.streams.best("video")
    streams = [stream for stream in (best, *file.streams.video) if isinstance(stream, VideoStream)]
    for stream in streams:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise BadVideo("no_picture" if file.streams.audio else "no_frames")


def audio_stream(file: InputContainer) -> AudioStream | None:
    """Return the stream of sound; None also for a codec that is not known here."""
    stream = file.streams.best("audio")
    return stream if isinstance(stream, AudioStream) and stream.codec_context else None


def time_base_of(stream: Stream) -> Fraction:
    """Return the seconds of a tick of its times."""
    return stream.time_base or Fraction(1, 1000)


def read_packets(file: InputContainer, stream: Stream) -> Iterator[Packet]:
    """Yield whole packets to the end. What cannot be read is left out, up to so much that nothing more will come.

    Of a file that was cut off, packets of this stream may come after some of another one that are not there.
    """
    failures = 0
    while failures < MAX_READ_FAILURES:
        try:
            for packet in file.demux(stream):
                failures = 0
                if not packet.is_corrupt:  # it ends with the file, before its own end
                    yield packet
            return
        except EOFError:
            return
        except FFmpegError:
            failures += 1


def max_decoded_pixels(stored_pixels: int) -> int:
    """Return the most pixels that a decoder may make of a stream whose first frame has so many."""
    return max(MAX_GROWTH * stored_pixels, MIN_DECODED_PIXELS)


def prepare_decoder(stream: VideoStream, max_pixels: int) -> None:
    """Make frames with more pixels errors: a frame may say a larger size than the header of its file does."""
    stream.codec_context.options = {"max_pixels": str(max_pixels)}
    # With a thread a frame, an error would come with, and hide, some other frame.
    stream.codec_context.thread_type = "SLICE"

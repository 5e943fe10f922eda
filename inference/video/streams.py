"""The streams of a file, opened so that it can do no harm."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from inference.errors import BadVideo


def open_video(path: Path, container: str) -> InputContainer:
    """Open a file with the reader for that container alone, so that no file can make libavformat open others."""
    return av.open(str(path.resolve()), format=container, options={"protocol_whitelist": "file"})


def video_stream(file: InputContainer) -> VideoStream:
    """Return the stream of pictures. Raise BadVideo `no_picture`."""
    stream = file.streams.best("video")
    if not isinstance(stream, VideoStream):
        raise BadVideo("no_picture")
    return stream


def audio_stream(file: InputContainer) -> AudioStream | None:
    """Return the stream of sound; None also for a codec that is not known here."""
    stream = file.streams.best("audio")
    return stream if isinstance(stream, AudioStream) and stream.codec_context else None


def time_base_of(stream: Stream) -> Fraction:
    """Return the seconds of a tick of its times."""
    return stream.time_base or Fraction(1, 1000)


def read_packets(file: InputContainer, stream: Stream) -> Iterator[Packet]:
    """Yield packets to the end, which is also where the container is damaged."""
    try:
        yield from file.demux(stream)
    except FFmpegError:
        return


def prepare_decoder(stream: VideoStream, max_pixels: int) -> None:
    """Make frames with more pixels errors: a frame may say a larger size than the header of its file does."""
    stream.codec_context.options = {"max_pixels": str(max_pixels)}
    # With a thread a frame, an error would come with, and hide, some other frame.
    stream.codec_context.thread_type = "SLICE"

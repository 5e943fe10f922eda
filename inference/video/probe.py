"""What is in a video file that a stranger sent, found safely."""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from imaging.formats import MAX_JPEG_SCANS
from inference.errors import BadVideo
from inference.video.color import color_matrix_of
from inference.video.containers import Container, detect_container
from inference.video.frame_sizes import FrameSizes, Size, with_square_pixels
from inference.video.orientation import Orientation, orientation_of
from inference.video.streams import (
    audio_stream,
    max_decoded_pixels,
    open_video,
    prepare_decoder,
    read_packets,
    time_base_of,
    video_stream,
)
from inference.video_limits import VideoLimits

# Decoders that meet the open internet every day; libavcodec has hundreds of others, some of games of the nineties.
ALLOWED_CODECS = {
    "h264",
    "hevc",
    "vp8",
    "vp9",
    "libdav1d",
    "av1",
    "mpeg4",
    "mpeg2video",
    "mjpeg",
    "prores",
    "h263",
    "theora",
}
MAX_FIRST_PACKETS = 300  # that are tried for a first frame
START_OF_SCAN = b"\xff\xda"
MAX_PACKETS_PER_FRAME = 4  # that have one time; so that many that are never shown cannot hide behind few that are
MISSING_SECONDS = 0.1  # by which a whole video may be shorter than its header says


@dataclass(frozen=True)
class VideoInfo:
    """`width`, `height`: as it is shown, in square pixels. `times`: of the frames, ascending, in units of `time_base`.

    `keyframes`: those of them that decoding can begin at. `last_duration`: how long the last frame is shown, in the
    same unit. `orientation`: brings a stored frame upright. `color_matrix`: as in `color.py`. `audio_codec`: None
    without sound. `is_cut_off`: the file ends too early; `times` are those of what is there, and `declared_seconds` is
    how long it should last, None where it does not say.
    """

    path: Path
    container: str
    width: int
    height: int
    orientation: Orientation
    stored_pixels: int  # of a frame, before it is brought to that size
    color_matrix: int
    time_base: Fraction  # seconds
    times: tuple[int, ...]
    keyframes: tuple[int, ...]
    last_duration: int
    audio_codec: str | None
    audio_start: Fraction | None  # seconds
    is_cut_off: bool = False
    declared_seconds: float | None = None

    @property
    def seconds(self) -> float:
        """Return how long the picture lasts."""
        return float((self.times[-1] + self.last_duration - self.times[0]) * self.time_base)

    @property
    def rate(self) -> Fraction:
        """Return the frames a second, on average."""
        return len(self.times) / ((self.times[-1] + self.last_duration - self.times[0]) * self.time_base)


def probe_video(path: Path, limits: VideoLimits | None = None) -> VideoInfo:
    """Return all that conversion needs to know.

    The file is read once from beginning to end; only a first frame is decoded.

    Raise BadVideo, and nothing else but OSError for a path where there is no file.
    """
    limits = limits or VideoLimits()
    if path.stat().st_size > limits.max_bytes:
        raise BadVideo("too_many_bytes", limit=limits.max_bytes)
    container = detect_container(path)
    try:
        with open_video(path, container.reader) as file:
            return _probe_open_file(path, file, container, limits)
    except FFmpegError as error:
        raise BadVideo("truncated" if container.is_cut_off else "damaged") from error
    except BadVideo as error:
        if container.is_cut_off and error.reason == "no_frames":
            raise BadVideo("truncated") from error
        raise


def _probe_open_file(path: Path, file: InputContainer, container: Container, limits: VideoLimits) -> VideoInfo:
    stream = _check_stream(file, limits)
    frame = _decode_first_frame(file, stream)
    _check_size(frame.width, frame.height, limits)
    times, keyframes, last_duration, sizes = _scan(path, container.reader, limits)
    width, height, orientation = _shown_size(frame, stream, sizes.shown, limits)
    audio = audio_stream(file)
    declared = _declared_seconds(file, stream) if container.has_length else None
    seconds = float((times[-1] + last_duration - times[0]) * time_base_of(stream))
    return VideoInfo(
        path=path,
        container=container.reader,
        width=width,
        height=height,
        orientation=orientation,
        stored_pixels=max(frame.width * frame.height, sizes.max_pixels),
        color_matrix=color_matrix_of(frame),
        time_base=time_base_of(stream),
        times=times,
        keyframes=keyframes,
        last_duration=last_duration,
        audio_codec=audio.codec_context.name if audio else None,
        audio_start=audio.start_time * time_base_of(audio) if audio and audio.start_time is not None else None,
        # Nothing is missing where the size of the last box is wrong, or where other data than pictures were last.
        is_cut_off=container.is_cut_off and (declared is None or seconds < declared - MISSING_SECONDS),
        declared_seconds=declared,
    )


def _declared_seconds(file: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration:
        return float(stream.duration * time_base_of(stream))
    return file.duration / av.time_base if file.duration else None


def _check_stream(file: InputContainer, limits: VideoLimits) -> VideoStream:
    stream = video_stream(file)
    context = stream.codec_context
    if context is None or context.name not in ALLOWED_CODECS:  # None: libavcodec has no decoder of it
        raise BadVideo("unknown_codec")
    _check_size(context.width, context.height, limits)
    # More than is allowed, so that a frame that is too large is told from one that is damaged.
    prepare_decoder(stream, max_decoded_pixels(limits.max_pixels))
    return stream


def _check_size(width: int, height: int, limits: VideoLimits) -> None:
    if width * height > limits.max_pixels or min(width, height) > limits.max_short_side:
        raise BadVideo("too_many_pixels", width=width, height=height)


def _check_scans(packet: Packet, codec: str) -> None:
    if codec == "mjpeg" and bytes(packet).count(START_OF_SCAN) > MAX_JPEG_SCANS:
        raise BadVideo("too_slow")


def _decode_first_frame(file: InputContainer, stream: VideoStream) -> VideoFrame:
    tried = 0
    for packet in read_packets(file, stream):
        if packet.has_sidedata("encryption_info") or "enc_key_id" in stream.metadata:
            raise BadVideo("encrypted")
        _check_scans(packet, stream.codec_context.name)
        tried += bool(packet.size)
        try:
            frames = packet.decode()
        except FFmpegError:
            frames = []
        if frames:
            return frames[0]
        if tried > MAX_FIRST_PACKETS:
            break
    raise BadVideo("damaged" if tried else "no_frames")


def _shown_size(
    frame: VideoFrame, stream: VideoStream, others: Collection[Size], limits: VideoLimits
) -> tuple[int, int, Orientation]:
    """Return (width, height, orientation) that hold this frame and others, upright, with square pixels.

    Where all together would be too large, of this frame alone.
    """
    first = with_square_pixels(frame.width, frame.height, stream.sample_aspect_ratio or Fraction(1))
    width, height = (max(sides) for sides in zip(first, *others, strict=True))
    if width * height > limits.max_pixels:
        width, height = first
    orientation = orientation_of(frame)
    return (height, width, orientation) if orientation.is_transposed else (width, height, orientation)


def _scan(path: Path, container: str, limits: VideoLimits) -> tuple[tuple[int, ...], tuple[int, ...], int, FrameSizes]:
    """Return (times, keyframes, last_duration) as in VideoInfo, from the packets, and what sizes frames have."""
    durations: dict[int, int] = {}
    keyframes, packets = [], 0
    with open_video(path, container) as file:
        stream = video_stream(file)
        unit = time_base_of(stream)
        sizes = FrameSizes(stream, limits.max_pixels)
        for packet in read_packets(file, stream):
            time = packet.dts if packet.pts is None else packet.pts
            if time is None or not packet.size or packet.is_discard:
                continue
            _check_scans(packet, stream.codec_context.name)
            packets += 1
            durations[time] = packet.duration or 0
            if packet.is_keyframe:
                keyframes.append(time)
                if container == "matroska":  # as MP4 has no recordings of calls, and says their sizes in its index
                    sizes.sample(packet, float(time * unit))
            # Far too long a video reaches this, too, before its end tells.
            if len(durations) > limits.max_frames or packets > MAX_PACKETS_PER_FRAME * limits.max_frames:
                _check_length(durations, unit, limits)
                raise BadVideo("too_many_frames", limit=limits.max_frames)
    times = tuple(sorted(durations))
    if not times:
        raise BadVideo("no_frames")
    last = durations[times[-1]] or (times[-1] - times[-2] if len(times) > 1 else round(Fraction(1, 25) / unit))
    _check_length((times[0], times[-1] + last), unit, limits)
    return times, tuple(sorted(keyframes)), last, sizes


def _check_length(times: Collection[int], unit: Fraction, limits: VideoLimits) -> None:
    seconds = float((max(times) - min(times)) * unit)
    if seconds > limits.max_seconds:
        raise BadVideo("too_long", limit=limits.max_seconds, seconds=seconds)

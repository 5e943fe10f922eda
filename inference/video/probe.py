"""What is in a video file that a stranger sent, found safely."""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from inference.errors import BadVideo
from inference.video.colours import matrix_of
from inference.video.containers import sniff
from inference.video.streams import open_video, packets_of, picture_of, prepare_decoder, sound_of, unit_of
from inference.video.turning import Turn, turn_of
from inference.video_limits import Limits

REASONS = (
    "empty",
    "too_many_bytes",
    "not_a_video",
    "truncated",
    "no_picture",
    "unknown_codec",
    "encrypted",
    "too_many_pixels",
    "no_frames",
    "too_many_frames",
    "too_long",
    "damaged",
    "nothing_chosen",
)
# Decoders that meet the open internet every day; libavcodec has hundreds of others, some of games of the nineties.
CODECS = {"h264", "hevc", "vp8", "vp9", "libdav1d", "av1", "mpeg4", "mpeg2video", "mjpeg", "prores", "h263", "theora"}
LONGEST_FIRST_TRY = 300  # packets that are tried for a first frame


@dataclass(frozen=True)
class VideoInfo:
    """`width`, `height`: as it is shown, in square pixels. `times`: of the frames, ascending, in units of `time_base`.

    `keys`: those of them that decoding can begin at. `last`: how long the last frame is shown, in the same unit.
    `turn`: brings a stored frame upright. `matrix`: of its colours (`colours.py`). `sound`: its codec; None without.
    """

    path: Path
    container: str
    width: int
    height: int
    turn: Turn
    stored_pixels: int  # of a frame, before it is brought to that size
    matrix: int
    time_base: Fraction  # seconds
    times: tuple[int, ...]
    keys: tuple[int, ...]
    last: int
    sound: str | None
    sound_begins: Fraction | None  # seconds

    @property
    def seconds(self) -> float:
        return float((self.times[-1] + self.last - self.times[0]) * self.time_base)

    @property
    def rate(self) -> Fraction:
        """Frames a second, on average."""
        return len(self.times) / ((self.times[-1] + self.last - self.times[0]) * self.time_base)


def probe(path: Path, limits: Limits | None = None) -> VideoInfo:
    """All that conversion needs to know. The file is read once from beginning to end; only a first frame is decoded.

    Raises BadVideo, and nothing else but OSError for a path where there is no file.
    """
    limits = limits or Limits()
    if path.stat().st_size > limits.bytes:
        raise BadVideo("too_many_bytes", limit=limits.bytes)
    container = sniff(path)
    try:
        with open_video(path, container) as file:
            stream = _checked_stream(file, limits)
            frame = _first_frame(file, stream)
            width, height, turn = _shown_size(frame, stream)
            times, keys, last = _scan(path, container, limits)
            sound = sound_of(file)
            begins = sound.start_time * unit_of(sound) if sound and sound.start_time is not None else None
            return VideoInfo(
                path=path,
                container=container,
                width=width,
                height=height,
                turn=turn,
                stored_pixels=frame.width * frame.height,
                matrix=matrix_of(frame),
                time_base=unit_of(stream),
                times=times,
                keys=keys,
                last=last,
                sound=sound.codec_context.name if sound else None,
                sound_begins=begins,
            )
    except FFmpegError as error:
        raise BadVideo("damaged") from error


def _checked_stream(file: InputContainer, limits: Limits) -> VideoStream:
    stream = picture_of(file)
    context = stream.codec_context
    if context is None or context.name not in CODECS:  # None: libavcodec has no decoder of it
        raise BadVideo("unknown_codec")
    if context.width * context.height > limits.pixels:
        raise BadVideo("too_many_pixels", limit=limits.pixels, width=context.width, height=context.height)
    prepare_decoder(stream, limits.pixels)
    return stream


def _first_frame(file: InputContainer, stream: VideoStream) -> VideoFrame:
    tried = 0
    for packet in packets_of(file, stream):
        if packet.has_sidedata("encryption_info") or "enc_key_id" in stream.metadata:
            raise BadVideo("encrypted")
        tried += bool(packet.size)
        try:
            frames = packet.decode()
        except FFmpegError:
            frames = []
        if frames:
            return frames[0]
        if tried > LONGEST_FIRST_TRY:
            break
    raise BadVideo("damaged" if tried else "no_frames")


def _shown_size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int, Turn]:
    """(width, height, turn) of the frame upright and with square pixels: the longer side of a pixel counts."""
    shape = stream.sample_aspect_ratio or Fraction(1)
    width, height = frame.width, frame.height
    if Fraction(1, 4) <= shape <= 4:  # others are nonsense
        width, height = (round(width * shape), height) if shape > 1 else (width, round(height / shape))
    turn = turn_of(frame)
    return (height, width, turn) if turn.is_transposed else (width, height, turn)


def _scan(path: Path, container: str, limits: Limits) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """(times, keys, last) as in VideoInfo, from the packets."""
    durations: dict[int, int] = {}
    keys = []
    with open_video(path, container) as file:
        stream = picture_of(file)
        unit = unit_of(stream)
        for packet in packets_of(file, stream):
            time = packet.dts if packet.pts is None else packet.pts
            if time is None or not packet.size or packet.is_discard:
                continue
            durations[time] = packet.duration or 0
            if packet.is_keyframe:
                keys.append(time)
            if len(durations) > limits.frames:  # far too long a video reaches this, too, before its end tells
                _check_length(durations, unit, limits)
                raise BadVideo("too_many_frames", limit=limits.frames)
    times = tuple(sorted(durations))
    if not times:
        raise BadVideo("no_frames")
    last = durations[times[-1]] or (times[-1] - times[-2] if len(times) > 1 else round(Fraction(1, 25) / unit))
    _check_length((times[0], times[-1] + last), unit, limits)
    return times, tuple(sorted(keys)), last


def _check_length(times: Collection[int], unit: Fraction, limits: Limits) -> None:
    seconds = float((max(times) - min(times)) * unit)
    if seconds > limits.seconds:
        raise BadVideo("too_long", limit=limits.seconds, seconds=seconds)

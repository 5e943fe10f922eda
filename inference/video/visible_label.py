"""The visible label on the first seconds of a finished video."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from imaging.labels.visible import make_label_patch
from inference.errors import BadVideo
from inference.video.streams import open_video, time_base_of, video_stream
from inference.video.write import PIXEL_FORMAT, add_h264_stream

LABEL_SECONDS = 2  # from the beginning on, at least (GB 45438-2025, 4.5)
BLACK, WHITE, NEUTRAL = 16, 235, 128  # of brightness and of color, in the limited range that results have


@dataclass(frozen=True)
class _StoredFormat:
    """How the pictures of a result were encoded: a PictureFormat."""

    width: int
    height: int
    color_matrix: int
    time_base: Fraction
    rate: Fraction


def draw_on_start(source: Path, target: Path, language: str) -> bool:
    """Write an MP4 with the first pictures of a converted video, with the label on them; return whether with all.

    They are those of the first LABEL_SECONDS and those up to the next one that decoding can begin at; all of the video
    where another version of the encoder made it, as the two would not fit together.
    Raise BadVideo and what PyAV raises.
    """
    if _encode_start(source, target, language, is_whole=False):
        return False
    return _encode_start(source, target, language, is_whole=True)


def _encode_start(source: Path, target: Path, language: str, *, is_whole: bool) -> bool:
    """Return whether what was written can be followed by the rest of the source."""
    with open_video(source, "mov") as given, av.open(str(target), "w", format="mp4") as file:
        pictures = video_stream(given)
        pictures.codec_context.thread_type = "SLICE"
        if not pictures.codec_context.width:
            raise BadVideo("damaged")
        overlay = _make_overlay(pictures.codec_context.width, pictures.codec_context.height, language)
        stream = None
        for frame, is_labeled in _decode_start(given, pictures, is_whole=is_whole):
            stream = stream or add_h264_stream(file, _format_of(pictures))
            file.mux(stream.encode(overlay.draw_on(frame) if is_labeled else frame))
        if stream is None:
            raise BadVideo("damaged")
        file.mux(stream.encode(None))
        header = pictures.codec_context.extradata
    with open_video(target, "mov") as written:
        return is_whole or video_stream(written).codec_context.extradata == header


def _format_of(pictures: VideoStream) -> _StoredFormat:
    """Return what the encoder was told, which is in the header of its stream."""
    context = pictures.codec_context
    ticks = context.framerate  # of H.264: as many as the clock has in a second
    time_base = 1 / Fraction(ticks) if ticks else time_base_of(pictures)
    rate = pictures.average_rate or Fraction(25)
    return _StoredFormat(context.width, context.height, context.colorspace, time_base, Fraction(rate))


def _decode_start(given: InputContainer, pictures: VideoStream, *, is_whole: bool) -> Iterator[tuple[VideoFrame, bool]]:
    """Yield the pictures, each with whether it is of the start."""
    ticks = LABEL_SECONDS / time_base_of(pictures)
    end: int | None = None
    first: int | None = None

    def decode(packet: Packet | None) -> Iterator[tuple[VideoFrame, bool]]:
        for frame in pictures.codec_context.decode(packet):
            frame.time_base = time_base_of(pictures)
            yield frame, end is None or (frame.pts or 0) < end

    for packet in given.demux(pictures):
        if not packet.size:
            continue
        time = packet.pts or 0
        first = time if first is None else first
        if end is None and packet.is_keyframe and time >= first + ticks:
            end = time
            if not is_whole:
                break
        yield from decode(packet)
    yield from decode(None)


@dataclass(frozen=True)
class _Overlay:
    """A label over planes of brightness and of color, which has half as many pixels each way.

    `top`, `left` are even; `opacity` and `value` are float32 [h,w] with even sides, `color_opacity` [h/2,w/2].
    """

    top: int
    left: int
    opacity: np.ndarray
    value: np.ndarray
    color_opacity: np.ndarray

    def draw_on(self, frame: VideoFrame) -> VideoFrame:
        """Return the frame with the label; beside it brightness and color are what they were, bit for bit."""
        planes = frame.to_ndarray(format=PIXEL_FORMAT)  # [H*3/2,W]: brightness, then the two planes of color
        _blend(planes[: frame.height], self.top, self.left, self.opacity, self.value)
        for plane in planes[frame.height :].reshape(2, frame.height // 2, frame.width // 2):
            _blend(plane, self.top // 2, self.left // 2, self.color_opacity, np.float32(NEUTRAL))
        drawn = VideoFrame.from_ndarray(planes, format=PIXEL_FORMAT)
        drawn.pts, drawn.time_base = frame.pts, frame.time_base
        return drawn


def _make_overlay(width: int, height: int, language: str) -> _Overlay:
    """Return the label for frames of this size, which is even."""
    patch = make_label_patch(width, height, language)
    top, left = patch.top // 2 * 2, patch.left // 2 * 2
    bottom, right = patch.top + patch.opacity.shape[0], patch.left + patch.opacity.shape[1]
    around = ((patch.top - top, bottom % 2), (patch.left - left, right % 2))
    opacity, color = np.pad(patch.opacity, around), np.pad(patch.color, around)
    rows, columns = opacity.shape
    quarters = opacity.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3))
    return _Overlay(top, left, opacity, BLACK + color * np.float32((WHITE - BLACK) / 255), quarters)


def _blend(plane: np.ndarray, top: int, left: int, opacity: np.ndarray, value: np.ndarray | np.floating) -> None:
    region = plane[top : top + opacity.shape[0], left : left + opacity.shape[1]]
    region[:] = np.round(region * (1 - opacity) + value * opacity).astype(np.uint8)

"""The frames of a video as the engine wants them."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame

from inference.errors import BadVideo
from inference.video.frame_sizes import PixelShapes, with_square_pixels
from inference.video.orientation import Orientation, orientation_of
from inference.video.plan import VideoPlan, keyframe_before
from inference.video.probe import VideoInfo
from inference.video.srgb import FrameConverter
from inference.video.streams import max_decoded_pixels, open_video, prepare_decoder, read_packets, video_stream

MAX_UNREADABLE = 0.5  # of the frames of a segment
MAX_STRETCH = 0.01  # of a side, or 2 pixels, so that frames fill the result, whose sides are even


@dataclass(frozen=True)
class DecodedFrame:
    """A frame, its time in units of the stream's time base, and the shape of its pixels."""

    frame: VideoFrame
    time: int
    pixel_shape: Fraction


def read_frames(plan: VideoPlan, indices: range) -> Iterator[np.ndarray]:
    """Yield uint8 [H,W,3] RGB of each of these indices in `plan.times`: upright, sRGB-like, of the plan's size.

    For a frame that is damaged beyond decoding comes the one before it again, or, at the beginning, the one after it.
    Raise BadVideo `damaged` where that is so for more than half of them.
    """
    targets, previous, unreadable, index = plan.times[indices.start : indices.stop], None, 0, 0
    shown: np.ndarray | None = None
    converter = FrameConverter()
    for frame in _decode(plan, targets[0], targets[-1]):
        while index < len(targets) and frame.time >= targets[index]:
            is_exact = frame.time == targets[index]
            unreadable += not is_exact
            if is_exact or previous is None:
                shown = to_rgb(frame, plan, converter)
            elif shown is None:  # the first frame of all is missing, but what comes before it could be read
                shown = to_rgb(previous, plan, converter)
            yield shown
            index += 1
        previous = frame
        if index == len(targets):
            break
    unreadable += len(targets) - index
    if unreadable > MAX_UNREADABLE * len(targets):
        raise BadVideo("damaged")
    for _ in range(index, len(targets)):
        yield shown  # type: ignore[misc]


def _decode(plan: VideoPlan, first: int, last: int) -> Iterator[DecodedFrame]:
    """Yield frames in the order they are shown in: from the one at `first`, or before it, to the one at `last`."""
    keyframe = keyframe_before(plan.keyframes, first)
    frames = _decode_from(plan, keyframe, last)
    begin = next(frames, None)
    if keyframe is not None and (begin is None or begin.time > first):
        # The key frame is damaged, or the container's index wrong: from the beginning everything can be found.
        frames.close()
        yield from _decode_from(plan, None, last)
    elif begin is not None:
        yield begin
        yield from frames


def _decode_from(plan: VideoPlan, keyframe: int | None, last: int) -> Generator[DecodedFrame]:
    with open_video(plan.source, plan.container) as file:
        stream = video_stream(file)
        shapes = PixelShapes(stream)
        prepare_decoder(stream, max_decoded_pixels(plan.stored_pixels))
        if keyframe is not None:
            file.seek(keyframe, stream=stream)
        for packet in read_packets(file, stream):
            try:
                frames = packet.decode()
            except FFmpegError:
                continue  # what cannot be decoded is missed, and filled in, by who reads
            shapes.note_packet(packet)
            for frame in frames:
                if frame.pts is not None:
                    yield DecodedFrame(frame, frame.pts, shapes.shape_of(frame))
                    if frame.pts >= last:
                        return


def to_rgb(decoded: DecodedFrame, plan: VideoPlan | VideoInfo, converter: FrameConverter) -> np.ndarray:
    """Return uint8 [H,W,3] of that size, upright, in sRGB. Of one stream all frames take one converter.

    A frame of another shape lies in the middle, as large as it can, and the rest is black.
    """
    frame, orientation = decoded.frame, orientation_of(decoded.frame, plan.orientation)
    width, height = _fitted_size(decoded, orientation, plan)
    size = (height, width) if orientation.is_transposed else (width, height)
    pixels = orientation.apply(converter.to_srgb(frame, *size, plan.color_matrix))
    if (width, height) == (plan.width, plan.height):
        return pixels
    canvas = np.zeros((plan.height, plan.width, 3), np.uint8)
    top, left = (plan.height - height) // 2, (plan.width - width) // 2
    canvas[top : top + height, left : left + width] = pixels
    return canvas


def _fitted_size(decoded: DecodedFrame, orientation: Orientation, plan: VideoPlan | VideoInfo) -> tuple[int, int]:
    """Return (width, height) of a frame, upright, where it fills the result as far as its shape allows."""
    width, height = with_square_pixels(decoded.frame.width, decoded.frame.height, decoded.pixel_shape)
    if orientation.is_transposed:
        width, height = height, width
    scale = min(plan.width / width, plan.height / height)
    width, height = max(2, round(width * scale)), max(2, round(height * scale))
    is_full = all(
        abs(side - whole) <= max(2, MAX_STRETCH * whole) for side, whole in ((width, plan.width), (height, plan.height))
    )
    return (plan.width, plan.height) if is_full else (min(width, plan.width), min(height, plan.height))

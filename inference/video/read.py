"""The frames of a video as the engine wants them."""

from collections.abc import Generator, Iterator

import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame

from inference.errors import BadVideo
from inference.video.plan import VideoPlan, keyframe_before
from inference.video.probe import VideoInfo
from inference.video.srgb import FrameConverter
from inference.video.streams import open_video, prepare_decoder, read_packets, video_stream

MAX_UNREADABLE = 0.5  # of the frames of a segment
MAX_GROWTH = 4  # a stream may change the size of its frames in pixels, up to this many times
MIN_DECODED_PIXELS = 2**20  # decoders count the edges around small frames, too


def max_decoded_pixels(stored_pixels: int) -> int:
    """Return the most pixels that a decoder may make of a stream whose first frame has so many."""
    return max(MAX_GROWTH * stored_pixels, MIN_DECODED_PIXELS)


def read_frames(plan: VideoPlan, indices: range) -> Iterator[np.ndarray]:
    """Yield uint8 [H,W,3] RGB of each of these indices in `plan.times`: upright, sRGB-like, of the plan's size.

    For a frame that is damaged beyond decoding comes the one before it again, or, at the beginning, the one after it.
    Raise BadVideo `damaged` where that is so for more than half of them.
    """
    targets, previous, unreadable, index = plan.times[indices.start : indices.stop], None, 0, 0
    shown: np.ndarray | None = None
    converter = FrameConverter()
    for frame in _decode(plan, targets[0], targets[-1]):
        while index < len(targets) and _time(frame) >= targets[index]:
            is_exact = _time(frame) == targets[index]
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


def _decode(plan: VideoPlan, first: int, last: int) -> Iterator[VideoFrame]:
    """Yield frames in the order they are shown in: from the one at `first`, or before it, to the one at `last`."""
    keyframe = keyframe_before(plan.keyframes, first)
    frames = _decode_from(plan, keyframe, last)
    begin = next(frames, None)
    if keyframe is not None and (begin is None or _time(begin) > first):
        # The key frame is damaged, or the container's index wrong: from the beginning everything can be found.
        frames.close()
        yield from _decode_from(plan, None, last)
    elif begin is not None:
        yield begin
        yield from frames


def _decode_from(plan: VideoPlan, keyframe: int | None, last: int) -> Generator[VideoFrame]:
    with open_video(plan.source, plan.container) as file:
        stream = video_stream(file)
        prepare_decoder(stream, max_decoded_pixels(plan.stored_pixels))
        if keyframe is not None:
            file.seek(keyframe, stream=stream)
        for packet in read_packets(file, stream):
            try:
                frames = packet.decode()
            except FFmpegError:
                continue  # what cannot be decoded is missed, and filled in, by who reads
            for frame in frames:
                if frame.pts is not None:
                    yield frame
                    if frame.pts >= last:
                        return


def _time(frame: VideoFrame) -> int:
    return frame.pts or 0  # those that have none have been left out


def to_rgb(frame: VideoFrame, plan: VideoPlan | VideoInfo, converter: FrameConverter) -> np.ndarray:
    """Return uint8 [H,W,3] of that size, upright, in sRGB. Of one stream all frames take one converter."""
    width, height = (plan.height, plan.width) if plan.orientation.is_transposed else (plan.width, plan.height)
    return plan.orientation.apply(converter.to_srgb(frame, width, height, plan.color_matrix))

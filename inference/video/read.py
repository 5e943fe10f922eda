"""The frames of a video as the engine wants them."""

from collections.abc import Generator, Iterator

import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorTrc

from inference.errors import BadVideo
from inference.video.colours import is_wide
from inference.video.plan import Plan, key_before
from inference.video.probe import VideoInfo
from inference.video.streams import open_video, packets_of, picture_of, prepare_decoder

MOST_UNREADABLE = 0.5  # of the frames of a segment
MOST_GROWTH = 4  # a stream may change the size of its frames in pixels, up to this many times
LEAST_LIMIT = 2**20  # decoders count the edges around small frames, too


def decoder_limit(stored_pixels: int) -> int:
    """The most pixels that a decoder may make of a stream whose first frame has so many."""
    return max(MOST_GROWTH * stored_pixels, LEAST_LIMIT)


def read_frames(plan: Plan, places: range) -> Iterator[np.ndarray]:
    """uint8 [H,W,3] RGB of each of these places in `plan.times`: upright, in sRGB-like colours, of the plan's size.

    For a frame that is damaged beyond decoding comes the one before it again, or, at the beginning, the one after it.
    Raises BadVideo `damaged` where that is so for more than half of them.
    """
    wanted, previous, unreadable, place = plan.times[places.start : places.stop], None, 0, 0
    shown: np.ndarray | None = None
    for frame in _decoded(plan, wanted[0], wanted[-1]):
        while place < len(wanted) and _time(frame) >= wanted[place]:
            is_there = _time(frame) == wanted[place]
            unreadable += not is_there
            if is_there or previous is None:
                shown = to_rgb(frame, plan)
            elif shown is None:  # the first frame of all is missing, but what comes before it could be read
                shown = to_rgb(previous, plan)
            yield shown
            place += 1
        previous = frame
        if place == len(wanted):
            break
    unreadable += len(wanted) - place
    if unreadable > MOST_UNREADABLE * len(wanted):
        raise BadVideo("damaged")
    for _ in range(place, len(wanted)):
        yield shown  # type: ignore[misc]


def _decoded(plan: Plan, first: int, last: int) -> Iterator[VideoFrame]:
    """Frames in the order in which they are shown: from the one at `first`, or before it, to the one at `last`."""
    key = key_before(plan.keys, first)
    frames = _decoded_from(plan, key, last)
    begin = next(frames, None)
    if key is not None and (begin is None or _time(begin) > first):
        # The key frame is damaged, or the container's index wrong: from the beginning everything can be found.
        frames.close()
        yield from _decoded_from(plan, None, last)
    elif begin is not None:
        yield begin
        yield from frames


def _decoded_from(plan: Plan, key: int | None, last: int) -> Generator[VideoFrame]:
    with open_video(plan.source, plan.container) as file:
        stream = picture_of(file)
        prepare_decoder(stream, decoder_limit(plan.stored_pixels))
        if key is not None:
            file.seek(key, stream=stream)
        for packet in packets_of(file, stream):
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


def to_rgb(frame: VideoFrame, plan: Plan | VideoInfo) -> np.ndarray:
    """uint8 [H,W,3] of that size, upright. Wide gamut and HDR are brought to what every screen shows."""
    width, height = (plan.height, plan.width) if plan.turn.is_transposed else (plan.width, plan.height)
    colours = {"dst_color_primaries": ColorPrimaries.BT709, "dst_color_trc": ColorTrc.BT709} if is_wide(frame) else {}
    rgb = frame.reformat(width, height, "rgb24", src_colorspace=plan.matrix, interpolation="BICUBIC", **colours)
    return plan.turn.apply(rgb.to_ndarray())

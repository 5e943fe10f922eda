"""H.264 in MP4, as every browser plays it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from imaging.files import atomic_write
from inference.video.color import LIMITED, output_color
from inference.video.plan import VideoPlan

# Near what the eye cannot tell. A fixed number of threads, as the bits of the result depend on it.
ENCODER_OPTIONS = {"preset": "veryfast", "crf": "18", "profile": "high", "threads": "2"}
PIXEL_FORMAT = "yuv420p"
REORDERED_FRAMES = 2  # frames that x264 stores one earlier than it is shown, at most, with frames between frames
WriteFrame = Callable[[np.ndarray, int], None]


class PictureFormat(Protocol):
    """How pictures are encoded, as a VideoPlan has it: two with the same can follow one another in a file."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def color_matrix(self) -> int: ...
    @property
    def time_base(self) -> Fraction: ...
    @property
    def rate(self) -> Fraction: ...


@contextmanager
def segment_writer(path: Path, plan: VideoPlan) -> Iterator[WriteFrame]:
    """Give a function that writes a frame, uint8 [H,W,3] RGB, and when it is shown, in units of the plan's time base.

    The file is there, whole, only after all went well.
    """
    color = output_color(plan.color_matrix)
    with atomic_write(path) as part, av.open(str(part), "w", format="mp4") as file:
        stream = add_h264_stream(file, plan)

        def write(pixels: np.ndarray, time: int) -> None:
            rgb = VideoFrame.from_ndarray(pixels, format="rgb24")
            frame = rgb.reformat(format=PIXEL_FORMAT, dst_colorspace=color.matrix, dst_color_range=LIMITED)
            frame.pts, frame.time_base = time, plan.time_base
            file.mux(stream.encode(frame))

        yield write
        file.mux(stream.encode(None))


def add_h264_stream(file: OutputContainer, pictures: PictureFormat) -> VideoStream:
    """Add the stream of pictures to a new MP4."""
    rate, color = pictures.rate.limit_denominator(100_000), output_color(pictures.color_matrix)
    stream = file.add_stream("libx264", rate=rate, options=dict(ENCODER_OPTIONS))
    stream.width, stream.height, stream.pix_fmt = pictures.width, pictures.height, PIXEL_FORMAT
    context = stream.codec_context
    context.time_base = pictures.time_base
    context.color_primaries, context.color_trc = color.primaries, color.transfer
    context.colorspace, context.color_range = color.matrix, LIMITED
    return stream

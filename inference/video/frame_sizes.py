"""Sizes and shapes of frames, which may change within a stream: a phone is turned, a line becomes better."""

from fractions import Fraction

from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from inference.video.streams import max_decoded_pixels, prepare_decoder

# Between key frames that are looked at, at least, and of the time until then: of an hour some hundreds.
SAMPLE_SECONDS, SAMPLE_SHARE = 0.2, 0.02
Size = tuple[int, int]  # width and height


def with_square_pixels(width: int, height: int, shape: Fraction) -> tuple[int, int]:
    """Return (width, height) of a frame in square pixels as long as the longer side of its own.

    `shape`: how wide its own are, by how high.
    """
    if not Fraction(1, 4) <= shape <= 4:  # nonsense
        return width, height
    return (round(width * shape), height) if shape > 1 else (width, round(height / shape))


class PixelShapes:
    """Tells how wide the pixels of the frames of a stream that was just opened are, by how high.

    The container says so, or the codec: the container of all frames, as they began, and the codec of each.
    """

    def __init__(self, stream: VideoStream) -> None:
        self._stream = stream
        self._size = (stream.codec_context.width, stream.codec_context.height)
        self._first = stream.codec_context.sample_aspect_ratio
        self._noted: dict[int | None, Fraction | None] = {}  # by the times of packets: frames come later than theirs

    def note_packet(self, packet: Packet) -> None:
        """Note what the codec says after a packet was given to it."""
        self._noted[packet.pts] = self._stream.codec_context.sample_aspect_ratio

    def shape_of(self, frame: VideoFrame) -> Fraction:
        """Return that of a frame that was decoded, once."""
        return self._shape(self._noted.pop(frame.pts, None), (frame.width, frame.height))

    def latest_shape(self) -> Fraction:
        """Return that of frames like those that the last packet has."""
        context = self._stream.codec_context
        return self._shape(context.sample_aspect_ratio, (context.width, context.height))

    def _shape(self, noted: Fraction | None, size: Size) -> Fraction:
        has_changed = noted and self._first and noted != self._first
        if has_changed or size != self._size:
            return noted or Fraction(1)
        return self._stream.sample_aspect_ratio or Fraction(1)


class FrameSizes:
    """The sizes of the key frames of a stream that was just opened, but for those of more than `limit_px` pixels.

    `shown`: in square pixels. `max_pixels`: of the largest as it is stored.
    """

    def __init__(self, stream: VideoStream, limit_px: int) -> None:
        self.shown: set[Size] = set()
        self.max_pixels = 0
        self._context, self._shapes = stream.codec_context, PixelShapes(stream)
        self._begin: float | None = None  # seconds
        self._next = 0.0
        self._limit_px = limit_px
        prepare_decoder(stream, max_decoded_pixels(limit_px))

    def sample(self, packet: Packet, seconds: float) -> None:
        """Look at a key frame at this time, unless the one before was looked at a moment ago."""
        if self._begin is None:
            self._begin = seconds
        elif seconds < self._next:
            return
        self._next = seconds + max(SAMPLE_SECONDS, SAMPLE_SHARE * (seconds - self._begin))
        try:
            packet.decode()
        except FFmpegError:
            return
        width, height = self._context.width, self._context.height
        if width * height <= self._limit_px:
            self.max_pixels = max(self.max_pixels, width * height)
            self.shown.add(with_square_pixels(width, height, self._shapes.latest_shape()))

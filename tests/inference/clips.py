"""Videos for the tests: a photo that moves, with or without a beep at known times."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

from tests.inference.material import photo

RATE = 25  # frames a second
CAMERA_HELD_UPRIGHT = (0, 65536, 0, -65536, 0, 0, 0, 0, 2**30)  # what telephones write: turn to the right by 90 degrees


@dataclass(frozen=True)
class Clip:
    """`width`, `height` in pixels; `sound`: a codec, with a beep of 50 ms at each of `beeps`, in seconds."""

    frames: int = 30
    width: int = 128
    height: int = 72
    codec: str = "libx264"
    pixels: str = "yuv420p"
    sound: str | None = None
    beeps: Sequence[float] = ()
    matrix: Sequence[int] | None = None
    pixel_shape: Fraction | None = None
    times: Callable[[int], int] = lambda number: number  # in units of 1/RATE s
    options: tuple[tuple[str, str], ...] = ()
    container: tuple[tuple[str, str], ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    colors: int = 1  # BT.709
    transfer: int | None = None  # as `colors`
    cut_at: int | None = None

    @property
    def sound_rate(self) -> int:
        return 48000 if self.sound == "libopus" else 44100

    def picture(self, number: int) -> np.ndarray:
        """uint8 [H,W,3]: a window that moves over a photo."""
        seed = 1 if self.cut_at is not None and number >= self.cut_at else 0
        large = photo(self.height * 2, self.width * 2, seed)
        shift = np.float32([[1, 0, -8 - 1.3 * (number % 40)], [0, 1, -5 - 0.4 * (number % 40)]])
        moved = cv2.warpAffine(large, shift, (self.width, self.height), flags=cv2.INTER_CUBIC)
        noise = np.random.default_rng(number).normal(0, 2, moved.shape)
        return np.clip(moved + noise, 0, 255).astype(np.uint8)

    def write(self, path: Path) -> Path:
        with av.open(str(path), "w", options=dict(self.container)) as file:
            file.metadata.update(self.metadata)
            video = file.add_stream(self.codec, rate=RATE, options=dict(self.options))
            video.width, video.height, video.pix_fmt = self.width, self.height, self.pixels
            context = video.codec_context
            context.colorspace = context.color_primaries = self.colors
            context.color_trc = self.transfer or self.colors
            context.color_range, context.gop_size = 1, 10
            if self.pixel_shape:
                context.sample_aspect_ratio = self.pixel_shape
            if self.matrix:
                video.set_display_matrix(self.matrix)
            audio = self.sound and file.add_stream(self.sound, rate=self.sound_rate, layout="mono")
            for number in range(self.frames):
                file.mux(video.encode(self._frame(number)))
            file.mux(video.encode(None))
            if audio:
                for frame in self._sound(audio.rate, audio.format.name):
                    file.mux(audio.encode(frame))
                file.mux(audio.encode(None))
        return path

    def _frame(self, number: int) -> VideoFrame:
        rgb = VideoFrame.from_ndarray(self.picture(number), format="rgb24")
        frame = rgb.reformat(format=self.pixels, dst_colorspace=self.colors, dst_color_range=1)
        frame.pts, frame.time_base = self.times(number), Fraction(1, RATE)
        return frame

    def _sound(self, rate: int, sample_format: str) -> Iterator[av.AudioFrame]:
        samples = np.zeros(round(self.frames / RATE * rate), np.float32)
        for beep in self.beeps:
            begin, length = round(beep * rate), rate // 20
            samples[begin : begin + length] = 0.5 * np.sin(np.arange(length) * 2 * np.pi * 1000 / rate)
        resampler = av.AudioResampler(sample_format, "mono", rate, frame_size=1024 if self.sound != "libopus" else 960)
        whole = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        whole.sample_rate, whole.pts, whole.time_base = rate, 0, Fraction(1, rate)
        yield from resampler.resample(whole)
        yield from resampler.resample(None)


def frames_of(path: Path) -> list[VideoFrame]:
    with av.open(str(path)) as file:
        return list(file.decode(video=0))


def pictures_of(path: Path) -> list[np.ndarray]:
    return [frame.to_ndarray(format="rgb24") for frame in frames_of(path)]


def times_of(path: Path) -> list[float]:
    """Of the frames, in seconds."""
    return [float(frame.time) for frame in frames_of(path)]


def packets_of(path: Path, kind: str) -> list[bytes]:
    with av.open(str(path)) as file:
        stream = file.streams.best(kind)
        return [bytes(packet) for packet in file.demux(stream) if packet.size]


def beeps_of(path: Path) -> list[float]:
    """When a beep begins, in seconds of what a player plays."""
    with av.open(str(path)) as file:
        moments: list[float] = []
        quiet_since = -1.0
        for frame in file.decode(audio=0):
            loud = np.abs(frame.to_ndarray().astype(np.float32)).max(0)
            loud = loud / (32768 if frame.format.name.startswith("s16") else 1) > 0.2
            for place in np.flatnonzero(loud):
                moment = float(frame.time) + place / frame.sample_rate
                if moment - quiet_since > 0.1:
                    moments.append(moment)
                quiet_since = moment
        return moments

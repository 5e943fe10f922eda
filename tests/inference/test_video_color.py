"""Wide gamut and HDR in videos: the colors of stills, from tables that are made once a stream."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.filter import Graph
from av.video.frame import VideoFrame

from inference.styles import Style
from inference.video import VideoOptions, make_plan, probe_video, srgb, write_poster
from inference.video.read import read_frames
from inference.video.srgb import FrameConverter
from tests.imaging.colors import HLG, PQ, SRGB, as_16_bits, chart, encoded, light_of
from tests.inference.clips import CAMERA_HELD_UPRIGHT, Clip
from tests.inference.material import apart

pytestmark = pytest.mark.no_database

HEIGHT, WIDTH = 128, 192
CHART = (chart(HEIGHT, WIDTH) * 0.65).astype(np.uint8)  # below the knee: so it stays as it is
QUIET = "log-level=error:bframes=0"  # with them, x265 gives a clip of two frames times that MP4 cannot have


@dataclass(frozen=True)
class WideClip(Clip):
    """The chart, or other light of which 1 is white, in the numbers of another color space, in 10 bits."""

    height: int = HEIGHT
    width: int = WIDTH
    codec: str = "libx265"
    pixels: str = "yuv420p10le"
    primaries: int = 9
    light: float | None = None

    def write(self, path: Path) -> Path:
        light = light_of(CHART) if self.light is None else np.full((self.height, self.width, 3), self.light)
        values = as_16_bits(encoded(light, self.primaries, self.transfer or SRGB))
        with av.open(str(path), "w") as file:
            options = {"crf": "4", "preset": "ultrafast"}
            stream = file.add_stream(self.codec, rate=25, options=options | {"x265-params": QUIET})
            stream.width, stream.height, stream.pix_fmt = self.width, self.height, self.pixels
            context = stream.codec_context
            context.color_primaries, context.color_trc = self.primaries, self.transfer or 1
            context.colorspace, context.color_range = self.colors, 1
            if self.matrix:
                stream.set_display_matrix(self.matrix)
            for number in range(self.frames):
                rgb = VideoFrame.from_ndarray(values, format="rgb48le")
                frame = rgb.reformat(format=self.pixels, dst_colorspace=self.colors, dst_color_range=1)
                frame.pts, frame.time_base = number, Fraction(1, 25)
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
        return path


def read(path: Path, style: Style, options: VideoOptions | None = None) -> list[np.ndarray]:
    plan = make_plan(path, path.parent / "work", style, options)
    return list(read_frames(plan, range(len(plan.times))))


KINDS = {
    "HLG": WideClip(frames=3, transfer=HLG, colors=9),
    "PQ": WideClip(frames=3, transfer=PQ, colors=9),
    "PQ in P3": WideClip(frames=3, transfer=PQ, colors=9, primaries=12),
    "BT.2020": WideClip(frames=3, colors=9),
    "P3": WideClip(frames=3, colors=1, primaries=12, codec="libx264", pixels="yuv420p"),
}


@pytest.mark.parametrize("clip", KINDS.values(), ids=KINDS.keys())
def test_wide_gamut_and_hdr_become_srgb(tmp_path: Path, comic: Style, clip: WideClip) -> None:
    frames = read(clip.write(tmp_path / "a.mkv"), comic)
    assert len(frames) == 3
    for frame in frames:
        assert apart(frame, CHART).mean() < 3.5, "a wrong curve or wrong primaries are off by 5 to 60"
        assert np.abs((frame.astype(float) - CHART).mean((0, 1))).max() < 1.5


def test_the_poster_has_the_same_colors(tmp_path: Path) -> None:
    write_poster(probe_video(KINDS["HLG"].write(tmp_path / "a.mov")), tmp_path / "a.jpg")
    poster = cv2.cvtColor(cv2.imread(str(tmp_path / "a.jpg")), cv2.COLOR_BGR2RGB)
    assert apart(poster, CHART).mean() < 4


def test_hdr_is_turned_and_made_smaller_as_any_video(tmp_path: Path, comic: Style) -> None:
    path = WideClip(frames=2, transfer=HLG, colors=9, matrix=CAMERA_HELD_UPRIGHT).write(tmp_path / "a.mov")
    frame = read(path, comic, VideoOptions(long_side=96))[0]
    assert frame.shape == (96, 64, 3)
    small = cv2.resize(np.rot90(CHART, -1), (64, 96), interpolation=cv2.INTER_AREA)
    assert apart(frame, small).mean() < 6


@pytest.mark.parametrize("transfer", [PQ, HLG], ids=["PQ", "HLG"])
def test_of_light_brighter_than_white_something_is_left(tmp_path: Path, comic: Style, transfer: int) -> None:
    """As in stills: white of 203 cd/m² where 1000 are possible is 228 by the curve of BT.2390."""
    levels = []
    for light in (1.0, 2.0, 4.0):
        path = WideClip(frames=2, transfer=transfer, colors=9, light=light).write(tmp_path / f"{light}.mkv")
        levels.append(read(path, comic)[0].mean())
    assert abs(levels[0] - 228) <= 3
    assert levels[0] + 5 < levels[1] < levels[2] - 3


def test_tables_are_made_once_a_stream(tmp_path: Path, comic: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    graphs: list[Graph] = []

    def build_graph() -> Graph:
        graphs.append(Graph())
        return graphs[-1]

    monkeypatch.setattr(srgb, "Graph", build_graph)
    assert len(read(WideClip(frames=20, transfer=HLG, colors=9).write(tmp_path / "a.mov"), comic)) == 20
    assert len(graphs) == 1


def test_frames_of_one_stream_may_be_of_several_sizes(tmp_path: Path) -> None:
    with av.open(str(WideClip(frames=2, transfer=HLG, colors=9).write(tmp_path / "a.mkv"))) as file:
        frame = next(file.decode(video=0))
    converter = FrameConverter()
    for height, width in ((HEIGHT, WIDTH), (64, 96), (WIDTH, HEIGHT), (63, 95)):
        assert converter.to_srgb(frame, width, height, 9).shape == (height, width, 3)

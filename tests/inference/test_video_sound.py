"""The sound of a video: the very same packets where MP4 can have them, and always at the right moment."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from inference.engine import Engine
from inference.styles import Style
from inference.video import VideoOptions, convert_segment, join_segments, make_plan
from tests.inference.clips import Clip, beeps_of, packets_of, pictures_of, times_of

BEEPS = (0.30, 0.90)


def converted(source: Path, tmp_path: Path, engine: Engine, style: Style, options: VideoOptions | None = None) -> Path:
    plan, target = make_plan(source, tmp_path / "work", style, options), tmp_path / "result.mp4"
    for index in plan.unfinished_segments():
        convert_segment(plan, index, engine, style)
    join_segments(plan, target)
    return target


def kinds_of_boxes(path: Path) -> list[str]:
    data, place, kinds = path.read_bytes(), 0, []
    while place < len(data):
        kinds.append(data[place + 4 : place + 8].decode())
        place += int.from_bytes(data[place : place + 4])
    return kinds


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.mkv", "aac"), ("a.mkv", "libmp3lame")])
def test_aac_and_mp3_are_copied_bit_for_bit(
    tmp_path: Path, engine: Engine, tinge: Style, name: str, codec: str
) -> None:
    source = Clip(sound=codec, beeps=BEEPS).write(tmp_path / name)
    result = converted(source, tmp_path, engine, tinge)
    assert packets_of(result, "audio") == packets_of(source, "audio")
    assert beeps_of(result) == pytest.approx(beeps_of(source), abs=0.002)


@pytest.mark.parametrize(
    ("name", "codec", "video"),
    [("a.mkv", "libopus", "libx264"), ("a.mov", "pcm_s16le", "libx264"), ("a.webm", "libopus", "libvpx-vp9")],
)
def test_other_sound_becomes_aac_and_stays_where_it_was(
    tmp_path: Path, engine: Engine, tinge: Style, name: str, codec: str, video: str
) -> None:
    source = Clip(sound=codec, codec=video, beeps=BEEPS).write(tmp_path / name)
    assert beeps_of(converted(source, tmp_path, engine, tinge)) == pytest.approx(BEEPS, abs=0.005)


def as_television_records(path: Path, picture: Path, kinds: Sequence[tuple[str, int]]) -> Path:
    """An MKV with that picture and a second of AC-3 of each layout and rate, with a beep after 0.3 s of each."""
    with av.open(str(picture)) as source, av.open(str(path), "w") as file:
        video = file.add_stream_from_template(source.streams.video[0])
        sound = file.add_stream("ac3", rate=kinds[0][1], layout=kinds[0][0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = video
                file.mux(packet)
        for second, (layout, rate) in enumerate(kinds):
            for packet in ac3(layout, rate):
                packet.pts = packet.dts = (packet.pts or 0) + second * rate
                packet.stream = sound
                file.mux(packet)
    return path


def ac3(layout: str, rate: int) -> list[av.Packet]:
    context = av.CodecContext.create("ac3", "w")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate, context.layout, context.format = rate, layout, "fltp"
    context.time_base = Fraction(1, rate)
    samples = np.zeros((context.layout.nb_channels, rate // 1536 * 1536), np.float32)
    begin, length = round(0.3 * rate), rate // 20
    samples[:2, begin : begin + length] = 0.7 * np.sin(np.arange(length) * 2 * np.pi * 1000 / rate)
    packets = []
    for place in range(0, samples.shape[1], 1536):
        frame = av.AudioFrame.from_ndarray(samples[:, place : place + 1536].copy(), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, place, Fraction(1, rate)
        packets += context.encode(frame)
    return packets + context.encode(None)


@pytest.mark.parametrize("kinds", [[("stereo", 48000), ("5.1", 48000)], [("5.1", 48000), ("stereo", 44100)]])
def test_sound_may_change_its_layout_and_rate_on_the_way(
    tmp_path: Path, engine: Engine, tinge: Style, kinds: Sequence[tuple[str, int]]
) -> None:
    picture = Clip(frames=50, width=64, height=48).write(tmp_path / "a.mp4")
    source = as_television_records(tmp_path / "a.mkv", picture, kinds)
    result = converted(source, tmp_path, engine, tinge)
    assert beeps_of(result) == pytest.approx((0.3, 1.3), abs=0.01)
    with av.open(str(result)) as file:
        assert {frame.layout.name for frame in file.decode(audio=0)} == {kinds[0][0]}


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.mkv", "libmp3lame"), ("a.mkv", "libopus")])
def test_a_part_has_its_own_sound_at_the_right_moment(
    tmp_path: Path, engine: Engine, tinge: Style, name: str, codec: str
) -> None:
    source = Clip(frames=40, sound=codec, beeps=(0.3, 0.9, 1.4)).write(tmp_path / name)
    result = converted(source, tmp_path, engine, tinge, VideoOptions(start=0.6, length=0.6))
    assert len(pictures_of(result)) == 15
    assert times_of(result)[0] == pytest.approx(0, abs=0.001)
    assert beeps_of(result) == pytest.approx([0.3], abs=0.005)


@pytest.mark.parametrize("codec", ["aac", "libopus"])
def test_a_part_between_two_frames_shows_the_one_that_is_there_for_as_long(
    tmp_path: Path, engine: Engine, tinge: Style, codec: str
) -> None:
    clip = Clip(frames=50, sound=codec, beeps=(0.3, 1.4), times=lambda number: number if number < 20 else number + 40)
    source = clip.write(tmp_path / "a.mkv")
    result = converted(source, tmp_path, engine, tinge, VideoOptions(start=1.1, length=0.5))
    (picture,) = pictures_of(result)
    expected = engine.stylize(pictures_of(source)[19], tinge, "balanced")
    assert np.abs(picture.astype(float) - expected).mean() < 5
    assert beeps_of(result) == pytest.approx([0.3], abs=0.03)
    with av.open(str(result)) as file:
        video = file.streams.video[0]
        assert float(video.duration * video.time_base) == pytest.approx(0.5, abs=0.002)


def test_a_result_starts_while_it_loads_and_says_that_a_model_made_it(
    tmp_path: Path, engine: Engine, tinge: Style
) -> None:
    place = (("location", "+52.5200+013.4050/"), ("make", "Camera"), ("title", "At home"))
    source = Clip(sound="aac", metadata=place).write(tmp_path / "a.mov")
    assert b"+52.5200" in source.read_bytes()
    result = converted(source, tmp_path, engine, tinge)
    data, boxes = result.read_bytes(), kinds_of_boxes(result)
    assert boxes.index("moov") < boxes.index("mdat") < boxes.index("uuid")
    assert b"compositeWithTrainedAlgorithmicMedia" in data
    assert b"AnimeGAN Studio, style tinge" in data
    for private in (b"+52.5200", b"Camera", b"At home"):
        assert private not in data


def test_a_video_without_sound_has_none_afterwards(tmp_path: Path, engine: Engine, tinge: Style) -> None:
    result = converted(Clip(frames=12).write(tmp_path / "a.mp4"), tmp_path, engine, tinge)
    assert b"soun" not in result.read_bytes()

"""The sound of a video: the very same packets where MP4 can have them, and always at the right moment."""

from pathlib import Path

import pytest

from inference.engine import Engine
from inference.styles import Style
from inference.video import Options, convert_segment, join, make_plan

from .clips import RATE, Clip, beeps_of, packets_of, pictures_of, times_of

BEEPS = (0.30, 0.90)
FRAME = 1 / RATE


def converted(source: Path, tmp_path: Path, engine: Engine, style: Style, options: Options | None = None) -> Path:
    plan, target = make_plan(source, tmp_path / "work", style, options), tmp_path / "result.mp4"
    for index in plan.unfinished():
        convert_segment(plan, index, engine, style)
    join(plan, target)
    return target


def kinds_of_boxes(path: Path) -> list[str]:
    data, place, kinds = path.read_bytes(), 0, []
    while place < len(data):
        kinds.append(data[place + 4 : place + 8].decode())
        place += int.from_bytes(data[place : place + 4])
    return kinds


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.mkv", "aac"), ("a.mkv", "libmp3lame")])
def test_aac_and_mp3_are_copied_bit_for_bit(
    tmp_path: Path, engine: Engine, comic: Style, name: str, codec: str
) -> None:
    source = Clip(sound=codec, beeps=BEEPS).write(tmp_path / name)
    result = converted(source, tmp_path, engine, comic)
    assert packets_of(result, "audio") == packets_of(source, "audio")
    assert beeps_of(result) == pytest.approx(beeps_of(source), abs=0.002)


@pytest.mark.parametrize(
    ("name", "codec", "video"),
    [("a.mkv", "libopus", "libx264"), ("a.mov", "pcm_s16le", "libx264"), ("a.webm", "libopus", "libvpx-vp9")],
)
def test_other_sound_becomes_aac_and_stays_where_it_was(
    tmp_path: Path, engine: Engine, comic: Style, name: str, codec: str, video: str
) -> None:
    source = Clip(sound=codec, codec=video, beeps=BEEPS).write(tmp_path / name)
    assert beeps_of(converted(source, tmp_path, engine, comic)) == pytest.approx(BEEPS, abs=0.005)


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.mkv", "libmp3lame"), ("a.mkv", "libopus")])
def test_a_part_has_its_own_sound_at_the_right_moment(
    tmp_path: Path, engine: Engine, comic: Style, name: str, codec: str
) -> None:
    source = Clip(frames=40, sound=codec, beeps=(0.3, 0.9, 1.4)).write(tmp_path / name)
    result = converted(source, tmp_path, engine, comic, Options(start=0.6, length=0.6))
    assert len(pictures_of(result)) == 15
    assert times_of(result)[0] == pytest.approx(0, abs=0.001)
    assert beeps_of(result) == pytest.approx([0.3], abs=0.005)


def test_a_result_starts_while_it_loads_and_says_that_a_model_made_it(
    tmp_path: Path, engine: Engine, comic: Style
) -> None:
    place = (("location", "+52.5200+013.4050/"), ("make", "Camera"), ("title", "At home"))
    source = Clip(sound="aac", metadata=place).write(tmp_path / "a.mov")
    assert b"+52.5200" in source.read_bytes()
    result = converted(source, tmp_path, engine, comic)
    data, boxes = result.read_bytes(), kinds_of_boxes(result)
    assert boxes.index("moov") < boxes.index("mdat") < boxes.index("uuid")
    assert b"compositeWithTrainedAlgorithmicMedia" in data
    assert b"AnimeGAN Studio, style comic" in data
    for private in (b"+52.5200", b"Camera", b"At home"):
        assert private not in data


def test_a_video_without_sound_has_none_afterwards(tmp_path: Path, engine: Engine, comic: Style) -> None:
    result = converted(Clip(frames=12).write(tmp_path / "a.mp4"), tmp_path, engine, comic)
    assert b"soun" not in result.read_bytes()

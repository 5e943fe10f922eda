"""Videos that take long to decode, or end whoever decodes them: a process of its own does, which can be ended."""

import resource
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.engine import Engine
from inference.errors import BadVideo, VideoCanceled
from inference.styles import Style
from inference.video import (
    VideoLimits,
    VideoOptions,
    VideoPlan,
    convert_segment,
    join_in_process,
    make_plan,
    probe_in_process,
    probe_video,
)
from inference.video.decoder import FrameDecoder
from tests.inference.clips import Clip
from tests.inference.jpegs import jpeg_with_scans, slow_video, write_jpegs

MakePlan = Callable[[Path], VideoPlan]


@pytest.fixture
def plan_unchecked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tinge: Style) -> MakePlan:
    """Plans a video as if there were no limit of scans."""

    def plan(source: Path) -> VideoPlan:
        monkeypatch.setattr("inference.video.probe.MAX_JPEG_SCANS", 10**9)
        return make_plan(source, tmp_path / "work", tinge, VideoOptions(long_side=64))

    return plan


def cancel_after(polls: int) -> Callable[[], bool]:
    """Return a function that says so many times that nobody has canceled."""
    left = iter(range(polls))
    return lambda: next(left, None) is None


@pytest.mark.parametrize("bad", [0, 2])
def test_a_jpeg_of_more_scans_than_encoders_write_is_refused_before_it_is_decoded(tmp_path: Path, bad: int) -> None:
    frames = [jpeg_with_scans(640, 480, 101 if number == bad else 100) for number in range(3)]
    for container in ("a.mov", "b.mkv"):
        with pytest.raises(BadVideo, match="too_slow"):
            probe_video(write_jpegs(tmp_path / container, 640, 480, frames))
    frames[bad] = frames[1]
    assert len(probe_video(write_jpegs(tmp_path / "c.mov", 640, 480, frames)).times) == 3


def test_a_conversion_is_canceled_while_a_frame_is_decoded(
    tmp_path: Path, plan_unchecked: MakePlan, engine: Engine, tinge: Style
) -> None:
    plan = plan_unchecked(slow_video(tmp_path / "a.mov"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with pytest.raises(VideoCanceled):
        convert_segment(plan, 0, engine, tinge, is_canceled=cancel_after(10))
    assert (
        resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 10
    )  # a single one of the frames takes longer
    assert [path.name for path in plan.folder.iterdir()] == ["plan.json"]


def test_probing_and_joining_are_canceled_too(tmp_path: Path, tinge: Style) -> None:
    clip = Clip(frames=3).write(tmp_path / "a.mp4")
    with pytest.raises(VideoCanceled):
        probe_in_process(clip, VideoLimits(), is_limited=True, is_canceled=cancel_after(0))
    plan = make_plan(clip, tmp_path / "work", tinge)
    with pytest.raises(VideoCanceled):
        join_in_process(plan, tmp_path / "b.mp4", cancel_after(0))
    assert not list(tmp_path.glob("b.mp4*"))


def test_frames_that_take_too_long_are_given_up(
    tmp_path: Path, plan_unchecked: MakePlan, engine: Engine, tinge: Style, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_unchecked(slow_video(tmp_path / "a.mov"))
    monkeypatch.setattr("inference.video.decoder.BASE_CPU_SECONDS", 0.5)
    with pytest.raises(BadVideo, match="too_slow"):
        convert_segment(plan, 0, engine, tinge, is_limited=True)


@pytest.mark.parametrize(("number", "error"), [(signal.SIGSEGV, BadVideo), (signal.SIGKILL, RuntimeError)])
def test_a_decoder_that_crashes_ends_nothing_else(
    tmp_path: Path, plan_unchecked: MakePlan, number: int, error: type[Exception]
) -> None:
    """What was killed from outside may go well another time."""
    plan = plan_unchecked(slow_video(tmp_path / "a.mov"))
    with FrameDecoder(plan, range(4), is_limited=True) as decoder:
        frames = decoder.frames()
        assert next(frames).shape == (36, 64, 3)
        decoder._process.send_signal(number)
        with pytest.raises(error):
            next(frames)


def test_a_decoder_tells_what_is_wrong_and_what_it_has_found(tmp_path: Path, tinge: Style) -> None:
    clip = Clip(frames=5, sound="aac").write(tmp_path / "a.mp4")
    assert probe_in_process(clip, VideoLimits(), is_limited=True) == probe_video(clip, VideoLimits())
    with pytest.raises(BadVideo, match="too_many_pixels") as caught:
        probe_in_process(clip, VideoLimits(max_pixels=100), is_limited=True)
    assert caught.value.details == {"width": 128, "height": 72}
    with pytest.raises(FileNotFoundError):
        probe_in_process(tmp_path / "none.mp4", VideoLimits(), is_limited=False)
    plan = make_plan(clip, tmp_path / "work", tinge)
    clip.unlink()
    with FrameDecoder(plan, range(2), is_limited=False) as decoder, pytest.raises(FileNotFoundError):
        next(decoder.frames())

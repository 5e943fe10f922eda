"""Segments: any process may do any of them; together they are what one undisturbed run makes."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.engine import Engine
from inference.errors import VideoCanceled
from inference.styles import Style
from inference.video import VideoOptions, VideoPlan, convert_segment, join_segments, make_plan, read_plan
from inference.video.segments import stylize_frames
from tests.inference.clips import RATE, Clip, packets_of, pictures_of, times_of
from tests.inference.material import apart
from tests.needs import ROOT

CLIP = Clip(frames=85, sound="aac", beeps=(1.0,), cut_at=44)
# Segments are a third as long as usual, so that a short clip has several.
SEGMENT = 25


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return CLIP.write(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture(autouse=True)
def short_segments(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("inference.video.plan.SEGMENT_SECONDS", SEGMENT / RATE)
    yield


@pytest.fixture(scope="module")
def undisturbed(
    source: Path, engine: Engine, comic: Style, tmp_path_factory: pytest.TempPathFactory
) -> tuple[VideoPlan, Path]:
    """A plan in segments, and its result in one go."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("inference.video.plan.SEGMENT_SECONDS", SEGMENT / RATE)
        plan = make_plan(source, folder / "work", comic)
    for index in plan.unfinished_segments():
        convert_segment(plan, index, engine, comic)
    join_segments(plan, folder / "result.mp4")
    return plan, folder / "result.mp4"


def test_frames_at_borders_are_those_of_a_run_without_borders(
    undisturbed: tuple[VideoPlan, Path], engine: Engine, comic: Style
) -> None:
    plan, _result = undisturbed
    assert plan.segment_bounds == (0, 25, 50, 85)
    whole = list(stylize_frames(plan, range(20, 60), engine, comic))
    for places in (range(23, 25), range(25, 28), range(48, 50), range(50, 52)):
        parts = list(stylize_frames(plan, places, engine, comic))
        assert np.array_equal(parts, whole[places.start - 20 : places.stop - 20])


def test_no_frame_is_lost_or_doubled_where_segments_meet(undisturbed: tuple[VideoPlan, Path], source: Path) -> None:
    plan, result = undisturbed
    assert times_of(result) == pytest.approx([number / RATE for number in range(85)], abs=1e-4)
    assert times_of(result) == pytest.approx(times_of(source), abs=1e-4)
    segments = [
        packet for index in range(plan.segment_count) for packet in packets_of(plan.segment_path(index), "video")
    ]
    assert packets_of(result, "video") == segments
    joined = pictures_of(result)
    for border in plan.segment_bounds[1:-1]:
        step = apart(joined[border], joined[border - 1]).mean()
        assert 0 < step < 3 * apart(joined[border - 1], joined[border - 2]).mean()


def test_the_cut_between_two_scenes_stays_a_cut(
    undisturbed: tuple[VideoPlan, Path], engine: Engine, comic: Style
) -> None:
    plan, _result = undisturbed
    plain = replace(plan, options=replace(plan.options, is_smoothed=False))
    for number in (43, 44):
        smooth, alone = (next(stylize_frames(p, range(number, number + 1), engine, comic)) for p in (plan, plain))
        assert apart(smooth, alone).mean() < 4


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_after_the_last_finished_segment(
    undisturbed: tuple[VideoPlan, Path], source: Path, engine: Engine, comic: Style, compiled: Path, tmp_path: Path
) -> None:
    plan = make_plan(source, tmp_path / "work", comic)
    process = _start_worker(plan.folder, compiled)
    try:
        while not plan.is_finished(0) or not list(plan.folder.glob("00001.mp4.*.part")):
            assert process.poll() is None
            time.sleep(0.005)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    before = plan.segment_path(0).stat().st_mtime_ns
    again = make_plan(source, tmp_path / "work", comic)
    assert again == plan
    assert 0 not in again.unfinished_segments()
    for index in again.unfinished_segments():
        convert_segment(again, index, engine, comic)
    assert plan.segment_path(0).stat().st_mtime_ns == before
    join_segments(again, tmp_path / "result.mp4")
    assert (tmp_path / "result.mp4").read_bytes() == undisturbed[1].read_bytes()


@pytest.mark.slow
def test_processes_that_share_the_segments_make_the_same(
    undisturbed: tuple[VideoPlan, Path], source: Path, comic: Style, compiled: Path, tmp_path: Path
) -> None:
    plan = make_plan(source, tmp_path / "work", comic)
    workers = [_start_worker(plan.folder, compiled, order) for order in ("2", "1,0")]
    assert [worker.wait(120) for worker in workers] == [0, 0]
    join_segments(plan, tmp_path / "result.mp4")
    assert (tmp_path / "result.mp4").read_bytes() == undisturbed[1].read_bytes()


WORKER = """
import sys
from pathlib import Path
from inference.engine import Engine, EngineSettings
from inference.styles import read_manifest
from inference.video import convert_segment, read_plan
plan = read_plan(Path(sys.argv[1]))
engine = Engine(EngineSettings(device="cpu", cache_dir=Path(sys.argv[2])))
style = read_manifest(Path("weights/manifest.json"))[plan.style]
for index in map(int, sys.argv[3].split(",")):
    convert_segment(plan, index, engine, style)
"""


def _start_worker(folder: Path, compiled: Path, order: str = "0,1,2") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WORKER, str(folder), str(compiled), order]
    return subprocess.Popen(command, cwd=ROOT, env=dict(os.environ))


@pytest.mark.parametrize("is_smoothed", [True, False])
def test_who_cancels_is_heard_at_the_next_frame(
    source: Path, engine: Engine, comic: Style, tmp_path: Path, is_smoothed: bool
) -> None:
    plan = make_plan(source, tmp_path / "work", comic, VideoOptions(is_smoothed=is_smoothed))
    heard: list[tuple[int, tuple[int, ...]]] = []

    def hear(done: int, pixels: np.ndarray) -> None:
        heard.append((done, pixels.shape))

    with pytest.raises(VideoCanceled):
        convert_segment(plan, 0, engine, comic, on_frame=hear, is_canceled=lambda: len(heard) == 3)
    assert heard == [(done, (plan.height, plan.width, 3)) for done in (1, 2, 3)]
    assert [path.name for path in plan.folder.iterdir()] == ["plan.json"]
    assert not [thread for thread in threading.enumerate() if thread.name == "video stage"]


def test_a_plan_is_read_back_as_it_was(undisturbed: tuple[VideoPlan, Path]) -> None:
    assert read_plan(undisturbed[0].folder) == undisturbed[0]


def test_other_options_begin_anew(source: Path, engine: Engine, comic: Style, tmp_path: Path) -> None:
    plan = make_plan(source, tmp_path / "work", comic, VideoOptions(length=1))
    convert_segment(plan, 0, engine, comic)
    assert make_plan(source, tmp_path / "work", comic, VideoOptions(length=1)).unfinished_segments() == []
    assert make_plan(source, tmp_path / "work", comic, VideoOptions(length=1, detail="fine")).unfinished_segments() == [
        0
    ]


def test_segments_that_are_missing_or_of_another_kind_are_not_joined(
    undisturbed: tuple[VideoPlan, Path], source: Path, comic: Style, tmp_path: Path
) -> None:
    plan = make_plan(source, tmp_path / "work", comic)
    with pytest.raises(FileNotFoundError):
        join_segments(plan, tmp_path / "result.mp4")
    for index in range(3):
        plan.segment_path(index).write_bytes(undisturbed[0].segment_path(index).read_bytes())
    plan.segment_path(1).write_bytes(undisturbed[0].segment_path(2).read_bytes())
    with pytest.raises(ValueError, match="00001"):
        join_segments(plan, tmp_path / "result.mp4")
    assert not list(tmp_path.glob("result*"))


def test_a_plan_is_stored_under_the_keys_of_earlier_versions(source: Path, comic: Style, tmp_path: Path) -> None:
    plan = make_plan(source, tmp_path / "work", comic)
    stored = json.loads((tmp_path / "work" / "plan.json").read_text("utf-8"))
    assert " ".join(stored) == (
        "folder source source_bytes container style style_version options width height turn stored_pixels matrix "
        "time_base rate times keys borders origin end sound format"
    )
    assert read_plan(tmp_path / "work") == plan

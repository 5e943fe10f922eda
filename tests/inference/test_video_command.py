"""manage.py stylize for videos."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.inference.clips import Clip, packets_of, pictures_of
from tests.inference.material import photo
from tests.inference.site import put, refusal, stylize
from tests.needs import ROOT

pytestmark = [pytest.mark.no_database, pytest.mark.usefixtures("weights")]


def test_a_video_becomes_an_mp4_with_its_sound_and_nothing_else_is_left(tmp_path: Path) -> None:
    source = Clip(frames=10, sound="aac").write(tmp_path / "clip.mov")
    answer = stylize(source, "-o", tmp_path / "out")
    assert (answer.out.strip(), answer.error) == ("1 converted, 0 skipped, 0 failed", "")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["clip.mov.mp4"]
    assert packets_of(tmp_path / "out" / "clip.mov.mp4", "audio") == packets_of(source, "audio")
    assert stylize(source, "-o", tmp_path / "out").out.strip() == "0 converted, 1 skipped, 0 failed"


def test_videos_of_one_name_become_results_of_two(tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    clips = [Clip(frames=count).write(tmp_path / place) for count, place in ((3, "a.mp4"), (4, "holiday/a.mov"))]
    for expected in ("2 converted, 0 skipped, 0 failed", "0 converted, 2 skipped, 0 failed"):
        assert stylize(*clips, "-o", tmp_path / "out").out.strip() == expected
    assert [len(pictures_of(tmp_path / "out" / name)) for name in ("a.mp4", "a.mov.mp4")] == [3, 4]


def test_part_rate_size_and_smoothing_are_as_asked(tmp_path: Path) -> None:
    source = Clip(frames=30).write(tmp_path / "a.mp4")
    wanted = ("--start", "0.4", "--length", "0.4", "--halve-rate", "--size", "64", "--no-smooth")
    assert not stylize(source, "-o", tmp_path / "b.mp4", *wanted).error
    pictures = pictures_of(tmp_path / "b.mp4")
    assert len(pictures) == 5
    assert pictures[0].shape == (36, 64, 3)


def test_what_is_no_video_is_told_and_stops_nothing(tmp_path: Path) -> None:
    good, bad = Clip(frames=3).write(tmp_path / "good.webm.mkv"), put(tmp_path / "bad.mp4", b"text, renamed" * 9)
    answer = stylize(bad, good, tmp_path / "none.mp4", "-o", tmp_path / "out")
    assert answer.error == "2 of 3 could not be converted"
    assert f"{bad}: We can't open this file. Use MP4, MOV, WebM or MKV" in answer.err
    assert "none.mp4" in answer.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.webm.mkv.mp4"]


def test_of_a_video_that_was_cut_off_it_says_how_much_is_there(tmp_path: Path) -> None:
    clip = Clip(frames=20, container=(("movflags", "+faststart"),)).write(tmp_path / "a.mp4")
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 9 // 10])
    answer = stylize(clip, "-o", tmp_path / "out")
    assert answer.out.strip() == "1 converted, 0 skipped, 0 failed"
    seconds = len(pictures_of(tmp_path / "out" / "a.mp4")) / 25
    assert 0.4 < seconds < 0.7
    assert "a.mp4: the end of the file is missing; 0." in answer.err
    assert "of 0.8 seconds are there" in answer.err


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    clip, options = Clip(frames=3).write(tmp_path / "a.mp4"), ("-o", tmp_path / "b.mp4")
    assert "a command each" in refusal(clip, put(tmp_path / "a.png", photo(40, 60)), *options)
    assert "--side-by-side is for pictures" in refusal(clip, *options, "--side-by-side")
    assert "--faces is for pictures" in refusal(clip, *options, "--faces", "focus")
    assert "the start must be" in refusal(clip, *options, "--start", "-1")
    assert "written as .mp4" in refusal(clip, "-o", tmp_path / "b.webm")
    assert "take the place" in refusal(clip, "-o", clip, "--overwrite")
    assert "no style 'oil'" in refusal(clip, *options, "--style", "oil")


@pytest.mark.parametrize("more", [(), ("--overwrite",)], ids=" ".join)
def test_no_result_takes_the_place_of_another_video_of_the_same_command(tmp_path: Path, more: tuple[str, ...]) -> None:
    clips = [Clip(frames=3).write(tmp_path / name) for name in ("a.mov", "a.mp4")]
    whole = [clip.read_bytes() for clip in clips]
    assert "take the place of a.mp4" in refusal(*clips, "-o", tmp_path, *more)
    assert [clip.read_bytes() for clip in clips] == whole
    assert sorted(path.name for path in tmp_path.glob("a*")) == ["a.mov", "a.mp4"]


@pytest.mark.slow
def test_after_ctrl_c_the_same_command_goes_on(tmp_path: Path, weights: Path, var_dir: Path) -> None:
    frames = 400  # enough to be stopped before the end on a busy machine, too
    source = Clip(frames=frames).write(tmp_path / "a.mp4")
    environment = {"WEIGHTS_DIR": str(weights), "VAR_DIR": str(var_dir), "DEFAULT_STYLE": "ink"}
    environment |= {"MEDIA_ROOT": str(tmp_path / "media"), "INFERENCE_DEVICE": "cpu", "INFERENCE_BACKEND": "torch"}
    command = [sys.executable, "manage.py", "stylize", str(source), "-o", str(tmp_path / "b.mp4")]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stderr=subprocess.PIPE, text=True)
    first, second = (tmp_path / "b.mp4.work" / name for name in ("00000.mp4", "00001.mp4"))
    while not (first.exists() and list(second.parent.glob("00001.mp4.*.part"))):
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on" in err
    assert "Traceback" not in err
    assert not list(second.parent.glob("*.part"))
    assert not stylize(source, "-o", tmp_path / "b.mp4").error
    assert len(pictures_of(tmp_path / "b.mp4")) == frames
    assert not first.parent.exists()

"""Files that end too early, or go on after their end: what is whole is taken, and it is known how much is missing."""

import random
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from inference.engine import Engine
from inference.errors import BadVideo
from inference.styles import Style
from inference.video import convert_segment, join_segments, make_plan, probe_video
from inference.video.read import read_frames
from tests.inference.clips import RATE, Clip, times_of
from tests.needs import SHARED

CLIP = Clip(frames=100, sound="aac", container=(("movflags", "+faststart"),))
FRAGMENTED = (("movflags", "frag_keyframe+empty_moov"),)
INSTA360 = b"8db42d694ccc418790edff439fe026bf"  # how its trailer ends


def cut(path: Path, share: float) -> Path:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    return path


@pytest.mark.parametrize(
    ("name", "clip", "seconds"),
    [
        ("a.mp4", CLIP, 4.0),
        ("a.mov", replace(CLIP, sound="pcm_s16le"), 4.0),
        ("fragments.mp4", replace(CLIP, container=FRAGMENTED), None),
        ("a.mkv", Clip(frames=100, sound="aac"), 4.02),
        ("a.webm", Clip(frames=100, codec="libvpx-vp9"), 4.0),
        ("live.mkv", Clip(frames=100, container=(("live", "1"),)), None),
    ],
)
@pytest.mark.parametrize("share", [0.9, 0.5])
def test_of_a_file_that_ends_too_early_the_whole_frames_are_taken(
    tmp_path: Path, name: str, clip: Clip, seconds: float | None, share: float
) -> None:
    whole = probe_video(clip.write(tmp_path / name))
    assert (len(whole.times), whole.is_cut_off) == (100, False)
    rest = probe_video(cut(tmp_path / name, share))
    assert rest.is_cut_off
    assert rest.declared_seconds == (seconds and pytest.approx(seconds, abs=0.05))
    # Pictures and sound take turns, up to a second of each. Of the last frames some are stored after later ones.
    assert 100 * (share - 0.27) < len(rest.times) < 100 * (share + 0.1)
    assert rest.times[:-3] == whole.times[: len(rest.times) - 3]
    assert set(rest.times) < set(whole.times)


def test_what_is_left_is_converted_to_its_end_with_its_sound(tmp_path: Path, engine: Engine, comic: Style) -> None:
    source = CLIP.write(tmp_path / "a.mp4")
    frames = list(read_frames(make_plan(source, tmp_path / "whole", comic), range(100)))
    plan = make_plan(cut(source, 0.4), tmp_path / "work", comic)
    assert 10 < len(plan.times) < 40
    for number, frame in enumerate(read_frames(plan, range(len(plan.times)))):
        assert np.array_equal(frame, frames[number])
    for index in plan.unfinished_segments():
        convert_segment(plan, index, engine, comic)
    join_segments(plan, tmp_path / "b.mp4")
    assert times_of(tmp_path / "b.mp4") == pytest.approx([number / RATE for number in range(len(plan.times))], abs=1e-3)
    with av.open(str(tmp_path / "b.mp4")) as file:
        sound = sum(frame.samples for frame in file.decode(audio=0)) / CLIP.sound_rate
    assert sound == pytest.approx(len(plan.times) / RATE, abs=0.15)


def test_fragments_are_taken_wherever_the_file_ends(tmp_path: Path) -> None:
    source = replace(CLIP, frames=40, container=FRAGMENTED).write(tmp_path / "a.mp4")
    whole = source.read_bytes()
    counts = []
    for end in range(whole.index(b"moof", whole.index(b"moof") + 4) + 4, len(whole), 53):
        (tmp_path / "b.mp4").write_bytes(whole[:end])
        counts.append(len(probe_video(tmp_path / "b.mp4").times))
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (10, 40)


@pytest.mark.parametrize("flags", ["hybrid_fragmented", "frag_keyframe+empty_moov"])
def test_a_recording_that_crashed_has_what_was_written(tmp_path: Path, flags: str) -> None:
    clip = Clip(frames=100)
    file = av.open(str(tmp_path / "a.mp4"), "w", options={"movflags": flags, "flush_packets": "1"})
    video = file.add_stream("libx264", rate=RATE)
    video.width, video.height, video.pix_fmt, video.codec_context.gop_size = clip.width, clip.height, "yuv420p", 10
    for number in range(clip.frames):
        file.mux(video.encode(clip._frame(number)))
    (tmp_path / "crashed.mp4").write_bytes((tmp_path / "a.mp4").read_bytes())
    file.close()
    assert len(probe_video(tmp_path / "crashed.mp4").times) >= 70


@pytest.mark.parametrize(
    "trailer",
    [
        bytes(5000),
        random.Random(0).randbytes(5000) + INSTA360,
        b"\xff" * 300,
        b"\x00\x00\x10\x00ABCD" + b"SEFHi\x00SEFT",
        b"\x00\x00\x01",
    ],
    ids=["zeros", "noise", "ones", "a box that is none", "three bytes"],
)
@pytest.mark.parametrize("container", [CLIP.container, FRAGMENTED, ()], ids=["index first", "fragments", "index last"])
def test_bytes_after_the_last_box_are_not_looked_at(
    tmp_path: Path, trailer: bytes, container: tuple[tuple[str, str], ...]
) -> None:
    path = replace(CLIP, frames=30, container=container).write(tmp_path / "a.mp4")
    path.write_bytes(path.read_bytes() + trailer)
    info = probe_video(path)
    assert (len(info.times), info.is_cut_off) == (30, len(trailer) < 8 and container == FRAGMENTED)


@pytest.mark.parametrize("name", ["a.mkv", "live.mkv"])
def test_bytes_after_a_matroska_segment_are_not_looked_at(tmp_path: Path, name: str) -> None:
    path = Clip(frames=20, container=(("live", "1"),) if name == "live.mkv" else ()).write(tmp_path / name)
    path.write_bytes(path.read_bytes() + bytes(700))
    info = probe_video(path)
    assert (len(info.times), info.is_cut_off) == (20, False)


def test_nothing_is_missing_where_only_a_size_is_wrong(tmp_path: Path) -> None:
    whole = bytearray(CLIP.write(tmp_path / "a.mp4").read_bytes())
    place = whole.index(b"mdat") - 4
    whole[place : place + 4] = (len(whole) * 2).to_bytes(4)
    (tmp_path / "a.mp4").write_bytes(whole)
    assert not probe_video(tmp_path / "a.mp4").is_cut_off


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_without_its_index_nothing_can_be_read(tmp_path: Path, share: float) -> None:
    with pytest.raises(BadVideo, match="truncated"):
        probe_video(cut(Clip(frames=20).write(tmp_path / "a.mp4"), share))


@pytest.mark.shared
def test_the_video_with_trailing_bytes_has_all_frames() -> None:
    info = probe_video(SHARED / "cases" / "video-with-trailing-bytes" / "junk_tail.mp4")
    assert (len(info.times), info.is_cut_off) == (75, False)


def test_millions_of_boxes_and_elements_are_not_all_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.video.containers.MAX_ELEMENTS", 20)
    for name, clip, empty in (
        ("a.mp4", replace(CLIP, frames=10, container=FRAGMENTED), b"\x00\x00\x00\x08free"),
        ("a.mkv", Clip(frames=10, container=(("live", "1"),)), b"\xec\x80"),
    ):
        path = clip.write(tmp_path / name)
        path.write_bytes(path.read_bytes() + empty * 50)
        assert len(probe_video(path).times) == 10

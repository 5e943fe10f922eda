"""Files that are no videos, or not such as can be converted: each is told by its reason before it is converted."""

import random
from pathlib import Path

import av
import pytest

from inference.engine import Engine
from inference.errors import BAD_VIDEO_TEXTS, BadVideo
from inference.styles import Style
from inference.video import VideoLimits, VideoOptions, convert_segment, make_plan, probe_video
from tests.inference.clips import RATE, Clip

KEY = "00112233445566778899aabbccddeeff"
CENC = (("encryption_scheme", "cenc-aes-ctr"), ("encryption_key", KEY), ("encryption_kid", KEY))


def reason(path: Path, limits: VideoLimits | None = None) -> str:
    with pytest.raises(BadVideo) as caught:
        probe_video(path, limits)
    assert caught.value.reason in BAD_VIDEO_TEXTS
    return caught.value.reason


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_files_that_are_no_videos(tmp_path: Path) -> None:
    assert reason(put(tmp_path / "a.mp4", b"")) == "empty"
    assert reason(put(tmp_path / "b.mp4", b"A text that somebody has renamed.\n" * 50)) == "not_a_video"
    assert reason(put(tmp_path / "c.mp4", b"#EXTM3U\nfile:///etc/passwd\n")) == "not_a_video"
    assert reason(put(tmp_path / "d.webm", bytes.fromhex("1a45dfa3"))) == "truncated"


@pytest.mark.parametrize("fast_start", [True, False])
def test_an_mp4_that_ends_too_early(tmp_path: Path, fast_start: bool) -> None:
    options = (("movflags", "+faststart"),) if fast_start else ()
    whole = Clip(container=options).write(tmp_path / "a.mp4").read_bytes()
    assert reason(put(tmp_path / "b.mp4", whole[: len(whole) * 2 // 3])) == "truncated"


def test_a_webm_that_ends_too_early(tmp_path: Path) -> None:
    whole = Clip(codec="libvpx-vp9").write(tmp_path / "a.webm").read_bytes()
    assert reason(put(tmp_path / "b.webm", whole[: len(whole) * 2 // 3])) == "truncated"


def test_sound_without_pictures(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as file:
        stream = file.add_stream("aac", rate=44100, layout="mono")
        for frame in Clip(frames=10)._sound(44100, "fltp"):
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    assert reason(tmp_path / "a.mp4") == "no_picture"


def test_a_video_without_a_frame(tmp_path: Path) -> None:
    pieces = (("movflags", "empty_moov+frag_keyframe"),)
    whole = Clip(frames=10, container=pieces).write(tmp_path / "a.mp4").read_bytes()
    assert len(probe_video(tmp_path / "a.mp4").times) == 10
    assert reason(put(tmp_path / "b.mp4", whole[: whole.index(b"moof") - 4])) == "no_frames"


def test_an_encrypted_video(tmp_path: Path) -> None:
    assert reason(Clip(container=CENC).write(tmp_path / "a.mp4")) == "encrypted"


def test_a_codec_that_nobody_knows(tmp_path: Path) -> None:
    whole = Clip().write(tmp_path / "a.mp4").read_bytes()
    assert reason(put(tmp_path / "b.mp4", whole.replace(b"avc1", b"zzz9"))) == "unknown_codec"


def test_a_header_that_promises_a_huge_picture_is_not_believed(tmp_path: Path) -> None:
    whole = Clip().write(tmp_path / "a.mp4").read_bytes()
    place = whole.index(b"avc1", whole.index(b"stsd")) + 28
    info = probe_video(put(tmp_path / "b.mp4", whole[:place] + (65000).to_bytes(2) * 2 + whole[place + 4 :]))
    assert info.stored_pixels == 128 * 72


def test_limits_of_bytes_pixels_seconds_and_frames(tmp_path: Path) -> None:
    clip = Clip(frames=30).write(tmp_path / "a.mp4")
    assert reason(clip, VideoLimits(max_bytes=1000)) == "too_many_bytes"
    assert reason(clip, VideoLimits(max_pixels=128 * 72 - 1)) == "too_many_pixels"
    assert reason(clip, VideoLimits(max_seconds=1.1)) == "too_long"
    assert reason(clip, VideoLimits(max_frames=29)) == "too_many_frames"
    assert (
        reason(clip, VideoLimits(max_seconds=0.3, max_frames=10)) == "too_long"
    )  # what it would be with fewer frames, too
    assert reason(clip, VideoLimits(max_seconds=0.6, max_frames=10)) == "too_many_frames"
    assert len(probe_video(clip, VideoLimits(128 * 1024, 128 * 72, 1.2, 30)).times) == 30


def test_a_start_behind_the_end(tmp_path: Path, comic: Style) -> None:
    with pytest.raises(BadVideo, match="nothing_chosen"):
        make_plan(Clip().write(tmp_path / "a.mp4"), tmp_path / "work", comic, VideoOptions(start=5))


def test_a_part_may_be_longer_than_the_video_but_not_begin_behind_it(tmp_path: Path, comic: Style) -> None:
    clip = Clip(frames=10).write(tmp_path / "a.mp4")
    assert len(make_plan(clip, tmp_path / "work", comic, VideoOptions(length=1e308)).times) == 10
    with pytest.raises(BadVideo, match="nothing_chosen"):
        make_plan(clip, tmp_path / "work", comic, VideoOptions(start=1e308))


def test_a_part_before_the_first_picture(tmp_path: Path, comic: Style) -> None:
    clip = Clip(frames=10, sound="aac", times=lambda number: number + RATE).write(tmp_path / "a.mkv")
    with pytest.raises(BadVideo, match="nothing_chosen"):
        make_plan(clip, tmp_path / "work", comic, VideoOptions(length=0.5))
    assert make_plan(clip, tmp_path / "work", comic, VideoOptions(length=1.1)).times == (1000, 1040, 1080)


@pytest.mark.slow
def test_a_video_of_damaged_frames_alone(tmp_path: Path, engine: Engine, comic: Style) -> None:
    source = Clip(frames=40).write(tmp_path / "a.mp4")
    whole = bytearray(source.read_bytes())
    with av.open(str(source)) as file:
        packets = [(packet.pos, packet.size) for packet in file.demux(video=0) if packet.size]
    for place, size in packets[1:]:
        whole[place : place + size] = random.Random(place).randbytes(size)
    plan = make_plan(put(tmp_path / "b.mp4", bytes(whole)), tmp_path / "work", comic)
    with pytest.raises(BadVideo, match="damaged"):
        convert_segment(plan, 0, engine, comic)
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["plan.json"]


def test_options_that_make_no_sense() -> None:
    no_number, endless = float("nan"), float("inf")
    starts = [{"start": start} for start in (-1.0, no_number, endless)]
    lengths = [{"length": length} for length in (0.0, no_number, endless)]
    for wrong in ({"detail": "coarse"}, *starts, *lengths, {"long_side": 8}):
        with pytest.raises(ValueError, match=r"detail|must"):
            VideoOptions(**wrong)  # type: ignore[arg-type]

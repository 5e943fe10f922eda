"""Files that are no videos, or not such as can be converted: each is told by its reason before it is converted."""

import random
from pathlib import Path

import av
import pytest
from av.stream import Disposition
from av.video.frame import VideoFrame

from imaging.decode import Picture
from imaging.encode import encode_image
from inference.engine import Engine
from inference.errors import BAD_VIDEO_TEXTS, BadVideo
from inference.styles import Style
from inference.video import VideoLimits, VideoOptions, convert_segment, make_plan, probe_video
from tests.inference.clips import RATE, Clip
from tests.inference.material import photo
from tests.needs import SHARED

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


def test_an_mp4_that_ends_before_its_index(tmp_path: Path) -> None:
    whole = Clip().write(tmp_path / "a.mp4").read_bytes()
    assert reason(put(tmp_path / "b.mp4", whole[: len(whole) * 2 // 3])) == "truncated"


def test_a_video_that_ends_before_its_first_frame(tmp_path: Path) -> None:
    whole = Clip(codec="libvpx-vp9").write(tmp_path / "a.webm").read_bytes()
    assert reason(put(tmp_path / "b.webm", whole[: len(whole) // 20])) == "truncated"
    whole = Clip(container=(("movflags", "+faststart"),)).write(tmp_path / "a.mp4").read_bytes()
    assert reason(put(tmp_path / "b.mp4", whole[: whole.index(b"mdat") + 100])) == "truncated"


def write_music(path: Path, codec: str, cover: str | None = None) -> Path:
    """Sound, with a picture of its cover."""
    with av.open(str(path), "w", format="mp4" if path.suffix == ".m4a" else None) as file:
        sound = file.add_stream(codec, rate=44100, layout="mono")
        if cover and path.suffix == ".mka":
            file.add_attachment("cover.jpg", "image/jpeg", encode_image(Picture(photo(64, 64)), "JPEG", style=None))
        elif cover:
            picture = file.add_stream(cover, rate=1)
            picture.width, picture.height, picture.disposition = 64, 64, Disposition.attached_pic
            picture.pix_fmt = "rgb24" if cover == "png" else "yuvj420p"
            pixels = VideoFrame.from_ndarray(photo(64, 64), format="rgb24").reformat(format=picture.pix_fmt)
            file.mux(picture.encode(pixels))
            file.mux(picture.encode(None))
        for frame in Clip(frames=10)._sound(44100, sound.format.name):
            file.mux(sound.encode(frame))
        file.mux(sound.encode(None))
    return path


@pytest.mark.parametrize("cover", [None, "png", "mjpeg"])
@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "aac"), ("a.mp4", "libmp3lame"), ("a.m4a", "aac"), ("a.mka", "aac"), ("a.mov", "alac")],
)
def test_sound_without_pictures_whatever_its_cover(tmp_path: Path, name: str, codec: str, cover: str | None) -> None:
    assert reason(write_music(tmp_path / name, codec, cover)) == "no_picture"


@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "libmp3lame"), ("a.wav", "pcm_s16le"), ("a.flac", "flac")])
def test_files_of_sound_alone_are_told_from_what_nobody_knows(tmp_path: Path, name: str, codec: str) -> None:
    assert reason(write_music(tmp_path / name, codec)) == "no_picture"
    assert reason(write_music(tmp_path / "a.aac", "aac")) == "no_picture"


def test_a_video_with_a_cover_is_a_video(tmp_path: Path) -> None:
    cover = VideoFrame.from_ndarray(photo(300, 400), format="rgb24").reformat(format="yuvj420p")
    with av.open(str(tmp_path / "a.mp4"), "w") as file:
        picture = file.add_stream("mjpeg", rate=1)
        picture.width, picture.height, picture.pix_fmt = 400, 300, "yuvj420p"
        picture.disposition = Disposition.attached_pic
        video = file.add_stream("libx264", rate=RATE)
        video.width, video.height = 128, 72
        file.mux(picture.encode(cover))
        for number in range(10):
            file.mux(video.encode(Clip()._frame(number)))
        file.mux(video.encode(None))
    info = probe_video(tmp_path / "a.mp4")
    assert (info.width, info.height, len(info.times)) == (128, 72, 10)


@pytest.mark.shared
def test_music_with_a_cover_is_no_video() -> None:
    assert reason(SHARED / "cases" / "music-with-cover-as-video" / "cover_only.mp4") == "no_picture"


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
    assert reason(clip, VideoLimits(max_short_side=71)) == "too_many_pixels"
    assert reason(clip, VideoLimits(max_seconds=1.1)) == "too_long"
    assert reason(clip, VideoLimits(max_frames=29)) == "too_many_frames"
    assert (
        reason(clip, VideoLimits(max_seconds=0.3, max_frames=10)) == "too_long"
    )  # what it would be with fewer frames, too
    assert reason(clip, VideoLimits(max_seconds=0.6, max_frames=10)) == "too_many_frames"
    assert len(probe_video(clip, VideoLimits(128 * 1024, 128 * 72, 1.2, 30, 72)).times) == 30


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

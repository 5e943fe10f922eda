"""Frames as they are shown: upright, in their colors and their shape, each at its time, and none for a damaged one."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from inference.styles import Style
from inference.video import VideoOptions, make_plan, probe_video, write_poster
from inference.video.read import read_frames
from tests.inference.clips import CAMERA_HELD_UPRIGHT, RATE, Clip
from tests.inference.material import apart


def read(path: Path, style: Style, options: VideoOptions | None = None) -> list[np.ndarray]:
    plan = make_plan(path, path.parent / "work", style, options)
    return list(read_frames(plan, range(len(plan.times))))


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "colors"),
    [
        ("a.mp4", "libx264", "yuv420p", 1),
        ("a.mov", "libx264", "yuv420p", 6),
        ("a.mkv", "libx264", "yuvj420p", 5),
        ("a.webm", "libvpx-vp9", "yuv420p", 1),
        ("a.mp4", "libx265", "yuv420p10le", 1),
        ("a.mp4", "mpeg4", "yuv420p", 6),
    ],
)
def test_frames_have_the_colors_that_went_in(
    tmp_path: Path, comic: Style, name: str, codec: str, pixels: str, colors: int
) -> None:
    clip = Clip(frames=5, codec=codec, pixels=pixels, colors=colors)
    frames = read(clip.write(tmp_path / name), comic)
    assert len(frames) == 5
    # The encoder costs some levels; a wrong matrix or range would cost far more on average.
    for number, frame in enumerate(frames):
        difference = frame.astype(float) - clip.picture(number)
        assert np.abs(difference.mean((0, 1))).max() < 2.5
        assert np.abs(difference).mean() < 8


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_a_small_video_has_a_poster_too(tmp_path: Path, codec: str) -> None:
    clip = Clip(frames=5, codec=codec, width=64, height=48).write(tmp_path / "a.mp4")
    write_poster(probe_video(clip), tmp_path / "a.jpg")
    assert cv2.imread(str(tmp_path / "a.jpg")).shape == (48, 64, 3)


def test_a_frame_is_turned_as_the_camera_was_held(tmp_path: Path, comic: Style) -> None:
    clip = Clip(frames=3, matrix=CAMERA_HELD_UPRIGHT)
    for number, frame in enumerate(read(clip.write(tmp_path / "a.mp4"), comic)):
        assert frame.shape == (128, 72, 3)
        assert apart(frame, np.rot90(clip.picture(number), -1)).mean() < 8


def test_a_mirrored_frame_is_shown_as_it_was_seen(tmp_path: Path, comic: Style) -> None:
    clip = Clip(frames=2, matrix=(-65536, 0, 0, 0, 65536, 0, 0, 0, 2**30))
    assert apart(read(clip.write(tmp_path / "a.mp4"), comic)[1], clip.picture(1)[:, ::-1]).mean() < 8


def test_pixels_become_square_and_sides_even(tmp_path: Path, comic: Style) -> None:
    tall = Clip(frames=2, width=90, height=72, pixel_shape=Fraction(16, 15), matrix=CAMERA_HELD_UPRIGHT)
    assert read(tall.write(tmp_path / "a.mp4"), comic)[0].shape == (96, 72, 3)
    odd = Clip(frames=2, width=97, height=71, codec="libvpx-vp9")
    assert read(odd.write(tmp_path / "b.webm"), comic)[0].shape == (70, 96, 3)


def test_the_long_side_is_limited_and_never_made_longer(tmp_path: Path, comic: Style) -> None:
    path = Clip(frames=2).write(tmp_path / "a.mp4")
    assert read(path, comic, VideoOptions(long_side=64))[0].shape == (36, 64, 3)
    assert read(path, comic, VideoOptions(long_side=640))[0].shape == (72, 128, 3)


def test_times_of_frames_are_kept_where_they_vary(tmp_path: Path, comic: Style) -> None:
    def times(number: int) -> int:
        return number * 3 + (number % 3 == 1)

    plan = make_plan(Clip(frames=12, times=times).write(tmp_path / "a.mp4"), tmp_path / "work", comic)
    assert [round(time * plan.time_base * RATE) for time in plan.times] == [times(number) for number in range(12)]


def test_a_part_and_half_of_the_frames(tmp_path: Path, comic: Style) -> None:
    clip = Clip(frames=30)
    frames = read(clip.write(tmp_path / "a.mp4"), comic, VideoOptions(start=0.4, length=0.4, is_rate_halved=True))
    assert len(frames) == 5
    for frame, number in zip(frames, range(10, 20, 2), strict=True):
        errors = [apart(frame, clip.picture(other)).mean() for other in range(number - 2, number + 3)]
        assert np.argmin(errors) == 2


@pytest.mark.parametrize("codec", ["libx264", "libvpx-vp9"])
def test_any_range_of_frames_is_the_same_as_when_all_are_read(tmp_path: Path, comic: Style, codec: str) -> None:
    plan = make_plan(Clip(frames=35, codec=codec).write(tmp_path / "a.mkv"), tmp_path / "work", comic)
    whole = list(read_frames(plan, range(35)))
    for start, stop in ((0, 5), (7, 9), (10, 11), (18, 35), (34, 35)):
        assert np.array_equal(list(read_frames(plan, range(start, stop))), whole[start:stop])


def test_damage_in_the_middle_leaves_the_number_of_frames_and_the_rest_as_they_are(
    tmp_path: Path, comic: Style
) -> None:
    clip = Clip(frames=30, codec="libvpx-vp9")
    source = clip.write(tmp_path / "a.webm")
    whole = bytearray(source.read_bytes())
    with av.open(str(source)) as file:
        packets = [bytes(packet) for packet in file.demux(video=0) if packet.size]
    for packet in packets[13:16]:
        place = whole.index(packet)
        whole[place : place + len(packet)] = b"\xff" * len(packet)
    (tmp_path / "b.webm").write_bytes(whole)
    frames, sound = read(tmp_path / "b.webm", comic), read(source, comic)
    assert len(frames) == 30
    assert np.array_equal(frames[14], frames[12])
    for number in (0, 12, *range(20, 30)):  # the next key frame mends everything
        assert np.array_equal(frames[number], sound[number])

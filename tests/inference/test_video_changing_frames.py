"""Streams whose frames change their size or shape on the way: what is round stays round."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame

from inference.styles import Style
from inference.video import VideoLimits, make_plan, probe_video, write_poster
from inference.video.read import read_frames
from tests.inference.clips import RATE
from tests.inference.jpegs import jpeg_with_scans, write_jpegs
from tests.needs import SHARED

FRAMES = 6  # of each size
Part = tuple[int, int, Fraction]  # width and height as stored, and how wide a pixel is by how high


def disk(width: int, height: int, pixel_shape: Fraction) -> VideoFrame:
    """White on gray, round as it is shown, and as wide as four fifths of the shorter side."""
    pixels = np.full((height, width, 3), 90, np.uint8)
    radius = 0.4 * min(height, float(width * pixel_shape))
    axes = (round(radius / float(pixel_shape)), round(radius))
    cv2.ellipse(pixels, (width // 2, height // 2), axes, 0, 0, 360, (255, 255, 255), -1, cv2.LINE_AA)
    return VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")


def write_parts(path: Path, codec: str, parts: Sequence[Part]) -> Path:
    """Write a stream that begins as the first part says, and goes on as the others do."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *parts[0][:2], "yuv420p"
        stream.codec_context.sample_aspect_ratio = parts[0][2]
        for number, (width, height, shape) in enumerate(parts):
            encoder = av.CodecContext.create(codec, "w")
            encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"  # type: ignore[attr-defined]
            encoder.sample_aspect_ratio = shape  # type: ignore[attr-defined]
            encoder.framerate = Fraction(RATE)  # type: ignore[attr-defined]
            if codec.startswith("libvpx"):
                encoder.options = {"deadline": "realtime", "cpu-used": "8"}
            encoder.time_base, encoder.bit_rate = Fraction(1, RATE), 2_000_000
            frame = disk(width, height, shape)
            for index in range(FRAMES):
                frame.pts, frame.time_base = number * FRAMES + index, Fraction(1, RATE)
                _mux(file, stream, encoder.encode(frame))  # type: ignore[attr-defined]
            _mux(file, stream, encoder.encode(None))  # type: ignore[attr-defined]
    return path


def _mux(file: av.container.OutputContainer, stream: av.VideoStream, packets: Sequence[av.Packet]) -> None:
    for packet in packets:
        packet.stream = stream
        file.mux_one(packet)


def read(path: Path, style: Style) -> list[np.ndarray]:
    plan = make_plan(path, path.parent / "work", style)
    return list(read_frames(plan, range(len(plan.times))))


def disk_size(frame: np.ndarray) -> tuple[int, int]:
    """Return (width, height) of what is white."""
    rows, columns = np.nonzero(frame.min(-1) > 170)
    return int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


SQUARE = Fraction(1)


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9", "mpeg4"])
def test_a_phone_that_is_turned_during_a_call_makes_nothing_smaller(tmp_path: Path, tinge: Style, codec: str) -> None:
    source = write_parts(tmp_path / "a.mkv", codec, [(320, 180, SQUARE), (180, 320, SQUARE), (320, 180, SQUARE)])
    frames = read(source, tinge)
    assert {frame.shape for frame in frames} == {(320, 320, 3)}
    assert [disk_size(frame) for frame in frames] == [(pytest.approx(144, abs=3), pytest.approx(144, abs=3))] * 18
    lying, standing = frames[2], frames[9]
    assert lying[:65].max() < 25 and lying[255:].max() < 25, "black above and below"
    assert standing[:, :65].max() < 25 and standing[:, 255:].max() < 25, "black on both sides"
    assert abs(int(standing[5, 160, 0]) - 90) < 12 and abs(int(lying[160, 5, 0]) - 90) < 12


def test_frames_of_another_shape_are_fitted_where_that_is_not_known_before(tmp_path: Path, tinge: Style) -> None:
    """Of MP4 only the first frame is looked at, and where all together would be too large as well."""
    source = write_parts(tmp_path / "a.mp4", "mpeg4", [(320, 180, SQUARE), (180, 320, SQUARE)])
    frames = read(source, tinge)
    assert {frame.shape for frame in frames} == {(180, 320, 3)}
    assert disk_size(frames[2]) == (pytest.approx(144, abs=3), pytest.approx(144, abs=3))
    assert disk_size(frames[9]) == (pytest.approx(81, abs=3), pytest.approx(81, abs=3))
    source = write_parts(tmp_path / "a.mkv", "mpeg4", [(320, 180, SQUARE), (180, 320, SQUARE)])
    info = probe_video(source, VideoLimits(max_pixels=320 * 180))
    assert (info.width, info.height) == (320, 180)


def test_a_call_that_begins_small_is_as_large_as_it_becomes(tmp_path: Path, tinge: Style) -> None:
    source = write_parts(tmp_path / "a.webm", "libvpx", [(160, 90, SQUARE), (640, 360, SQUARE), (320, 180, SQUARE)])
    for frame in read(source, tinge):
        assert frame.shape == (360, 640, 3)
        assert disk_size(frame) == (pytest.approx(288, abs=6), pytest.approx(288, abs=6))
        assert frame.min() > 60, "nothing is black"


def test_television_that_changes_from_4_3_to_16_9_stays_as_it_is_shown(tmp_path: Path, tinge: Style) -> None:
    narrow, wide = (360, 288, Fraction(16, 15)), (360, 288, Fraction(64, 45))
    frames = read(write_parts(tmp_path / "a.mkv", "mpeg2video", [narrow, wide, narrow]), tinge)
    assert {frame.shape for frame in frames} == {(288, 512, 3)}
    for number, frame in enumerate(frames):
        assert disk_size(frame) == (pytest.approx(230, abs=4), pytest.approx(230, abs=4))
        is_wide = 6 <= number < 12
        assert (frame[:, :60].max() < 25) == (not is_wide)


def test_frames_that_grow_beyond_all_measure_are_not_decoded(tmp_path: Path, tinge: Style) -> None:
    small, huge = jpeg_with_scans(320, 180, 2), jpeg_with_scans(16000, 16000, 2)
    plan = make_plan(write_jpegs(tmp_path / "a.mov", 320, 180, [small, small, huge, small]), tmp_path / "work", tinge)
    frames = list(read_frames(plan, range(4)))
    assert [frame.shape for frame in frames] == [(180, 320, 3)] * 4
    assert np.array_equal(frames[2], frames[1])


def test_the_poster_of_a_frame_of_another_shape_is_not_stretched(tmp_path: Path) -> None:
    parts = [(180, 320, SQUARE), *[(320, 180, SQUARE)] * 2]
    info = probe_video(write_parts(tmp_path / "a.webm", "libvpx", parts))
    write_poster(info, tmp_path / "a.jpg")
    poster = cv2.imread(str(tmp_path / "a.jpg"))
    assert poster.shape == (320, 320, 3)
    assert disk_size(poster) == (pytest.approx(144, abs=3), pytest.approx(144, abs=3))


@pytest.mark.shared
def test_the_circle_stays_round_after_the_phone_was_turned(tmp_path: Path, tinge: Style) -> None:
    source = SHARED / "cases" / "webrtc-turned-mid-recording" / "rtc_rotate_circle.webm"
    plan = make_plan(source, tmp_path / "work", tinge)
    for frame in read_frames(plan, range(len(plan.times))):
        middle = frame[frame.shape[0] // 2, frame.shape[1] // 2].astype(int)
        rows, columns = np.nonzero(np.abs(frame - middle).max(-1) < 60)
        assert (np.ptp(columns) + 1, np.ptp(rows) + 1) == (pytest.approx(141, abs=2), pytest.approx(141, abs=2))

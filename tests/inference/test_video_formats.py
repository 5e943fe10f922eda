"""What cameras, phones and editors write: the table of docs/video.md, line by line."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from inference.styles import Style
from inference.video import make_plan, probe_video
from inference.video.read import read_frames
from tests.inference.clips import Clip
from tests.inference.material import apart

SMALL = Clip(frames=4)
CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")  # boxes of boxes, down to `stsd`


def read(path: Path, style: Style) -> list[np.ndarray]:
    plan = make_plan(path, path.parent / "work", style)
    return list(read_frames(plan, range(len(plan.times))))


@pytest.mark.parametrize(
    ("name", "clip"),
    [
        ("hevc_422.mp4", replace(SMALL, codec="libx265", pixels="yuv422p10le")),
        ("hevc_12_bits.mp4", replace(SMALL, codec="libx265", pixels="yuv444p12le")),
        ("h264_10_bits.mp4", replace(SMALL, pixels="yuv422p10le")),
        ("h264_lossless.mkv", replace(SMALL, pixels="yuv444p", options=(("qp", "0"),))),
        ("h264_rgb.mkv", replace(SMALL, codec="libx264rgb", pixels="rgb24", colors=0)),
        ("av1.mp4", replace(SMALL, codec="libsvtav1")),
        ("av1_10_bits.webm", replace(SMALL, codec="libsvtav1", pixels="yuv420p10le")),
        ("vp9_444.webm", replace(SMALL, codec="libvpx-vp9", pixels="yuv444p")),
        ("vp9_alpha.webm", replace(SMALL, codec="libvpx-vp9", pixels="yuva420p", options=(("auto-alt-ref", "0"),))),
        (
            "vp8_alpha.webm",
            replace(SMALL, codec="libvpx", colors=6, pixels="yuva420p", options=(("auto-alt-ref", "0"),)),
        ),
        ("prores.mov", replace(SMALL, codec="prores_ks", pixels="yuv422p10le")),
        ("prores_alpha.mov", replace(SMALL, codec="prores_ks", pixels="yuva444p10le")),
        ("mpeg2.mkv", replace(SMALL, codec="mpeg2video", width=160, height=96)),
    ],
)
def test_frames_are_as_they_went_in(tmp_path: Path, tinge: Style, name: str, clip: Clip) -> None:
    frames = read(clip.write(tmp_path / name), tinge)
    assert len(frames) == 4
    for number, frame in enumerate(frames):
        assert apart(frame, clip.picture(number)).mean() < 8


@pytest.mark.parametrize(("name", "codec", "pixels"), [("a.mov", "png", "rgba"), ("a.mkv", "ffv1", "yuv420p")])
def test_what_is_seldom_met_is_refused_by_its_codec(tmp_path: Path, name: str, codec: str, pixels: str) -> None:
    with pytest.raises(Exception, match="unknown_codec"):
        probe_video(replace(SMALL, codec=codec, pixels=pixels).write(tmp_path / name))


def add_to_sample_entry(data: bytes, content: bytes) -> bytes:
    """Return an MP4, whose index is its last box, with a further box in the description of its one stream."""
    changed, place = bytearray(data), 0
    for kind in (*CONTAINERS, b"stsd", b"hvc1"):
        place = data.index(kind, place)
        size = int.from_bytes(data[place - 4 : place])
        changed[place - 4 : place] = (size + len(content)).to_bytes(4)
    end = place - 4 + int.from_bytes(data[place - 4 : place])
    return bytes(changed[:end] + content + changed[end:])


def test_dolby_vision_of_phones_is_read_as_what_lies_below_it(tmp_path: Path, tinge: Style) -> None:
    """Profile 8: HEVC of 10 bits that is whole without what Dolby Vision adds, which only a box tells of."""
    clip = replace(SMALL, codec="libx265", pixels="yuv420p10le")
    plain = clip.write(tmp_path / "a.mov").read_bytes().replace(b"hev1", b"hvc1")
    (tmp_path / "a.mov").write_bytes(plain)
    # Version 1.0, profile 8, level 4, with metadata (rpu) and a base layer, compatible with HLG (8.4).
    record = bytes([1, 0, 8 << 1, 4 << 3 | 0b101, 4 << 4]) + bytes(19)
    (tmp_path / "b.mov").write_bytes(add_to_sample_entry(plain, (32).to_bytes(4) + b"dvvC" + record))
    assert b"dvvC" in (tmp_path / "b.mov").read_bytes()
    assert np.array_equal(read(tmp_path / "a.mov", tinge), read(tmp_path / "b.mov", tinge))


def shift_times(source: Path, target: Path, shift: Callable[[int], int]) -> Path:
    """Copy the pictures of a file with other times, in units of its time base; the muxer writes an edit list."""
    with av.open(str(source)) as file, av.open(str(target), "w") as copy:
        stream = file.streams.video[0]
        template = copy.add_stream_from_template(stream)
        for packet in file.demux(stream):
            if packet.size and packet.pts is not None and packet.dts is not None:
                packet.pts, packet.dts = shift(packet.pts), shift(packet.dts)
                packet.stream = template
                copy.mux_one(packet)
    return target


def test_an_edit_list_that_leaves_out_the_beginning(tmp_path: Path, tinge: Style) -> None:
    """As a phone cuts: the first key frame stays in the file, and is decoded, but not shown."""
    clip = Clip(frames=20)
    whole = clip.write(tmp_path / "a.mp4")
    with av.open(str(whole)) as file:
        tick = round(1 / 25 / file.streams.video[0].time_base)
    trimmed = shift_times(whole, tmp_path / "b.mp4", lambda time: time - 6 * tick)
    frames = read(trimmed, tinge)
    assert len(frames) == 14
    for number, frame in enumerate(frames):
        errors = [apart(frame, clip.picture(other)).mean() for other in range(20)]
        assert np.argmin(errors) == number + 6


def test_an_edit_list_that_begins_later(tmp_path: Path, tinge: Style) -> None:
    clip = Clip(frames=10, sound="aac", times=lambda number: number + 25)
    info = probe_video(clip.write(tmp_path / "a.mp4"))
    assert info.times[0] * info.time_base == 1
    assert len(read(tmp_path / "a.mp4", tinge)) == 10

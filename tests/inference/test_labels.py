"""Labels of what the command line makes, photos and videos, and the command that says what a file carries."""

import resource
import signal
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from imaging.decode import decode_image
from imaging.labels import AigcLabel, draw_label
from imaging.labels.visible import make_label_patch
from imaging.labels.xmp import build_xmp_packet
from inference.errors import BadVideo
from inference.video import VideoOptions, join_segments, label_video, make_plan, read_video_marks
from inference.video.read import read_frames
from inference.video.visible_label import LABEL_SECONDS
from inference.video.write import segment_writer
from tests.exiftool import read_aigc
from tests.inference.clips import Clip, beeps_of, frames_of, packets_of, times_of
from tests.inference.material import file_of, photo
from tests.inference.site import put, stylize

pytestmark = [pytest.mark.no_database, pytest.mark.usefixtures("weights")]
LABEL = AigcLabel("站", "abc", "站", "abc")


@pytest.mark.parametrize("mode", ["off", "metadata", "visible"])
def test_photos_that_stylize_makes_are_labeled(tmp_path: Path, settings: Settings, mode: str) -> None:
    settings.AI_LABEL = mode
    for name in ("a.jpg", "b.png", "c.webp"):
        put(tmp_path / "in" / name, photo(120, 160))
    assert not stylize(tmp_path / "in", "-o", tmp_path / "out").error
    assert not stylize(tmp_path / "in" / "b.png", "-o", tmp_path / "out" / "beside.png", "--side-by-side").error
    paths = sorted((tmp_path / "out").iterdir())
    found = read_aigc(paths)
    assert [len(found[path]) for path in paths] == [mode != "off"] * 4
    for values in found.values():
        assert not values or values[0]["ContentProducer"] == "AnimeGAN Studio"
        assert not values or (len(values[0]["ProduceID"]), values[0]["PropagateID"]) == (32, "")
    if mode == "metadata":
        again = (tmp_path / "out" / "b.png").read_bytes()
        stylize(tmp_path / "in" / "b.png", "-o", tmp_path / "again.png")
        assert (tmp_path / "again.png").read_bytes() == again


@pytest.mark.parametrize(("system", "language"), [("zh_CN.UTF-8", "zh-hans"), ("de_DE.UTF-8", "en"), ("", "en")])
def test_the_visible_label_is_in_the_language_of_the_system(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, system: str, language: str
) -> None:
    source = put(tmp_path / "a.png", photo(120, 160))
    stylize(source, "-o", tmp_path / "plain.png")
    settings.AI_LABEL = "visible"
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", system)
    stylize(source, "-o", tmp_path / "label.png")
    expected = draw_label(decode_image(tmp_path / "plain.png"), language)
    assert np.array_equal(decode_image(tmp_path / "label.png").pixels, expected.pixels)


def test_a_photo_with_boxes_around_faces_is_no_result(tmp_path: Path, settings: Settings) -> None:
    settings.AI_LABEL = "visible"
    source = put(tmp_path / "a.png", photo(120, 160))
    stylize(source, "-o", tmp_path / "b.png", "--landmarks")
    assert np.array_equal(decode_image(tmp_path / "b.png").pixels, photo(120, 160))


@pytest.mark.parametrize("mode", ["off", "metadata", "visible"])
def test_videos_that_stylize_makes_are_labeled(tmp_path: Path, settings: Settings, mode: str) -> None:
    settings.AI_LABEL = mode
    source = Clip(frames=12, width=96, height=64, sound="aac").write(tmp_path / "a.mp4")
    assert not stylize(source, "-o", tmp_path / "out.mp4").error
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".work"] == []
    found = read_aigc([tmp_path / "out.mp4"])[tmp_path / "out.mp4"]
    assert len(found) == (mode != "off")
    assert packets_of(tmp_path / "out.mp4", "audio") == packets_of(source, "audio")
    corner = frames_of(tmp_path / "out.mp4")[0].to_ndarray(format="rgb24")
    patch = make_label_patch(96, 64, "en")
    ground = corner[patch.top + patch.opacity.shape[0] - 3, patch.left + 6 : patch.left + patch.opacity.shape[1] - 6]
    assert (ground.max() < 140) == (mode == "visible")


# --- What a finished video gets ---

CLIPS = {
    "short": Clip(frames=20, width=96, height=64),
    "long": Clip(frames=160, width=96, height=64, sound="aac", beeps=(0.3, 3.1)),
    "uneven": Clip(
        frames=120, width=96, height=64, times=lambda n: n * 3 if n < 60 else n + 120, sound="aac", beeps=(0.3,)
    ),
    "other sound": Clip(frames=160, width=96, height=64, sound="libmp3lame", beeps=(0.3, 2.0)),
    "two scenes": Clip(frames=160, width=96, height=64, cut_at=20),
}


def joined(folder: Path, clip: Clip, **options: float) -> Path:
    """A result as the site makes it, of the frames as they are: quicker than a style."""
    style = SimpleNamespace(id="comic", version="1")
    source = clip.write(folder / "a.mkv")
    plan = make_plan(source, folder / "work", style, VideoOptions(**options))  # type: ignore[arg-type]
    for index in plan.unfinished_segments():
        frames = plan.segment_frames(index)
        with segment_writer(plan.segment_path(index), plan) as write:
            for number, pixels in zip(frames, read_frames(plan, frames), strict=True):
                write(pixels, plan.times[number] - plan.times[frames.start])
    join_segments(plan, folder / "joined.mp4", LABEL)
    return folder / "joined.mp4"


@pytest.mark.parametrize("kind", CLIPS)
@pytest.mark.parametrize("start", [0.0, 1.0])
def test_the_label_is_on_the_first_seconds_and_all_else_stays(tmp_path: Path, kind: str, start: float) -> None:
    if kind == "short" and start:
        pytest.skip("it has no second second")
    given = joined(tmp_path, CLIPS[kind], start=start)
    target = tmp_path / "labeled.mp4"
    label_video(given, target, LABEL, "zh-hans")
    assert times_of(target) == times_of(given)
    if CLIPS[kind].sound:
        assert packets_of(target, "audio") == packets_of(given, "audio")
        assert beeps_of(target) == beeps_of(given)
    assert read_video_marks(target).aigc == LABEL
    is_labeled = [apart > 8 for apart in corners_apart(given, target)]
    count = is_labeled.count(True)
    assert is_labeled == [True] * count + [False] * (len(is_labeled) - count)
    times = times_of(target)
    assert count == len(times) or LABEL_SECONDS <= times[count] <= LABEL_SECONDS + 3.1
    for before, after in list(zip(frames_of(given), frames_of(target), strict=True))[count:]:
        assert np.array_equal(before.to_ndarray(), after.to_ndarray())
    assert not list(tmp_path.glob("*.start"))


def corners_apart(given: Path, target: Path) -> Sequence[float]:
    pairs = zip(frames_of(given), frames_of(target), strict=True)
    corners = [[frame.to_ndarray(format="gray")[48:, 48:].astype(int) for frame in pair] for pair in pairs]
    return [float(np.abs(a - b).mean()) for a, b in corners]


def test_without_a_visible_label_every_packet_stays(tmp_path: Path) -> None:
    given = joined(tmp_path, CLIPS["long"])
    paths = []
    for label in (None, AigcLabel("another", "1")):
        paths.append(tmp_path / f"{label is None}.mp4")
        label_video(given, paths[-1], label)
        assert times_of(paths[-1]) == times_of(given)
        for kind in ("video", "audio"):
            assert packets_of(paths[-1], kind) == packets_of(given, kind)
    found = read_aigc([given, *paths])
    assert [len(found[path]) for path in (given, *paths)] == [1, 0, 1]
    assert found[paths[1]][0]["ContentProducer"] == "another"


def test_a_video_of_another_encoder_is_encoded_anew_as_a_whole(tmp_path: Path) -> None:
    given = Clip(frames=80, width=96, height=64, sound="aac", beeps=(0.3,), options=(("bf", "0"),)).write(
        tmp_path / "a.mp4"
    )
    label_video(given, tmp_path / "b.mp4", LABEL, "en")
    assert times_of(tmp_path / "b.mp4") == times_of(given)
    assert beeps_of(tmp_path / "b.mp4") == beeps_of(given)
    assert [apart > 8 for apart in corners_apart(given, tmp_path / "b.mp4")][:50] == [True] * 50


def test_what_is_damaged_leaves_no_file(tmp_path: Path) -> None:
    given = joined(tmp_path, CLIPS["short"])
    data = given.read_bytes()
    place = data.index(b"mdat") + 60
    given.write_bytes(data[:place] + b"\xff" * 3000 + data[place + 3000 :])
    with pytest.raises(BadVideo):
        label_video(given, tmp_path / "b.mp4", LABEL, "en")
    assert not list(tmp_path.glob("b.mp4*"))


# --- What a file carries ---


def check(*paths: Path) -> tuple[str, int]:
    """What the command says, and its exit status."""
    out = StringIO()
    try:
        call_command("check_label", *map(str, paths), stdout=out)
    except CommandError as error:
        return out.getvalue(), error.returncode
    return out.getvalue(), 0


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.mp4"])
def test_check_label_says_what_a_result_carries(tmp_path: Path, settings: Settings, name: str) -> None:
    source = put(tmp_path / "in" / name, photo(40, 60)) if name != "a.mp4" else tmp_path / "in" / name
    if name == "a.mp4":
        source.parent.mkdir()
        Clip(frames=3).write(source)
    stylize(source, "-o", tmp_path / name)
    said, status = check(tmp_path / name)
    assert status == 0
    for text in (f"{name}: labeled", "compositeWithTrainedAlgorithmicMedia", "AIGC: generated by AI", "Label: 1"):
        assert text in said
    assert "ContentProducer: AnimeGAN Studio" in said and "visible label: cannot be known" in said
    settings.AI_LABEL = "off"
    stylize(source, "-o", tmp_path / name, "--overwrite")
    said, status = check(tmp_path / name)
    assert status == 1
    assert f"{name}: not labeled" in said and "compositeWithTrained" in said and "AIGC: none" in said


def test_check_label_goes_on_after_what_has_none_or_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    plain = put(tmp_path / "plain.jpg", photo(40, 60))
    text = put(tmp_path / "text.jpg", b"no picture")
    video = put(tmp_path / "text.mp4", b"no video at all")
    empty = put(tmp_path / "empty.png", b"")
    clip = Clip(frames=3).write(tmp_path / "clip.mp4")
    said, status = check(plain, text, video, empty, tmp_path / "folder", tmp_path / "gone.jpg", clip)
    assert status == 1
    lines = [line for line in said.splitlines() if not line.startswith(" ")]
    assert [line.partition(": ")[2].partition(":")[0] for line in lines] == [
        "not labeled",
        *["cannot be read"] * 5,
        "not labeled",
    ]
    assert "Traceback" not in said


def test_check_label_reads_videos_of_other_programs(tmp_path: Path) -> None:
    given = '{"Label":"3","ContentProducer":"somebody\\u001b[31m"}'
    for name in ("a.mkv", "a.mp4", "a.mov"):
        options = () if name == "a.mkv" else (("movflags", "use_metadata_tags"),)
        path = Clip(frames=3, metadata=(("AIGC", given),), container=options).write(tmp_path / name)
        said, status = check(path)
        assert (status, "suspected to be generated by AI" in said) == (0, True), name
        assert "somebody?[31m" in said
    (tmp_path / "video.jpg").write_bytes((tmp_path / "a.mp4").read_bytes())
    assert check(tmp_path / "video.jpg")[1] == 0


@pytest.mark.parametrize("label", ['{"Label":"9"}', '{"Label":1,"ContentProducer":null}', "[]", "{", '{"a":"b"}'])
def test_check_label_tells_a_value_that_the_standard_has_not(tmp_path: Path, label: str) -> None:
    path = Clip(frames=3, metadata=(("AIGC", label),)).write(tmp_path / "a.mkv")
    assert check(path)[1] == (0 if label.startswith('{"Label":1') else 1)


def test_xmp_in_the_metadata_of_a_mov_is_read(tmp_path: Path) -> None:
    """As Adobe's programs write it there."""
    path = Clip(frames=3).write(tmp_path / "a.mov")
    packet = build_xmp_packet("comic", LABEL)
    inner = (len(packet) + 8).to_bytes(4) + b"XMP_" + packet
    box = (len(inner) + 8).to_bytes(4) + b"udta" + inner
    data = bytearray(path.read_bytes())
    place = data.index(b"moov") - 4
    size = int.from_bytes(data[place : place + 4])
    assert place + size == len(data)  # at the end: nothing behind it moves
    data[place : place + 4] = (size + len(box)).to_bytes(4)
    path.write_bytes(bytes(data) + box)
    assert read_video_marks(path).aigc == LABEL
    with av.open(str(path)) as file:
        assert file.streams.video


def test_a_picture_with_a_number_for_a_label_is_read(tmp_path: Path) -> None:
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/">'
        '<TC260:AIGC>{"Label":2}</TC260:AIGC></rdf:Description></rdf:RDF></x:xmpmeta>'
    )
    path = put(tmp_path / "a.jpg", file_of(photo(20, 20), "JPEG", xmp=xmp.encode()))
    assert check(path)[1] == 0


def test_a_full_disk_is_no_damage_of_the_video(tmp_path: Path) -> None:
    given = joined(tmp_path, CLIPS["long"])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))  # as a disk that is full after so many bytes
    try:
        with pytest.raises((OSError, BadVideo)) as caught:
            label_video(given, tmp_path / "b.mp4", LABEL, "en")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert isinstance(caught.value, OSError), caught.value
    assert not list(tmp_path.glob("b.mp4*"))

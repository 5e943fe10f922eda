"""Unusual videos, from the upload to a result that every browser plays."""

from collections.abc import Callable
from pathlib import Path

import av
import pytest
from django.test import Client

from accounts.models import User
from gallery.models import Video, VideoJob
from gallery.storage.media import media_path
from gallery.videos import worker
from tests.gallery.videos import add_job, add_video, send_all, with_huge_header
from tests.inference.clips import CAMERA_HELD_UPRIGHT, Clip
from tests.inference.jpegs import slow_video

Stored = Callable[[], list[str]]
# Leases are renewed over another connection, which sees only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("name", "clip", "size"),
    [
        ("ten_bits.mp4", Clip(frames=5, codec="libx265", pixels="yuv420p10le", width=128, height=96), (128, 96)),
        ("odd.webm", Clip(frames=5, codec="libvpx-vp9", width=97, height=71), (96, 70)),
        ("turned.mov", Clip(frames=5, width=128, height=96, matrix=CAMERA_HELD_UPRIGHT), (96, 128)),
        ("huge.mp4", None, (64, 48)),
    ],
)
def test_a_result_is_upright_with_even_sides_and_8_bits(
    owner_client: Client, media: Stored, tmp_path: Path, name: str, clip: Clip | None, size: tuple[int, int]
) -> None:
    data = clip.write(tmp_path / name).read_bytes() if clip else with_huge_header()
    assert send_all(owner_client, data, name).status_code == 201
    job = add_job(Video.objects.get())
    worker.drain_queue()
    done = VideoJob.objects.get(pk=job.pk)
    assert (done.state, done.error) == ("done", "")
    assert "compare__range" in owner_client.get(f"/videos/{job.video_id}/").content.decode()
    with av.open(str(media_path(done.file))) as file:
        frame = next(file.decode(video=0))
        codec = file.streams.video[0].codec_context.name
    assert (codec, frame.format.name, (frame.width, frame.height)) == ("h264", "yuv420p", size)
    assert media() == sorted([*job.video.files, *done.files])


@pytest.mark.parametrize(
    ("container", "before", "after"),
    [
        (
            (("movflags", "+faststart"),),
            "The end of this file is missing. {} of 2.4 seconds are there and can be converted.",
            "The end of the original is missing: {} of 2.4 seconds were there.",
        ),
        (
            (("movflags", "frag_keyframe+empty_moov"),),
            "The end of this file is missing. The {} seconds that are there can be converted.",
            "The end of the original is missing: {} seconds were there.",
        ),
    ],
)
def test_of_a_video_that_ends_too_early_what_is_there_is_converted_and_how_much_is_said(
    owner_client: Client, tmp_path: Path, container: tuple[tuple[str, str], ...], before: str, after: str
) -> None:
    whole = Clip(frames=60, width=64, height=48, container=container).write(tmp_path / "a.mp4").read_bytes()
    assert send_all(owner_client, whole[: len(whole) * 2 // 3]).status_code == 201
    video = Video.objects.get()
    seconds = f"{video.seconds:.1f}"
    assert 1 < video.seconds < 2
    page = f"/videos/{video.pk}/"
    assert before.format(seconds) in owner_client.get(page).content.decode()
    job, part = add_job(video), add_job(video, length=0.4)
    worker.drain_queue()
    done = VideoJob.objects.get(pk=job.pk)
    assert done.state == "done"
    assert 0 <= round(video.seconds * 25) - done.frames <= 3  # of the last ones some are stored after later ones
    assert owner_client.get(page).content.decode().count(after.format(seconds)) == 1, "not of the part"
    assert VideoJob.objects.get(pk=part.pk).state == "done"
    owner_client.cookies["django_language"] = "zh-hans"
    assert owner_client.get(page).content.decode().count("缺少结尾") == 2


def test_a_video_that_takes_too_long_to_decode_is_refused(owner_client: Client, media: Stored, tmp_path: Path) -> None:
    data = slow_video(tmp_path / "a.mov", frames=1).read_bytes()
    answer = send_all(owner_client, data)
    assert answer.status_code == 422
    assert answer.json()["error"] == ("The frames of this video take too long to decode. Export it in another format.")
    assert media() == []


def test_a_video_that_takes_too_long_to_decode_keeps_nobody_waiting(owner: User, other: User, tmp_path: Path) -> None:
    """As it is where it came in before there was a limit."""
    slow, quick = add_video(owner), add_video(other)
    media_path(slow.file).write_bytes(slow_video(tmp_path / "a.mov", frames=1).read_bytes())
    jobs = add_job(slow), add_job(quick)
    worker.drain_queue()
    ended = [VideoJob.objects.get(pk=job.pk) for job in jobs]
    assert [(job.state, job.error) for job in ended] == [("failed", "too_slow"), ("done", "")]

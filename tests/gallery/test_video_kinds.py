"""Unusual videos, from the upload to a result that every browser plays."""

from collections.abc import Callable
from pathlib import Path

import av
import pytest
from django.test import Client

from gallery.models import Video, VideoJob
from gallery.storage.media import media_path
from gallery.videos import worker
from tests.gallery.videos import add_job, send_all, with_huge_header
from tests.inference.clips import CAMERA_HELD_UPRIGHT, Clip

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

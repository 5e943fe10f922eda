"""Videos for the tests of the site, and what people do with them."""

from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
from django.test import Client

from accounts.models import User
from gallery.models import JobState, Video, VideoJob
from gallery.storage.media import media_path, new_files
from gallery.videos import uploads
from gallery.videos.services import create_job
from tests.inference.clips import Clip


@cache
def clip_bytes(frames: int = 30, width: int = 64, height: int = 48, suffix: str = ".mp4") -> bytes:
    """A real video with sound; 25 pictures are a second."""
    sound = {"sound": "aac", "beeps": (0.3,)} if suffix == ".mp4" else {"codec": "libvpx", "sound": "libopus"}
    with TemporaryDirectory() as folder:
        clip = Clip(frames=frames, width=width, height=height, **sound)  # type: ignore[arg-type]
        return clip.write(Path(folder) / f"clip{suffix}").read_bytes()


def gray_clip(width: int, height: int) -> bytes:
    """Two frames of nothing, quickly made."""
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height = width, height
        for _ in range(2):
            container.mux(stream.encode(av.VideoFrame(width, height, "yuv420p")))
        container.mux(stream.encode(None))
    return file.getvalue()


@cache
def without_frames() -> bytes:
    """In pieces, of which there is none."""
    with TemporaryDirectory() as folder:
        clip = Clip(frames=10, container=(("movflags", "empty_moov+frag_keyframe"),))
        whole = clip.write(Path(folder) / "clip.mp4").read_bytes()
    return whole[: whole.index(b"moof") - 4]


@cache
def sound_alone() -> bytes:
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 44100
        container.mux(stream.encode(silence))
        container.mux(stream.encode(None))
    return file.getvalue()


@cache
def with_huge_header() -> bytes:
    """Its header says 64000 × 48000, its frames say what is true."""
    whole = clip_bytes()
    place = whole.index(b"avc1", whole.index(b"stsd")) + 28
    return whole[:place] + (64000).to_bytes(2) + (48000).to_bytes(2) + whole[place + 4 :]


def add_video(owner: User, name: str = "holiday.mp4", **clip: Any) -> Video:
    data = clip_bytes(**clip)
    return uploads.receive_whole_file(owner=owner, name=name, size=len(data), source=BytesIO(data))


def add_job(video: Video, **options: Any) -> VideoJob:
    return create_job(video=video, **{"style": "comic", "detail": "bold"} | options)


def announce(client: Client, data: bytes, name: str = "holiday.mp4") -> Any:
    return client.post("/videos/uploads/", {"name": name, "size": len(data)}, headers={"Accept": "application/json"})


def send_piece(client: Client, url: str, offset: int | str, piece: bytes) -> Any:
    headers = {"Upload-Offset": str(offset), "Accept": "application/json"}
    return client.patch(url, piece, content_type="application/offset+octet-stream", headers=headers)


def send_all(client: Client, data: bytes, name: str = "holiday.mp4", pieces: int = 3) -> Any:
    """The answer to the last piece."""
    url = announce(client, data, name).json()["address"]
    size = len(data) // pieces + 1
    for offset in range(0, len(data), size):
        answer = send_piece(client, url, offset, data[offset : offset + size])
    return answer


def add_result(video: Video, **options: Any) -> VideoJob:
    """A finished conversion, whose result is a copy of the video: quicker than a real one."""
    job = add_job(video, **options)
    with new_files() as new:
        copies = [new.write("results", name.rpartition(".")[2], media_path(name).read_bytes()) for name in video.files]
    facts = {"file": copies[0], "poster": copies[1], "bytes": video.bytes, "width": video.width, "height": video.height}
    VideoJob.objects.filter(pk=job.pk).update(state=JobState.DONE, **facts)
    return VideoJob.objects.select_related("video", "owner").get(pk=job.pk)

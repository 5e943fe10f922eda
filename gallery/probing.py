"""A first look at a video that a stranger sent: in a process of its own, with little time and memory.

What makes the libraries hang, crash or grow is then a video that cannot be read, and no more.
"""

import json
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np
from av.error import FFmpegError

from inference import images
from inference.errors import BadVideo
from inference.video import Limits, Plan, VideoInfo, probe
from inference.video.containers import sniff
from inference.video.plan import key_before
from inference.video.read import to_rgb
from inference.video.streams import open_video, picture_of, prepare_decoder

SECONDS = 60  # for all of it, on a busy machine; a file of some hundred megabytes takes one
MEMORY = 4 * 2**30  # of addresses, of which libraries take half before they begin
POSTER_SIDE = 960
POSTER_AT = 0.1  # of the video: many begin with black
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Facts:
    """What is kept about a video. `extension`: what its files are called."""

    extension: str
    width: int
    height: int
    seconds: float
    rate: float
    has_sound: bool


def look_at(path: Path, poster: Path, limits: Limits) -> Facts:
    """What is in a video; a JPEG of one of its frames is written. Raises BadVideo and OSError."""
    command = [sys.executable, "-m", "gallery.probing", str(path), str(poster), json.dumps(asdict(limits))]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise BadVideo("damaged") from error
    if done.returncode:
        raise BadVideo("damaged", said=done.stderr[-500:])
    answer = json.loads(done.stdout)
    if "reason" in answer:
        raise BadVideo(answer["reason"])
    if "errno" in answer:
        raise OSError(answer["errno"], "no poster")
    return Facts(**answer)


def write_poster(info: VideoInfo, path: Path, *, style: str | None = None) -> int:
    """A JPEG of a frame, which says so where a style made it; its bytes. Raises BadVideo and OSError."""
    picture = images.shrink(images.Picture(_frame_at(info, POSTER_AT)), POSTER_SIDE)
    return path.write_bytes(images.encode(picture, "JPEG", style=style))


def _frame_at(info: VideoInfo, share: float) -> np.ndarray:
    """The first frame that can be decoded from the key frame before that share of the video on."""
    key = key_before(info.keys, info.times[int(share * (len(info.times) - 1))])
    with open_video(info.path, info.container) as file:
        stream = picture_of(file)
        prepare_decoder(stream, info.stored_pixels * 2)
        if key is not None:
            file.seek(key, stream=stream)
        for packet in file.demux(stream):
            try:
                frames = packet.decode()
            except FFmpegError:
                continue
            if frames:
                return to_rgb(frames[0], cast(Plan, info))  # of the plan it asks for size, turn and colours alone
    raise BadVideo("damaged")


def _extension(path: Path) -> str:
    """MP4 and MOV are one family to its readers, and so are MKV and WebM; browsers want to know which."""
    head = path.open("rb").read(4096)
    if sniff(path) == "matroska":
        return "webm" if b"webm" in head else "mkv"
    return "mov" if head[8:12] == b"qt  " or head[4:8] != b"ftyp" else "mp4"


def _answer(path: Path, poster: Path, limits: Limits) -> dict[str, object]:
    try:
        info = probe(path, limits)
        write_poster(info, poster)
    except BadVideo as error:
        return {"reason": error.reason}
    except FFmpegError:
        return {"reason": "damaged"}
    except OSError as error:
        return {"errno": error.errno}
    facts = Facts(_extension(path), info.width, info.height, info.seconds, float(info.rate), info.sound is not None)
    return asdict(facts)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    asked = Limits(**json.loads(sys.argv[3]))
    print(json.dumps(_answer(Path(sys.argv[1]), Path(sys.argv[2]), asked)))

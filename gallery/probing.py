"""A first look at a video that a stranger sent: in a process of its own, with little time and memory.

What makes the libraries hang, crash or grow is then a video that cannot be read, and no more.
"""

import json
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from inference.errors import BadVideo
from inference.video_limits import Limits

SECONDS = 60  # for all of it, on a busy machine; a file of some hundred megabytes takes one
MEMORY = 4 * 2**30  # of addresses, of which libraries take half before they begin
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


def _extension(path: Path, container: str) -> str:
    """MP4 and MOV are one family to its readers, and so are MKV and WebM; browsers want to know which."""
    with path.open("rb") as file:
        head = file.read(4096)
    if container == "matroska":
        return "webm" if b"webm" in head else "mkv"
    return "mov" if head[8:12] == b"qt  " or head[4:8] != b"ftyp" else "mp4"


def _answer(path: Path, poster: Path, limits: Limits) -> dict[str, object]:
    # Here, as the site, which only asks for it to be done, has no use for decoders.
    from av.error import FFmpegError

    from inference import video

    try:
        info = video.probe(path, limits)
        video.write_poster(info, poster)
    except BadVideo as error:
        return {"reason": error.reason}
    except FFmpegError:
        return {"reason": "damaged"}
    except OSError as error:
        return {"errno": error.errno}
    extension = _extension(path, info.container)
    return asdict(
        Facts(extension, info.width, info.height, info.seconds, float(info.rate), has_sound=info.sound is not None)
    )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    asked = Limits(**json.loads(sys.argv[3]))
    print(json.dumps(_answer(Path(sys.argv[1]), Path(sys.argv[2]), asked)))

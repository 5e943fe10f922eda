"""Looks into a video that a stranger sent: in a process of its own, with little time and memory.

What makes the libraries hang, crash or grow is then a video that cannot be read, and no more.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from inference.errors import BadVideo
from inference.video_limits import NO_LIMITS, Limits

MAX_SECONDS = 60  # for all of it, on a busy machine; a file of some hundred megabytes takes one
MAX_MEMORY_BYTES = 4 * 2**30  # of addresses, of which libraries take half before they begin
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class ProbedVideo:
    """What is kept about a video. `extension`: what its files are called."""

    extension: str
    width: int
    height: int
    seconds: float
    rate: float
    has_sound: bool


def probe_and_write_poster(path: Path, poster: Path, limits: Limits) -> ProbedVideo:
    """What is in a video; a JPEG of one of its frames is written. Raises BadVideo and OSError."""
    return ProbedVideo(**_ask("look", [path, poster], asdict(limits)))


def extract_poster_frame(source: Path, result: Path, options: dict[str, Any]) -> bytes:
    """A JPEG of the frame of a video that the poster of its conversion shows. Raises BadVideo and OSError.

    `options`: the `start`, `length` and `is_rate_halved` of that conversion.
    """
    with TemporaryDirectory() as folder:
        frame = Path(folder) / "frame.jpg"
        _ask("frame", [source, result, frame], options)
        return frame.read_bytes()


def _ask(what: str, paths: list[Path], options: dict[str, Any]) -> dict[str, Any]:
    """The answer of another process. Raises BadVideo and OSError."""
    command = [sys.executable, "-m", "gallery.videos.probing", what, json.dumps(options), *map(str, paths)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=MAX_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise BadVideo("damaged") from error
    if done.returncode:
        raise BadVideo("damaged", said=done.stderr[-500:])
    answer = json.loads(done.stdout)
    if "reason" in answer:
        raise BadVideo(answer["reason"])
    if "errno" in answer:
        raise OSError(answer["errno"], "no such file, or no picture of it")
    return dict(answer)


def _extension(path: Path, container: str) -> str:
    """MP4 and MOV are one family to its readers, and so are MKV and WebM; browsers want to know which."""
    with path.open("rb") as file:
        head = file.read(4096)
    if container == "matroska":
        return "webm" if b"webm" in head else "mkv"
    return "mov" if head[8:12] == b"qt  " or head[4:8] != b"ftyp" else "mp4"


# What the process does. It imports decoders only then, as the site, which asks for it to be done, has no use for them.
def _look(options: dict[str, Any], path: Path, poster: Path) -> dict[str, Any]:
    from inference import video

    info = video.probe(path, Limits(**options))
    video.write_poster(info, poster)
    extension = _extension(path, info.container)
    return asdict(
        ProbedVideo(
            extension, info.width, info.height, info.seconds, float(info.rate), has_sound=info.sound is not None
        )
    )


def _frame(options: dict[str, Any], source: Path, result: Path, target: Path) -> dict[str, Any]:
    from inference import video

    # It was within the limits when it came; one lowered since must not lock it in.
    video.write_frame_under_poster(source, result, video.Options(**options), target, NO_LIMITS)
    return {}


WORK: dict[str, Callable[..., dict[str, Any]]] = {"look": _look, "frame": _frame}


def _answer(what: str, options: str, *paths: str) -> dict[str, Any]:
    from av.error import FFmpegError

    try:
        return WORK[what](json.loads(options), *map(Path, paths))
    except BadVideo as error:
        return {"reason": error.reason}
    except FFmpegError:
        return {"reason": "damaged"}
    except OSError as error:
        return {"errno": error.errno}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    print(json.dumps(_answer(*sys.argv[1:])))

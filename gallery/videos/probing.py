"""Looks into a video that a stranger sent: in a process of its own, with little time and memory.

What makes the libraries hang, crash or grow is then a video that cannot be read, and no more.
"""

import errno
import json
import resource
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from imaging.isolation import restricted_environment
from inference.errors import BadVideo
from inference.video_limits import NO_VIDEO_LIMITS, VideoLimits

MAX_SECONDS = 60  # for all of it, on a busy machine; a file of some hundred megabytes takes one
MAX_MEMORY_BYTES = 4 * 2**30  # of addresses, of which libraries take half before they begin
PROJECT_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class ProbedVideo:
    """What is stored about a video: pixels, seconds, frames a second; `extension` is what its files are called.

    `is_cut_off`, `declared_seconds`: as in `VideoInfo`.
    """

    extension: str
    width: int
    height: int
    seconds: float
    rate: float
    has_sound: bool
    is_cut_off: bool
    declared_seconds: float | None


@dataclass(frozen=True)
class ConvertedPart:
    """Which part of a video was converted: `start` and `length` in seconds (None: to its end)."""

    start: float = 0.0
    length: float | None = None
    is_rate_halved: bool = False


@dataclass(frozen=True)
class _Answer:
    """What the other process prints, as JSON: a BadVideo, the number of an OSError, or what it found."""

    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    errno: int = 0
    video: dict[str, Any] | None = None  # a ProbedVideo


def probe_and_write_poster(path: Path, poster: Path, limits: VideoLimits) -> ProbedVideo:
    """Return what is in a video, and write a JPEG of one of its frames. Raise BadVideo or OSError."""
    answer = _run_process("probe", [path, poster], asdict(limits))
    return ProbedVideo(**answer.video or {})


def extract_poster_frame(source: Path, result: Path, part: ConvertedPart) -> bytes:
    """Return a JPEG of the frame of `source` that the poster of its conversion `result` shows.

    Raise BadVideo or OSError.
    """
    from gallery.storage.temporary import temporary_folder  # the other process needs no settings

    with temporary_folder() as folder:
        frame = folder / "frame.jpg"
        _run_process("frame", [source, result, frame], asdict(part))
        return frame.read_bytes()


def _run_process(command: str, paths: list[Path], options: dict[str, Any]) -> _Answer:
    arguments = [sys.executable, "-m", "gallery.videos.probing", command, json.dumps(options), *map(str, paths)]
    try:
        done = subprocess.run(  # noqa: S603
            arguments,
            cwd=PROJECT_ROOT,
            env=restricted_environment(),
            capture_output=True,
            text=True,
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BadVideo("too_slow") from error
    if done.returncode:
        is_too_slow = done.returncode == -signal.SIGXCPU
        raise BadVideo("too_slow" if is_too_slow else "damaged", said=done.stderr[-500:])
    answer = _Answer(**json.loads(done.stdout))
    if answer.reason:
        raise BadVideo(answer.reason, **answer.details)
    if answer.errno:
        raise OSError(answer.errno, "no such file, or no picture of it")
    return answer


# What the other process does. Decoders are imported by it alone: the site, which starts it, has no use for them.
def _answer(command: str, options: dict[str, Any], *paths: Path) -> _Answer:
    from av.error import FFmpegError

    try:
        return _probe(VideoLimits(**options), *paths) if command == "probe" else _extract_frame(options, *paths)
    except BadVideo as error:
        return _Answer(error.reason, error.details)
    except FFmpegError:
        return _Answer(reason="damaged")
    except OSError as error:
        return _Answer(errno=error.errno or errno.EIO)


def _probe(limits: VideoLimits, path: Path, poster: Path) -> _Answer:
    from inference import video

    info = video.probe_video(path, limits)
    video.write_poster(info, poster)
    probed = ProbedVideo(
        extension=_extension(path, info.container),
        width=info.width,
        height=info.height,
        seconds=info.seconds,
        rate=float(info.rate),
        has_sound=info.audio_codec is not None,
        is_cut_off=info.is_cut_off,
        declared_seconds=info.declared_seconds,
    )
    return _Answer(video=asdict(probed))


def _extension(path: Path, container: str) -> str:
    """MP4 and MOV are one family to its readers, and so are MKV and WebM; browsers want to know which."""
    with path.open("rb") as file:
        head = file.read(4096)
    if container == "matroska":
        return "webm" if b"webm" in head else "mkv"
    return "mov" if head[8:12] == b"qt  " or head[4:8] != b"ftyp" else "mp4"


def _extract_frame(options: dict[str, Any], source: Path, result: Path, target: Path) -> _Answer:
    from inference import video

    # It was within the limits when it came; one lowered since must not lock it in.
    video.write_source_poster(source, result, video.VideoOptions(**options), target, NO_VIDEO_LIMITS)
    return _Answer()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS + 5))  # SIGXCPU first, then SIGKILL
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    command, options, *paths = sys.argv[1:]
    print(json.dumps(asdict(_answer(command, json.loads(options), *map(Path, paths)))))

"""What runs in the process of a decoder: it does what its one argument says, and writes messages for `decoder.py`."""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from av.error import FFmpegError

from imaging.isolation import write_all
from imaging.labels.aigc import AigcLabel
from inference.errors import BadVideo
from inference.video.decoder import ERROR, FRAME, RESULT, info_to_json
from inference.video.join import join_segments
from inference.video.plan import read_plan
from inference.video.probe import probe_video
from inference.video.read import read_frames
from inference.video_limits import VideoLimits

Message = tuple[bytes, memoryview]


def _probe(path: str, limits: dict[str, Any]) -> Iterator[Message]:
    yield RESULT, memoryview(info_to_json(probe_video(Path(path), VideoLimits(**limits))).encode())


def _decode(folder: str, start: int, stop: int) -> Iterator[Message]:
    for pixels in read_frames(read_plan(Path(folder)), range(start, stop)):
        yield FRAME, pixels.data.cast("B")


def _join(folder: str, target: str, label: str | None) -> Iterator[Message]:
    join_segments(read_plan(Path(folder)), Path(target), AigcLabel.from_json(label) if label else None)
    yield RESULT, memoryview(b"{}")


COMMANDS: dict[str, Callable[..., Iterator[Message]]] = {"probe": _probe, "frames": _decode, "join": _join}


def _answer(command: str, arguments: dict[str, Any]) -> Iterator[Message]:
    error = {"reason": "damaged", "details": {}, "errno": 0, "text": ""}
    try:
        yield from COMMANDS[command](**arguments)
        return
    except BadVideo as caught:
        error |= {"reason": caught.reason, "details": caught.details}
    except (FFmpegError, MemoryError, OSError) as caught:
        # An error of FFmpeg may be one of the system, too; that the file is gone is nothing about what is in it.
        if isinstance(caught, FileNotFoundError) or not isinstance(caught, FFmpegError | MemoryError):
            error |= {"errno": caught.errno, "text": str(caught.filename or caught.strerror)}
    yield ERROR, memoryview(json.dumps(error, default=str).encode())


def main(options: str) -> None:
    """Do what the options say, and write messages to the standard output, which nothing else gets any more."""
    limits, command, arguments = json.loads(options)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started this
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limits:
        # The first limit ends it with SIGXCPU, by which `decoder.py` knows; the second one would with SIGKILL.
        resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_seconds"], limits["cpu_seconds"] + 5))
        resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"], limits["memory_bytes"]))
    pipe = os.dup(1)
    os.dup2(2, 1)
    try:
        for kind, content in _answer(command, arguments):
            write_all(pipe, kind + len(content).to_bytes(8))
            write_all(pipe, content)
    except BrokenPipeError:
        pass  # nobody waits any more


if __name__ == "__main__":
    main(sys.argv[1])

"""A decoder in a process of its own, for files that strangers sent; `decoder_process.py` is what runs there.

It can be ended in the middle of a frame, and has limits of time and memory: what makes libraries hang, crash or grow
is then a video that cannot be read, and no more. It answers through a pipe, in messages: one byte says of which kind,
eight how long it is. They are pixels and JSON, and none is longer than expected: who takes the decoder over gets no
further.
"""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import numpy as np

from imaging.files import find_partial_files
from imaging.isolation import restricted_environment
from imaging.labels.aigc import AigcLabel
from inference.errors import BadVideo, VideoCanceled
from inference.video.orientation import Orientation
from inference.video.plan import VideoPlan, keyframe_before
from inference.video.probe import VideoInfo
from inference.video_limits import VideoLimits

PROJECT_ROOT = Path(__file__).parents[2]
POLL_SECONDS = 0.1
FRAME, RESULT, ERROR = b"F", b"R", b"E"  # kinds of messages
MAX_JSON_BYTES = 64 * 2**20
HD_PIXELS = 1920 * 1080
# Of a core: a segment of 1080p takes one or two. As long as it plays is for what lies before it, to its key frame.
BASE_CPU_SECONDS = 30
MEMORY_BYTES = 4 * 2**30  # of addresses, of which libraries take half before they begin
MEMORY_BYTES_PER_PIXEL = 64  # of a frame: decoders keep up to 17


@dataclass(frozen=True)
class DecoderLimits:
    """`cpu_seconds`: of all cores together. `memory_bytes`: of addresses."""

    cpu_seconds: int = BASE_CPU_SECONDS
    memory_bytes: int = MEMORY_BYTES


def limits_for(plan: VideoPlan, seconds: float) -> DecoderLimits:
    """Return what decoding so many seconds of a video may take."""
    growth = max(1.0, plan.stored_pixels / HD_PIXELS)
    return DecoderLimits(
        round((BASE_CPU_SECONDS + seconds) * growth), MEMORY_BYTES + MEMORY_BYTES_PER_PIXEL * plan.stored_pixels
    )


class DecoderProcess:
    """A running decoder, until `close`, which any thread may call."""

    def __init__(self, command: str, arguments: dict[str, Any], limits: DecoderLimits | None) -> None:
        options = json.dumps([limits and asdict(limits), command, arguments], default=str)
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "inference.video.decoder_process", options],
            cwd=PROJECT_ROOT,
            env=restricted_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout  # noqa: S101 - for the type checker
        self._output = self._process.stdout
        self._pipe = self._output.fileno()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._output.close()  # nobody waits for a message any more

    def close(self) -> None:
        """End the process, whatever it is doing. Who waits for a message gets a RuntimeError."""
        self._process.kill()
        self._process.wait()

    def read_message(self, max_bytes: int, is_canceled: Callable[[], bool] = lambda: False) -> tuple[bytes, bytearray]:
        """Return the kind and the content of the next message.

        Raise VideoCanceled, and what the decoder raised: BadVideo (`too_slow`, and `damaged` where it crashed) or
        OSError.
        """
        head = self._read(9, is_canceled)
        kind, size = bytes(head[:1]), int.from_bytes(head[1:])
        if size > (max_bytes if kind != ERROR else MAX_JSON_BYTES):
            raise BadVideo("damaged")
        content = self._read(size, is_canceled)
        if kind == ERROR:
            answer = json.loads(content)
            if answer["errno"]:
                raise OSError(answer["errno"], answer["text"])
            raise BadVideo(answer["reason"], **answer["details"])
        return kind, content

    def _read(self, size: int, is_canceled: Callable[[], bool]) -> bytearray:
        content = bytearray(size)
        view = memoryview(content)
        while view:
            if is_canceled():
                raise VideoCanceled
            if not select.select([self._pipe], [], [], POLL_SECONDS)[0]:
                continue
            if not (count := os.readv(self._pipe, [view])):
                raise self._error_of_exit()
            view = view[count:]
        return content

    def _error_of_exit(self) -> Exception:
        """Return what the end of the process means: by itself, it was not foreseen and may go well another time."""
        code = self._process.wait()
        if code >= 0 or code == -signal.SIGKILL:
            return RuntimeError(f"the decoder ended with {code}")
        return BadVideo("too_slow" if code == -signal.SIGXCPU else "damaged")


class FrameDecoder(DecoderProcess):
    """Decodes frames of a plan, as `read_frames` does."""

    def __init__(self, plan: VideoPlan, indices: range, *, is_limited: bool) -> None:
        first, last = plan.times[indices.start], plan.times[indices.stop - 1]
        keyframe = keyframe_before(plan.keyframes, first)
        begin = plan.times[0] if keyframe is None else keyframe
        limits = limits_for(plan, float((last - begin) * plan.time_base)) if is_limited else None
        arguments = {"folder": plan.folder.resolve(), "start": indices.start, "stop": indices.stop}
        self._count, self._shape = len(indices), (plan.height, plan.width, 3)
        super().__init__("frames", arguments, limits)

    def frames(self) -> Generator[np.ndarray]:
        """Yield uint8 [H,W,3]. Raise BadVideo or OSError."""
        size = int(np.prod(self._shape))
        for _ in range(self._count):
            _kind, pixels = self.read_message(size)
            yield np.frombuffer(pixels, np.uint8).reshape(self._shape)


def probe_in_process(
    path: Path,
    limits: VideoLimits,
    *,
    is_limited: bool,
    is_canceled: Callable[[], bool] = lambda: False,
) -> VideoInfo:
    """Return what `probe_video` does. Raise VideoCanceled, BadVideo or OSError."""
    arguments = {"path": path.resolve(), "limits": asdict(limits)}
    with DecoderProcess("probe", arguments, DecoderLimits() if is_limited else None) as decoder:
        _kind, content = decoder.read_message(MAX_JSON_BYTES, is_canceled)
    return info_from_json(content.decode())


def info_to_json(info: VideoInfo) -> str:
    return json.dumps(asdict(info), default=str)


def info_from_json(text: str) -> VideoInfo:
    values = json.loads(text)
    values |= {"path": Path(values["path"]), "orientation": Orientation(**values["orientation"])}
    values |= {name: tuple(values[name]) for name in ("times", "keyframes")}
    values |= {name: Fraction(values[name]) for name in ("time_base", "audio_start") if values[name] is not None}
    return VideoInfo(**values)


def join_in_process(
    plan: VideoPlan, target: Path, is_canceled: Callable[[], bool], label: AigcLabel | None = None
) -> None:
    """Do what `join_segments` does, as it decodes sound. Raise VideoCanceled too; then no file is left."""
    limits = limits_for(plan, float((plan.end - plan.origin) * plan.time_base))
    arguments = {"folder": plan.folder.resolve(), "target": target.resolve(), "label": label and label.to_json()}
    try:
        with DecoderProcess("join", arguments, limits) as decoder:
            decoder.read_message(MAX_JSON_BYTES, is_canceled)
    finally:
        for part in find_partial_files(target):
            part.unlink(missing_ok=True)

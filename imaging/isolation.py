"""Processes that run functions on strangers' files, with limits of time and memory. `imaging.process_pool` has them.

What makes a library hang, crash or grow is then a file that cannot be read, and no more. A process is kept for the next
file, as it takes a third of a second to start one, and ends by itself when there has been none for half an hour.
"""

import fcntl
import json
import math
import mmap
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imaging.errors import ImagingError

PROJECT_ROOT = Path(__file__).parents[1]
HEADER = struct.Struct(">I")  # the length of the JSON that follows
MAX_ANSWER_BYTES = 2**26
POLL_SECONDS = 0.25
# For what a machine under load does in the time of the processor that a task may take.
WALL_FACTOR, WALL_EXTRA_SECONDS = 3, 10
# All that Python and the libraries need: a process that reads strangers' files has no use for the server's secrets.
ENVIRONMENT = ("PATH", "HOME", "LANG", "TMPDIR", "TZ", "VIRTUAL_ENV")
ENVIRONMENT_PREFIXES = ("PYTHON", "LC_", "LD_", "OPENBLAS_", "OMP_")


class TaskFailed(ImagingError):
    """The task did not end well; `reason` is too_slow, out_of_memory, killed or crashed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TaskCanceled(ImagingError):
    """Whoever wanted the task done wants it no more."""


class ProcessesBusy(ImagingError):
    """No process became free in time."""


class ProcessEnded(Exception):
    """The process had ended before it took the task."""


@dataclass(frozen=True)
class TaskLimits:
    """`cpu_seconds` of the processor, `memory_bytes` of addresses, of which libraries take some hundred megabytes."""

    cpu_seconds: float
    memory_bytes: int

    @property
    def wall_seconds(self) -> float:
        """Return after how long nobody waits any more."""
        return WALL_FACTOR * self.cpu_seconds + WALL_EXTRA_SECONDS


@dataclass(frozen=True)
class TaskResult:
    """What a task returns: `facts` as JSON can say them, and uint8 arrays."""

    facts: dict[str, Any]
    arrays: tuple[np.ndarray, ...] = ()


def never() -> bool:
    """Return False: nobody cancels."""
    return False


class IsolatedProcess:
    """A process that does one task after another. What it answers is data, and never trusted to be more."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "imaging.isolated_worker", str(theirs.fileno())],
                cwd=PROJECT_ROOT,
                env=restricted_environment(),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    @property
    def is_alive(self) -> bool:
        """Return whether it can do another task."""
        return self._process.poll() is None

    def run(
        self,
        task: str,
        source: Path | bytes,
        options: Mapping[str, Any],
        limits: TaskLimits,
        should_stop: Callable[[], bool],
    ) -> TaskResult:
        """As `ProcessPool.run`; whatever is raised, the process is of no more use."""
        with _shared_file() as file:
            if isinstance(source, bytes):
                write_all(file, source)
            request = {
                "task": task,
                "options": options,
                "path": str(source.absolute()) if isinstance(source, Path) else None,
                "bytes": len(source) if isinstance(source, bytes) else 0,
                "limits": asdict(limits),
            }
            try:
                self._send(json.dumps(request).encode(), file)
            except OSError as error:
                raise ProcessEnded from error
            answer = self._receive(time.monotonic() + limits.wall_seconds, should_stop)
            if answer.get("failed"):
                raise TaskFailed(str(answer["failed"]))
            return TaskResult(dict(answer["facts"]), tuple(_read_arrays(file, answer["shapes"])))

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
        self._socket.close()

    def detach(self) -> None:
        """Leave it to the process that this one was forked from."""
        self._socket.close()
        self._process.returncode = 0

    def _send(self, request: bytes, file: int) -> None:
        self._socket.settimeout(WALL_EXTRA_SECONDS)
        socket.send_fds(self._socket, [HEADER.pack(len(request))], [file])
        self._socket.sendall(request)

    def _receive(self, deadline: float, should_stop: Callable[[], bool]) -> dict[str, Any]:
        received = bytearray()
        self._socket.settimeout(POLL_SECONDS)
        while True:
            try:
                part = self._socket.recv(2**16)
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise TaskFailed("too_slow") from None
                if should_stop():
                    raise TaskCanceled from None
                continue
            except ConnectionError:
                part = b""
            if not part:
                raise self._explain_end()
            received += part
            if len(received) >= HEADER.size:
                length = HEADER.unpack_from(received)[0]
                if length > MAX_ANSWER_BYTES:
                    raise TaskFailed("crashed")
                if len(received) >= HEADER.size + length:
                    return dict(json.loads(received[HEADER.size : HEADER.size + length]))

    def _explain_end(self) -> Exception:
        code = self._process.wait()
        if code == 0:
            return ProcessEnded()
        return TaskFailed({-signal.SIGPROF: "too_slow", -signal.SIGKILL: "killed"}.get(code, "crashed"))


def restricted_environment() -> dict[str, str]:
    """Return the environment of processes that read strangers' files: without the server's secrets."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ENVIRONMENT or name.startswith(ENVIRONMENT_PREFIXES)
    }
    # Each thread of a decoder would otherwise take 64 megabytes of the addresses that are limited.
    return {**kept, "MALLOC_ARENA_MAX": "2"}


@contextmanager
def _shared_file() -> Iterator[int]:
    """Give a file in memory, which has no name: bytes go in it to the other process, and pixels come back."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("picture", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            yield file
        finally:
            os.close(file)
    else:
        with tempfile.TemporaryFile() as temporary:
            yield temporary.fileno()


def write_all(file: int, data: bytes | memoryview) -> None:
    """Write all of the bytes: the system may take less at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _read_arrays(file: int, shapes: list[list[int]]) -> Iterator[np.ndarray]:
    """Yield uint8 arrays that may be written to, which changes nothing in the file."""
    counts = [math.prod(max(0, int(side)) for side in shape) for shape in shapes]
    content = _read_content(file, sum(counts))
    offset = 0
    for shape, count in zip(shapes, counts, strict=True):
        yield np.frombuffer(content, np.uint8, count, offset).reshape(shape)
        offset += count


def _read_content(file: int, size: int) -> mmap.mmap | bytearray:
    """Return the first bytes of a file. Raise TaskFailed if it is shorter, as only a process that was taken over says.

    Such a process could also cut the file short under whoever has it mapped, which would end that one. So it is mapped
    where that can be ruled out, and copied elsewhere.
    """
    is_sealed = hasattr(fcntl, "F_SEAL_SHRINK")
    if is_sealed:
        try:
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        except OSError as error:
            raise TaskFailed("crashed") from error
    if os.fstat(file).st_size < size:
        raise TaskFailed("crashed")
    if is_sealed and size:
        return mmap.mmap(file, size, access=mmap.ACCESS_COPY)
    content = bytearray(size)
    rest = memoryview(content)
    while rest:
        count = os.preadv(file, [rest], size - len(rest))
        if not count:
            raise TaskFailed("crashed")
        rest = rest[count:]
    return content

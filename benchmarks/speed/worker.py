"""A contestant's own process: it prepares, then takes a turn whenever it is told to."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from benchmarks.speed.memory import limit_memory, peak_mb

Convert = Callable[[], object]
MAX_ERROR_LENGTH = 200  # characters of an error's message


@dataclass(frozen=True)
class Ready:
    """It may be told to take a turn."""


@dataclass(frozen=True)
class Turn:
    """Seconds of one picture, and the process's peak memory so far in MiB."""

    seconds: float
    peak_mb: int


@dataclass(frozen=True)
class Failure:
    """It cannot go on: why, and its peak memory until then in MiB."""

    reason: str
    peak_mb: int


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())  # the end tells most: how much memory was asked for
    return f"{type(error).__name__}: {text if len(text) <= MAX_ERROR_LENGTH else '…' + text[-MAX_ERROR_LENGTH:]}"


def run_worker(prepare: Callable[[], Convert], limit_mb: int, pipe: Connection) -> None:
    """Until the other end says False, or it cannot go on. It may have `limit_mb` MiB of address space."""
    limit_memory(limit_mb)
    try:
        convert = prepare()
        pipe.send(Ready())
        while pipe.recv():
            started = time.perf_counter()
            convert()
            pipe.send(Turn(time.perf_counter() - started, peak_mb()))
    except Exception as error:  # whatever goes wrong in a contestant is a result too
        pipe.send(Failure(_reason(error), peak_mb()))

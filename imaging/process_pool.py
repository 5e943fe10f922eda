"""Runs functions on strangers' files, a few at a time, each in a process of its own."""

import atexit
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from imaging.isolation import (
    POLL_SECONDS,
    IsolatedProcess,
    ProcessEnded,
    ProcessesBusy,
    TaskCanceled,
    TaskLimits,
    TaskResult,
    never,
)


class ProcessPool:
    """Up to `size` processes, started as they are needed. All methods may be called from any thread."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(size)
        self._idle: list[IsolatedProcess] = []
        self._processes: set[IsolatedProcess] = set()
        os.register_at_fork(after_in_child=self._detach_all)
        atexit.register(self.close)

    def run(
        self,
        task: str,
        source: Path | bytes,
        options: Mapping[str, Any],
        limits: TaskLimits,
        should_stop: Callable[[], bool] = never,
    ) -> TaskResult:
        """Return what a function returns for a file; `task` is "module:function", called with source and options.

        Raise TaskFailed, TaskCanceled when `should_stop` becomes true, ProcessesBusy.
        """
        self._wait_for_turn(time.monotonic() + limits.wall_seconds, should_stop)
        try:
            while True:  # a process that was idle may have ended right now; another is started then
                process = self._take()
                try:
                    result = process.run(task, source, options, limits, should_stop)
                except BaseException as error:
                    self._discard(process)
                    if not isinstance(error, ProcessEnded):
                        raise
                else:
                    with self._lock:
                        self._idle.append(process)
                    return result
        finally:
            self._free.release()

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            for process in self._processes:
                process.kill()
            self._processes.clear()
            self._idle.clear()

    def _wait_for_turn(self, deadline: float, should_stop: Callable[[], bool]) -> None:
        while not self._free.acquire(timeout=POLL_SECONDS):
            if should_stop():
                raise TaskCanceled
            if time.monotonic() > deadline:
                raise ProcessesBusy("no process for reading files became free")

    def _take(self) -> IsolatedProcess:
        with self._lock:
            while self._idle:
                process = self._idle.pop()
                if process.is_alive:
                    return process
                self._processes.discard(process)
                process.kill()
            return self._start()

    def _start(self) -> IsolatedProcess:
        process = IsolatedProcess()
        self._processes.add(process)
        return process

    def _discard(self, process: IsolatedProcess) -> None:
        process.kill()
        with self._lock:
            self._processes.discard(process)

    def _detach_all(self) -> None:
        """In a process that was forked: the others belong to its parent."""
        for process in self._processes:
            process.detach()
        self._idle, self._processes = [], set()
        self._lock, self._free = threading.Lock(), threading.BoundedSemaphore(self.size)


# Reading is what the processor does meanwhile: more processes than it has cores are of no use.
PROCESSES = ProcessPool(max(2, os.cpu_count() or 1))

"""Gathers what several threads convert at about the same time into batches: one picture leaves much of a GPU idle."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from inference.backends import Session

WAIT_SECONDS = 0.005
logger = logging.getLogger(__name__)
Shape = tuple[int, ...]


@dataclass(eq=False)
class _Group:
    """Pictures of one shape. The thread that comes first waits for the others and runs the batch."""

    batches: list[np.ndarray] = field(default_factory=list)
    is_full: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)
    results: np.ndarray | None = None  # [N,…], in the order of `batches`; None: each has to run alone


class BatchingSession:
    """A session whose `run` may be called from many threads, and answers each as if it were alone.

    It has no thread of its own: who finds no open group of the picture's shape opens one, waits, and runs it.
    """

    def __init__(
        self, session: Session, max_batch: Callable[[Shape], int], *, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        """`max_batch`: how many pictures of a shape, without the count in front, make a batch full."""
        self._session = session
        self._max_batch = max_batch
        self._wait_seconds = wait_seconds
        self._open: dict[tuple[str, Shape], _Group] = {}
        self._lock = threading.Lock()
        self.size_bytes = session.size_bytes
        self.accepts_pixels = session.accepts_pixels

    def run(self, batch: np.ndarray) -> np.ndarray:
        """Return what the session makes of the batch. Raise what it raises for this very one."""
        if len(batch) != 1:
            return self._session.run(batch)
        key = (batch.dtype.str, batch.shape[1:])
        group, position = self._join(key, batch)
        if position == 0:
            self._lead(key, group)
        else:
            group.is_over.wait()
        if group.results is None:
            return self._session.run(batch)
        return group.results[position : position + 1]

    def _join(self, key: tuple[str, Shape], batch: np.ndarray) -> tuple[_Group, int]:
        max_batch = self._max_batch(key[1])
        with self._lock:
            group = self._open.setdefault(key, _Group())
            group.batches.append(batch)
            position = len(group.batches) - 1
            if len(group.batches) >= max_batch:
                del self._open[key]
                group.is_full.set()
        return group, position

    def _lead(self, key: tuple[str, Shape], group: _Group) -> None:
        try:
            group.is_full.wait(self._wait_seconds)
            self._close(key, group)
            if len(group.batches) > 1:
                group.results = self._session.run(np.concatenate(group.batches))
        except Exception as error:  # which of them is to blame shows when each runs alone, in its own thread
            logger.warning("%d pictures of %s that failed as a batch run alone: %s", len(group.batches), key[1], error)
        finally:
            self._close(key, group)  # before the others go on, however this ended: nobody joins what is over
            group.is_over.set()

    def _close(self, key: tuple[str, Shape], group: _Group) -> None:
        with self._lock:
            if self._open.get(key) is group:
                del self._open[key]

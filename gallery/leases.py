"""Keeps a step of a video while a worker is at it."""

import logging
import threading

from django.db import Error, connection

from .services import video_steps as steps

logger = logging.getLogger(__name__)

BEAT = 0.5  # seconds; so who cancels is heard at the next frame after that


class Lease:
    """Renews the lease in a thread of its own, however long a frame takes: `with Lease(step) as lease`.

    `is_over` is true from when the step is not wanted any more, or another worker's, or this one shall stop.
    """

    def __init__(self, step: steps.Step, stopping: threading.Event) -> None:
        self.frames_done = 0
        self._step, self._stopping = step, stopping
        self._lost, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> "Lease":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def is_over(self) -> bool:
        return self._lost.is_set() or self._stopping.is_set()

    def progress(self, frames_done: int) -> None:
        self.frames_done = frames_done

    def _beat(self) -> None:
        try:
            while not self._lost.is_set() and not self._ended.wait(BEAT):
                self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        try:
            if not steps.renew(self._step, self.frames_done):
                self._lost.set()
        except Error:  # the lease lasts longer than most restarts of a database
            logger.warning("a lease could not be renewed", exc_info=True)
            connection.close()

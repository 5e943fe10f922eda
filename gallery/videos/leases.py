"""What a worker says again and again while it does something else: that a step is still its own, that it is there."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection

from gallery.videos import steps as steps
from gallery.videos import workers

logger = logging.getLogger(__name__)

RENEWAL_SECONDS = 0.5  # seconds; so who cancels is heard at the next frame after that


@contextmanager
def repeat_in_background(say: Callable[[], object], every: float, name: str) -> Iterator[None]:
    """Calls it at once and after so many seconds each, in a thread of that name, until the block ends.

    A database that does not answer is no error: it is asked again.
    """
    is_over = threading.Event()

    def run() -> None:
        try:
            while True:
                try:
                    say()
                except Error:
                    logger.warning("the %s could not be renewed", name, exc_info=True)
                    connection.close()
                if is_over.wait(every):
                    break
        finally:
            connection.close()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


class StepLease:
    """A step while its worker is at it, of which it is told how far it is.

    `is_over` is true from when the step is not wanted any more, or another worker's, or this one shall stop.
    """

    def __init__(self, step: steps.Step, stopping: threading.Event) -> None:
        self.frames_done = 0
        self._step, self._stopping = step, stopping
        self._is_lost = False

    def is_over(self) -> bool:
        return self._is_lost or self._stopping.is_set()

    def renew(self) -> None:
        if not self._is_lost:
            self._is_lost = not steps.renew_lease(self._step, self.frames_done)


@contextmanager
def hold_lease(step: steps.Step, stopping: threading.Event) -> Iterator[StepLease]:
    """The lease of a step, renewed however long a frame takes; it lasts longer than most restarts of a database."""
    lease = StepLease(step, stopping)
    with repeat_in_background(lease.renew, RENEWAL_SECONDS, "lease"):
        yield lease


@contextmanager
def report_alive(name: str) -> Iterator[None]:
    """In the block this worker is there."""
    with repeat_in_background(lambda: workers.send_heartbeat(name), workers.HEARTBEAT_SECONDS, "presence"):
        yield
    with suppress(Error):  # then it falls silent, which comes to the same
        workers.remove_worker(name)

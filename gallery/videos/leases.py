"""What a worker repeats in the background while it does something else: the lease of its step, and its heartbeat."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection

from gallery.videos import steps, workers

logger = logging.getLogger(__name__)

RENEWAL_SECONDS = 0.5  # so a cancellation is noticed at the next frame after that


@contextmanager
def repeat_in_background(action: Callable[[], object], interval_seconds: float, name: str) -> Iterator[None]:
    """Call `action` at once and then at this interval, in a thread called `name`, until the block ends.

    A database that does not answer is no error: the next call tries again.
    """
    is_over = threading.Event()

    def run() -> None:
        try:
            while True:
                try:
                    action()
                except Error:
                    logger.warning("the %s could not be renewed", name, exc_info=True)
                    connection.close()
                if is_over.wait(interval_seconds):
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
    """A worker's hold on the step that it runs. The worker writes its progress into `frames_done`."""

    def __init__(self, step: steps.Step, stop_requested: threading.Event) -> None:
        self.frames_done = 0
        self._step, self._stop_requested = step, stop_requested
        self._is_lost = False

    def is_over(self) -> bool:
        """Return whether to stop: the job was canceled, another worker has the step, or this worker shall end."""
        return self._is_lost or self._stop_requested.is_set()

    def renew(self) -> None:
        if not self._is_lost:
            self._is_lost = not steps.renew_lease(self._step, self.frames_done)


@contextmanager
def hold_lease(step: steps.Step, stop_requested: threading.Event) -> Iterator[StepLease]:
    """Keep the step leased during the block, however long a frame takes.

    The lease itself lasts longer than most restarts of a database.
    """
    lease = StepLease(step, stop_requested)
    with repeat_in_background(lease.renew, RENEWAL_SECONDS, "lease"):
        yield lease


@contextmanager
def report_alive(name: str) -> Iterator[None]:
    """Send heartbeats for a worker during the block, and remove it at the end."""
    with repeat_in_background(lambda: workers.send_heartbeat(name), workers.HEARTBEAT_SECONDS, "presence"):
        yield
    with suppress(Error):  # its row becomes stale, which comes to the same
        workers.remove_worker(name)

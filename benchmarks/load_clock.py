"""The clock that people under load live by: it stands still while the engine is measured without them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """In seconds. May be used from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._behind = time.monotonic()  # what this clock is behind the machine's
        self._stood_still_at: float | None = None
        self._open = True
        self._busy = 0

    def now(self) -> float:
        return (time.monotonic() if self._stood_still_at is None else self._stood_still_at) - self._behind

    def sleep(self, seconds: float) -> None:
        until = self.now() + seconds
        with self._changed:
            while (left := until - self.now()) > 0:
                self._changed.wait(left if self._stood_still_at is None else None)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """The clock does not stop while the block runs; it begins once the clock runs."""
        with self._changed:
            self._changed.wait_for(lambda: self._open)
            self._busy += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """As soon as nobody is busy any more, and until the block ends."""
        with self._changed:
            self._open = False
            self._changed.wait_for(lambda: not self._busy)
            self._stood_still_at = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                self._behind += time.monotonic() - self._stood_still_at
                self._stood_still_at, self._open = None, True
                self._changed.notify_all()

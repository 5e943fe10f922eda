"""Not too fast: one request after another to each host, with a pause between."""

import random
import threading
import time

JITTER = 0.5  # up to so much longer than the pause, at random


class Pace:
    """Gives each host its turn. `delay` in seconds is the least time between the starts of two requests to a host."""

    def __init__(self, delay: float, stopped: threading.Event) -> None:
        self.delay = delay
        self.stopped = stopped
        self._delays: dict[str, float] = {}
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def slow_down(self, host: str, delay: float) -> None:
        """A host asks for a longer pause (Crawl-delay)."""
        with self._lock:
            self._delays[host] = max(delay, self._delays.get(host, self.delay))

    def hold(self, host: str, seconds: float) -> None:
        """Nobody asks this host for so long (Retry-After)."""
        with self._lock:
            self._next[host] = max(self._next.get(host, 0.0), time.monotonic() + seconds)

    def wait(self, host: str) -> None:
        """Until it is this request's turn, or the crawl is stopped."""
        while not self.stopped.is_set():
            with self._lock:
                now, turn = time.monotonic(), self._next.get(host, 0.0)
                if turn <= now:
                    delay = self._delays.get(host, self.delay)
                    self._next[host] = now + delay * random.uniform(1, 1 + JITTER)  # noqa: S311 - not a secret
                    return
            # The turn may move meanwhile, so it is looked at again.
            self.stopped.wait(min(turn - now, 1.0))

"""Not too fast: one request after another to each host, with a pause between."""

import random
import threading
import time
from collections.abc import Callable

JITTER = 0.5  # up to so much longer than the pause, at random


def with_jitter(seconds: float) -> float:
    return seconds * random.uniform(1, 1 + JITTER)  # noqa: S311 - not a secret


class Pace:
    """Gives each host its turn. `delay` in seconds is the least time between the starts of two requests to a host.

    Hosts are called `host:port`. `now` is a clock that only goes forward; all waiting is done by `stopped`.
    """

    def __init__(self, delay: float, stopped: threading.Event, now: Callable[[], float] = time.monotonic) -> None:
        self.delay = delay
        self.stopped, self.now = stopped, now
        self._delays: dict[str, float] = {}
        self._last: dict[str, float] = {}
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def slow_down(self, host: str, delay: float) -> None:
        """A host asks for a longer pause (Crawl-delay), which begins with the last request that it was sent."""
        with self._lock:
            self._delays[host] = max(delay, self._delays.get(host, self.delay))
            if host in self._last:
                self._put_off(host, self._last[host] + with_jitter(self._delays[host]))

    def hold(self, host: str, seconds: float) -> None:
        """Nobody asks this host for so long (Retry-After)."""
        with self._lock:
            self._put_off(host, self.now() + seconds)

    def _put_off(self, host: str, until: float) -> None:
        self._next[host] = max(self._next.get(host, 0.0), until)

    def wait(self, host: str) -> None:
        """Until it is this request's turn, or the crawl is stopped."""
        while not self.stopped.is_set():
            with self._lock:
                now, turn = self.now(), self._next.get(host, 0.0)
                if turn <= now:
                    self._last[host] = now
                    self._next[host] = now + with_jitter(self._delays.get(host, self.delay))
                    return
            # The turn may move meanwhile, so it is looked at again.
            self.stopped.wait(min(turn - now, 1.0))

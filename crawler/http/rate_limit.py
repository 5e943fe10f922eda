"""Limit the rate of requests: one after another to each host, with a delay between."""

import random
import threading
import time
from collections.abc import Callable

MAX_JITTER = 0.5  # of the delay, added at random


def add_jitter(seconds: float) -> float:
    """Return `seconds` up to MAX_JITTER longer, at random."""
    return seconds * random.uniform(1, 1 + MAX_JITTER)  # noqa: S311 - not a secret


class RateLimiter:
    """Give each host (`host:port`) its turns, at least `delay_seconds` from the start of one request to the next.

    `clock` is monotonic, in seconds; all waiting is done by the event `stopped`, so that setting it ends all of it.
    """

    def __init__(
        self, delay_seconds: float, stopped: threading.Event, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.delay_seconds = delay_seconds
        self.stopped, self.clock = stopped, clock
        self._delays: dict[str, float] = {}
        self._last_request: dict[str, float] = {}
        self._next_turn: dict[str, float] = {}
        self._lock = threading.Lock()

    def set_min_delay(self, host: str, seconds: float) -> None:
        """Lengthen a host's delay (Crawl-delay of its robots.txt), from the last request that it was sent."""
        with self._lock:
            self._delays[host] = max(seconds, self._delays.get(host, self.delay_seconds))
            if host in self._last_request:
                self._postpone(host, self._last_request[host] + add_jitter(self._delays[host]))

    def block(self, host: str, seconds: float) -> None:
        """Send this host nothing for so long (Retry-After, RFC 9110)."""
        with self._lock:
            self._postpone(host, self.clock() + seconds)

    def _postpone(self, host: str, until: float) -> None:
        self._next_turn[host] = max(self._next_turn.get(host, 0.0), until)

    def wait_for_turn(self, host: str) -> None:
        """Return when it is this request's turn, or the crawl is stopped."""
        while not self.stopped.is_set():
            with self._lock:
                now, turn = self.clock(), self._next_turn.get(host, 0.0)
                if turn <= now:
                    self._last_request[host] = now
                    self._next_turn[host] = now + add_jitter(self._delays.get(host, self.delay_seconds))
                    return
            # In short steps: another thread may have postponed the turn meanwhile.
            self.stopped.wait(min(turn - now, 1.0))

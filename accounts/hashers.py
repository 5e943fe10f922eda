"""Hashing passwords, a few at a time: it takes a third of a second of a core each, and pages are to go on meanwhile."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher


class TooManyHashes(Exception):
    """So many passwords are being checked that another one would take too long to wait for."""


class HashingSlots:
    """Lets `parallel` threads through at a time; `waiting` more stand in line, for `wait_seconds` at most."""

    def __init__(self, parallel: int, waiting: int, wait_seconds: float) -> None:
        self._slots = threading.BoundedSemaphore(parallel)
        self._places = threading.BoundedSemaphore(parallel + waiting)
        self._wait_seconds = wait_seconds

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a slot. Raise TooManyHashes."""
        if not self._places.acquire(blocking=False):
            raise TooManyHashes
        try:
            if not self._slots.acquire(timeout=self._wait_seconds):
                raise TooManyHashes
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._places.release()


def _parallel_hashes() -> int:
    """Return how many hashes a process computes at a time: half of its share of the cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // (2 * settings.WEB_PROCESSES))


WAITING_PER_SLOT = 8
WAIT_SECONDS = 5.0
slots = HashingSlots(_parallel_hashes(), WAITING_PER_SLOT * _parallel_hashes(), WAIT_SECONDS)


class BoundedPBKDF2PasswordHasher(PBKDF2PasswordHasher):
    """Django's own, and its hashes; only so many at a time. Raises TooManyHashes."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with slots.slot():
            return super().encode(password, salt, iterations)

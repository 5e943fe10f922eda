"""The time that a request may take in all, from the connection to the last byte of its response.

A timeout of a socket begins anew with each byte, so a server that sends one from time to time can hold a client for
ever: in the body, in a header, in the length of a chunk, in a TLS handshake, or with any number of `100 Continue`. So
the sockets of a request are shut down from outside when its time is over, and whoever waits for them wakes up.
"""

import os
import socket
import threading
from contextlib import suppress
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Self


class Deadline:
    """Watch the sockets of the requests that are made in a `with` block, which has so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.is_over = seconds, False
        self._timer = threading.Timer(seconds, self._shut_down)
        self._timer.daemon = True
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._token: Token[Deadline | None] = _current.set(self)
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        _current.reset(self._token)
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    def watch(self, handle: int) -> None:
        """Shut this connected socket down, too, when the time is over. It may be closed, or wrapped by TLS, before."""
        twin = socket.socket(fileno=os.dup(handle))
        with self._lock:
            self._sockets.append(twin)
        if self.is_over:
            self._shut_down()

    def _shut_down(self) -> None:
        self.is_over = True
        with self._lock:
            for twin in self._sockets:
                with suppress(OSError):  # the other side was quicker
                    twin.shutdown(socket.SHUT_RDWR)


_current: ContextVar[Deadline | None] = ContextVar("current_deadline", default=None)


def watch_socket(handle: int) -> None:
    """Have the deadline of the block that runs, if there is one, watch a connected socket."""
    if deadline := _current.get():
        deadline.watch(handle)


def is_time_over() -> bool:
    """Return whether the block that runs has a deadline, and it has passed."""
    deadline = _current.get()
    return deadline is not None and deadline.is_over

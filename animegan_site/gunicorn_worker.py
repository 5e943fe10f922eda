"""A gunicorn worker with threads that clients cannot keep busy by being slow.

gunicorn's own gives a connection to a thread as soon as its first byte is there, and the thread waits for the rest: as
many half-sent requests as there are threads, and no page answers any more. Here

- the event loop waits for the head of a request and for a small body, and gives both to a thread when they are whole;
- a large body is read by a thread, since only views know where to put it and how much of it to take. Such threads are
  beside those for pages, limited in number, in all and for one client IP; further uploads wait in their sockets;
- a client that sends or takes nothing for a while, or hardly anything, is hung up on;
- the event loop also waits for the end of connections that are closed.

A reverse proxy that buffers requests, as nginx does, does the same; this is for sites without one.
"""

import re
import socket
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ
from typing import Any

from django.conf import settings
from gunicorn import http
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

RECEIVE_SECONDS = 30.0  # for the head and a small body
READ_SECONDS = 20.0  # without a byte of a large body
WRITE_SECONDS = 60.0  # for a piece of the answer, of at most 1 MiB or what the socket takes
MIN_BYTES_PER_SECOND = 1024  # of a large body, on average, after READ_SECONDS
# For the rest of a body that nobody wants, so that the client gets to read the answer.
LINGER_SECONDS, MAX_LINGER_BYTES = 30.0, 64 * 2**20
STOP_SECONDS = 2.0  # for connections without a whole request, when the server is told to stop
MAX_HEAD_BYTES = 64 * 2**10
MAX_BUFFERED_BODY_BYTES = 64 * 2**10
RECV_BYTES = 64 * 2**10
HEAD_END = b"\r\n\r\n"
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
# Of unknown length, or sent only after an answer.
OPEN_ENDED = re.compile(rb"\r\n(transfer-encoding|expect):", re.IGNORECASE)


class TimedUnreader(SocketUnreader):
    """Reads from a socket. Raise TimeoutError where the client is too slow; tell when the body has arrived."""

    def begin(self, missing_bytes: int, on_end: Callable[[], object]) -> None:
        """Start with a request whose body lacks so many bytes yet; 0 where that is unknown, or none."""
        self.missing_bytes, self.on_end = missing_bytes, on_end
        self.waited_seconds, self.read_bytes = 0.0, 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        timeout, begun = self.sock.gettimeout(), time.monotonic()
        self.sock.settimeout(READ_SECONDS)
        try:
            data: bytes = super().chunk(size_hint)
        finally:
            self.sock.settimeout(timeout)
        self.waited_seconds += time.monotonic() - begun
        self.read_bytes += len(data)
        if self.waited_seconds > READ_SECONDS + self.read_bytes / MIN_BYTES_PER_SECOND:
            raise TimeoutError("the client sends too slowly")
        if self.missing_bytes:
            self.missing_bytes = max(0, self.missing_bytes - len(data))
            if not self.missing_bytes:
                self.on_end()
        return data


class BufferingThreadWorker(ThreadWorker):
    """gunicorn's worker with threads, whose event loop waits for requests. All but `handle…` runs in the loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.max_bodies = max(1, self.cfg.threads // 2)
        # Behind a proxy all clients have its address.
        self.max_bodies_per_client = self.max_bodies if settings.TRUSTED_PROXIES else max(1, self.max_bodies // 2)
        self.max_waiting_bodies = self.worker_connections // 4
        self.receiving: dict[TConn, bytearray] = {}  # in the order of their timeouts, as is the next
        self.lingering: dict[TConn, int] = {}  # and how many bytes each may still send
        self.waiting_bodies: deque[TConn] = deque()
        self.reading_bodies: set[TConn] = set()
        self.stops_at: float | None = None

    def get_thread_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=self.cfg.threads + self.max_bodies)

    # --- Before a thread has it ---

    def enqueue_req(self, conn: TConn) -> None:
        """Wait for the next request of a new or kept connection."""
        if self.cfg.is_ssl:  # whose bytes only a thread can decrypt
            super().enqueue_req(conn)
            return
        self._make_room()
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + RECEIVE_SECONDS
        # What the client sent behind its last request, without waiting for the answer.
        self.receiving[conn] = bytearray(conn.parser.unreader.take_buffered() if conn.parser else b"")
        self.poller.register(conn.sock, EVENT_READ, partial(self._receive, conn))
        self._pass_on(conn)

    def _make_room(self) -> None:
        """Hang up on who has said nothing new for longest, where there are as many connections as there may be."""
        if self.nr_conns < self.worker_connections:
            return
        if self.lingering:
            self._stop_lingering(next(iter(self.lingering)))
        elif self.receiving:
            self._hang_up(next(iter(self.receiving)))

    def _receive(self, conn: TConn, sock: socket.socket) -> None:
        try:
            data = sock.recv(RECV_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._hang_up(conn)
            return
        self.receiving[conn] += data
        self._pass_on(conn)

    def _pass_on(self, conn: TConn) -> None:
        """Give a request to a thread when it is whole, or when its body is large."""
        received = self.receiving[conn]
        while received.startswith(b"\r\n"):  # to be ignored, says RFC 9112, section 2.2
            del received[:2]
        head_bytes = received.find(HEAD_END) + len(HEAD_END)
        if head_bytes < len(HEAD_END):
            if len(received) > MAX_HEAD_BYTES:
                self._hang_up(conn, "431 Request Header Fields Too Large")
            return
        head = bytes(received[:head_bytes])
        length = int(found[1]) if (found := CONTENT_LENGTH.search(head)) else 0
        missing = max(0, length - (len(received) - head_bytes))
        is_slow = (missing and length > MAX_BUFFERED_BODY_BYTES) or OPEN_ENDED.search(head)
        if missing and not is_slow:
            return
        if is_slow and len(self.waiting_bodies) >= self.max_waiting_bodies:
            self._hang_up(conn, "503 Service Unavailable")
            return
        self._stop_receiving(conn)
        self._prepare(conn, bytes(received), missing)
        if is_slow:
            self.waiting_bodies.append(conn)
            self._read_next_bodies()
        else:
            super().enqueue_req(conn)

    def _prepare(self, conn: TConn, received: bytes, missing_bytes: int) -> None:
        if conn.parser is None:
            conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
            conn.parser.unreader = TimedUnreader(conn.sock)
            conn.initialized = True
        conn.parser.unreader.unread(received)
        conn.parser.unreader.begin(missing_bytes, partial(self.method_queue.defer, self._finish_body, conn))

    def _read_next_bodies(self) -> None:
        """Give the first uploads to threads, as far as the limits allow."""
        readers = Counter(_client_ip(conn) for conn in self.reading_bodies)
        for conn in list(self.waiting_bodies):
            if len(self.reading_bodies) >= self.max_bodies:
                return
            if readers[_client_ip(conn)] < self.max_bodies_per_client:
                readers[_client_ip(conn)] += 1
                self.waiting_bodies.remove(conn)
                self.reading_bodies.add(conn)
                super().enqueue_req(conn)

    def _finish_body(self, conn: TConn) -> None:
        if conn in self.reading_bodies:
            self.reading_bodies.remove(conn)
            self._read_next_bodies()

    # --- In a thread ---

    def handle_request(self, req: Any, conn: TConn) -> bool:
        conn.sock.settimeout(WRITE_SECONDS)
        closes_anyway = req.should_close
        # Asked when the head of the answer is written: the client must not send its next request on this connection.
        req.should_close = lambda: self._lacks_body(conn) or closes_anyway()
        try:
            return bool(super().handle_request(req, conn))
        except TimeoutError as error:
            self.log.debug("Closing connection. %s", error)
            return False
        finally:
            req.should_close = (
                closes_anyway  # the parser asks it when the next request is there, of which more may lack
            )

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        if self._lacks_body(conn):
            return False  # of the body, which no thread shall wait for: the loop does, while it closes the connection
        return bool(super()._keepalive_after(conn, keepalive))

    @staticmethod
    def _lacks_body(conn: TConn) -> bool:
        return isinstance(conn.parser.unreader, TimedUnreader) and conn.parser.unreader.missing_bytes > 0

    # --- After a thread had it ---

    def finish_request(self, conn: TConn, future: Future[Any]) -> None:
        self._finish_body(conn)
        try:
            is_kept = bool(future.result())
        except Exception:
            is_kept = False
        if is_kept:
            super().finish_request(conn, future)
        else:
            self._linger(conn)

    def _linger(self, conn: TConn) -> None:
        """Close a connection once the client has read the answer, and closes it too. gunicorn's own would wait here."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self._drain, conn))
        except (OSError, ValueError):  # it is closed already
            self._forget(conn)
            return
        conn.timeout = time.monotonic() + LINGER_SECONDS
        self.lingering[conn] = MAX_LINGER_BYTES

    def _drain(self, conn: TConn, sock: socket.socket) -> None:
        try:
            self.lingering[conn] -= len(data := sock.recv(RECV_BYTES))
            if data and self.lingering[conn] > 0:
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._stop_lingering(conn)

    def murder_pending(self) -> None:
        """Hang up on whom time has run out for. gunicorn calls this every second at least."""
        super().murder_pending()
        now = time.monotonic()
        if not self.alive:
            self.stops_at = self.stops_at or now + STOP_SECONDS
        for connections, end in ((self.receiving, self._time_out), (self.lingering, self._stop_lingering)):
            while connections and (conn := next(iter(connections))):
                if now < min(conn.timeout, self.stops_at or conn.timeout):
                    break
                end(conn)

    def _time_out(self, conn: TConn) -> None:
        self._hang_up(conn, "408 Request Timeout" if self.receiving[conn] else "")

    def _hang_up(self, conn: TConn, status: str = "") -> None:
        """Close a connection that no thread has, with an answer if there is a status to tell."""
        self._stop_receiving(conn)
        if not status:
            self._forget(conn)
            return
        answer = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        try:
            conn.sock.send(answer.encode())  # short enough for an empty buffer
        except OSError:
            self._forget(conn)
        else:
            self._linger(conn)

    def _stop_receiving(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        del self.receiving[conn]

    def _stop_lingering(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        del self.lingering[conn]
        self._forget(conn)

    def _forget(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()


def _client_ip(conn: TConn) -> str:
    return conn.client[0] if conn.client else ""  # none on a Unix socket

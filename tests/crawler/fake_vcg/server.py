"""A server that many clients may leave in the middle of anything, and that leaves no thread behind."""

import contextlib
import socket
import sys
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.crawler.fake_vcg.request_log import ServerKind

if TYPE_CHECKING:
    from tests.crawler.fake_vcg.site import FakeVcg


class SiteHandler(BaseHTTPRequestHandler):
    """Writes down what is asked and leaves the answer to `handle_request`."""

    server: "SiteServer"
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Tengine", ""
    timeout = 60  # a client may keep its connection for so long
    disable_nagle_algorithm = True  # head and body go out one by one: Nagle would hold up the second

    @property
    def site(self) -> "FakeVcg":
        return self.server.site

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.site.log.add(self.server.kind, self.path, headers)
        self.handle_request()

    def handle_request(self) -> None:
        raise NotImplementedError

    def send_head(self, status: int, headers: dict[str, Any]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()

    def respond(self, status: int, body: bytes, content_type: str, **headers: Any) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.send_head(status, {"Content-Type": content_type, "Content-Length": len(body), **named})
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class SiteServer(ThreadingHTTPServer):
    """One host of the site, on a port of its own from the moment that it is made."""

    request_queue_size = 128

    def __init__(self, kind: ServerKind, handler: type[SiteHandler], site: "FakeVcg") -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.kind, self.site = kind, site
        self.errors: list[BaseException] = []
        self._open: dict[threading.Thread, socket.socket] = {}
        self._serving = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def start(self) -> None:
        self._serving.start()

    def stop(self) -> None:
        """Ends the transfers under way and the connections that clients keep, and waits for their threads."""
        self.shutdown()
        self._serving.join()
        for thread, connection in list(self._open.items()):
            _cut(connection)
            thread.join()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        work = partial(self.process_request_thread, request, client_address)
        thread = threading.Thread(target=work, daemon=True, name=f"fake-vcg-{self.kind}")
        self._open[thread] = request
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.pop(threading.current_thread(), None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is nothing to speak of; any other error is the site's own, and fails the test."""
        error = sys.exception()
        if error and not isinstance(error, ConnectionError | TimeoutError):
            self.errors.append(error)


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # closed a moment ago
        connection.shutdown(socket.SHUT_RDWR)

"""A bare server that answers as a test says, where the site's own faults do not reach; and a clock that waits for
nobody.
"""

import threading
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "ScriptedServer"

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        if self.path == "/robots.txt" and self.server.robots is not None:
            self.respond(200, self.server.robots.encode(), "text/plain")
        else:
            self.server.answer(self)

    def respond(self, status: int, body: bytes = b"", content_type: str = "text/html", **headers: Any) -> None:
        self.send_response(status)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Type": content_type, "Content-Length": len(body), **named}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class ScriptedServer(ThreadingHTTPServer):
    """`robots` None: robots.txt is asked of `answer` as well."""

    daemon_threads = True

    def __init__(self, answer: Callable[[RequestHandler], None], robots: str | None = "") -> None:
        super().__init__(("127.0.0.1", 0), RequestHandler)
        self.answer, self.robots, self.paths = answer, robots, list[str]()

    @property
    def host_port(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.host_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=partial(self.serve_forever, 0.02), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()


class FakeClock(threading.Event):
    """Stands in for the event that all waiting is done by: it goes forward by what is waited, at once."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds, self.waits = 0.0, list[float]()

    def now(self) -> float:
        return self.seconds

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waits.append(timeout)
        self.seconds += timeout
        return self.is_set()

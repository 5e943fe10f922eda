"""What was asked of a site, for tests to look at."""

import threading
import time
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

ServerKind = Literal["search", "picture", "trap"]


class Request(NamedTuple):
    kind: ServerKind
    host: str  # as asked for: 127.0.0.1:port
    path: str  # with its query
    headers: dict[str, str]  # names in lower case
    at: float  # seconds of time.monotonic()


class RequestLog:
    """A list of requests that many threads write to, and what was asked for a first time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._seen_keys: set[object] = set()

    def add(self, kind: ServerKind, path: str, headers: dict[str, str]) -> None:
        with self._lock:
            self._requests.append(Request(kind, headers.get("host", ""), path, headers, time.monotonic()))

    def all(self, kind: ServerKind | None = None) -> list[Request]:
        with self._lock:
            return [request for request in self._requests if kind in (None, request.kind)]

    def count(self, url: str) -> int:
        """How often a path or a URL was asked for: with that query, or with any if it has none."""
        target = urlsplit(url)
        asked = [request for request in self.all() if target.netloc in ("", request.host)]
        paths = [urlsplit(request.path) for request in asked]
        return sum(url.path == target.path and target.query in ("", url.query) for url in paths)

    def is_first_request(self, key: object) -> bool:
        with self._lock:
            new = key not in self._seen_keys
            self._seen_keys.add(key)
            return new

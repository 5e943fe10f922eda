"""A web server of weights that can go wrong in every way that was thought of, and manifests that point at it."""

import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BODY = bytes(range(256)) * 1200  # 300 KiB: several chunks


class Handler(BaseHTTPRequestHandler):
    server: "WeightsServer"

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Range")))
        answers = self.server.answers.get(self.path, [status(404)])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        with contextlib.suppress(ConnectionError):  # the other side may have seen enough
            answer(self)

    def start(self, code: int, **headers: object) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


Answer = Callable[[Handler], object]


class WeightsServer(ThreadingHTTPServer):
    """Gives the answers of an address one after the other, and its last one again and again."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[tuple[str, str | None]] = []  # (path, the Range that was asked for)
        self.leaving = threading.Event()

    def __enter__(self) -> "WeightsServer":
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.leaving.set()
        self.shutdown()
        self.server_close()

    def serves(self, path: str, *answers: Answer) -> str:
        self.answers[path] = list(answers)
        return self.url(path)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


def _begin(handler: Handler, body: bytes) -> bytes:
    """Sends the head that fits the Range which was asked for; returns the bytes that belong after it."""
    match = re.match(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    if not match:
        handler.start(200, Content_Length=len(body))
        return body
    begins, end = int(match[1]), len(body)
    if begins >= end:
        handler.start(416, Content_Range=f"bytes */{end}", Content_Length=0)
        return b""
    handler.start(206, Content_Range=f"bytes {begins}-{end - 1}/{end}", Content_Length=end - begins)
    return body[begins:]


def right(body: bytes = BODY) -> Answer:
    return lambda handler: handler.wfile.write(_begin(handler, body))


def truncated(after: int, body: bytes = BODY) -> Answer:
    """Promises all that is missing, sends `after` bytes of it, and closes."""
    return lambda handler: handler.wfile.write(_begin(handler, body)[:after])


def corrupt(body: bytes = BODY) -> Answer:
    return right(body[:-1] + bytes([body[-1] ^ 1]))


def without_ranges(body: bytes = BODY) -> Answer:
    def answer(handler: Handler) -> None:
        handler.start(200, Content_Length=len(body))
        handler.wfile.write(body)

    return answer


def without_length(body: bytes = BODY) -> Answer:
    def answer(handler: Handler) -> None:
        handler.start(200)
        handler.wfile.write(body)

    return answer


def misplaced(begins: int, body: bytes = BODY) -> Answer:
    """A part of the file from another place than was asked for."""

    def answer(handler: Handler) -> None:
        rest = body[begins:]
        content_range = f"bytes {begins}-{len(body) - 1}/{len(body)}"
        handler.start(206, Content_Range=content_range, Content_Length=len(rest))
        handler.wfile.write(rest)

    return answer


def status(code: int) -> Answer:
    return lambda handler: handler.send_error(code)


def redirect(to: str) -> Answer:
    return lambda handler: handler.start(302, Location=to, Content_Length=0)


def promising(length: int) -> Answer:
    """Says that a huge file follows, and sends nothing."""
    return lambda handler: handler.start(200, Content_Length=length)


def endless(handler: Handler) -> None:
    handler.start(200)
    while not handler.server.leaving.is_set():
        handler.wfile.write(BODY)


def stalled(handler: Handler) -> None:
    handler.start(200, Content_Length=len(BODY))
    handler.wfile.write(BODY[:1000])
    handler.wfile.flush()
    handler.server.leaving.wait(10)


def git_blob_id(body: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()


def entry(style_id: str = "ink", **changes: Any) -> dict[str, Any]:
    """One style for a manifest; a change to None leaves the key out."""
    described = {
        "id": style_id,
        "title": {"en": style_id.title(), "zh-hans": "水墨"},
        "description": {"en": "Black ink.", "zh-hans": "黑色的墨。"},
        "subject": "any",
        "architecture": "compact",
        "file": f"{style_id}.pt",
        "sha256": hashlib.sha256(BODY).hexdigest(),
        "source": "weights/MODEL_CARD.md",
        "license": {"en": "MIT"},
        "license_url": "https://example.org/license",
        "working_size": 512,
    }
    return {key: value for key, value in (described | changes).items() if value is not None}


def write_manifest(folder: Path, *entries: dict[str, Any]) -> Path:
    path = folder / "manifest.json"
    path.write_text(json.dumps({"styles": entries}, ensure_ascii=False), "utf-8")
    return path

"""The worker of gunicorn that waits for clients in its event loop, with a small application and short times."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests

from tests.faults.own_site import free_port
from tests.needs import ROOT

pytestmark = pytest.mark.no_database
LARGE = 3_000_000


class Server:
    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "gunicorn", "-c", "tests/site/gunicorn_app.py", "-b", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen([*command, "tests.site.gunicorn_app:app"], cwd=ROOT, env=dict(os.environ))

    def connect(self, data: bytes = b"") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), 30)
        connection.sendall(data)
        return connection

    def wait_until_ready(self) -> None:
        for _ in range(600):
            try:
                self.connect().close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server did not start")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    server.wait_until_ready()
    yield server
    server.process.terminate()
    assert server.process.wait(60) == 0


def received(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    with connection:
        answer = b""
        while data := connection.recv(2**16):
            answer += data
        return answer


def post(length: int, path: str = "/") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode()


@pytest.mark.parametrize("size", [0, 1, 1000, 2**16, 2**16 + 1, LARGE])
def test_a_body_of_any_size_arrives_whole(server: Server, size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    answer = requests.post(server.url, data=body[:size], timeout=30)
    assert answer.text == f"{size} {sum(body[:size])}"


def test_a_body_in_chunks_arrives_whole(server: Server) -> None:
    answer = requests.post(server.url, data=(b"abc" * 1000 for _ in range(100)), timeout=30)
    assert answer.text == f"{300_000} {100_000 * sum(b'abc')}"


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(server: Server) -> None:
    with server.connect(
        post(LARGE).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
    ) as client:
        assert client.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"a" * LARGE)
        assert received(client).endswith(f"{LARGE} {LARGE * ord('a')}".encode())


def test_half_a_request_is_told_that_its_time_ran_out(server: Server) -> None:
    for half in (b"GET / HTTP/1.1\r\nHost", post(1000) + b"half of the body"):
        assert received(server.connect(half)).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


def test_a_connection_without_a_request_is_closed_without_an_answer(server: Server) -> None:
    assert received(server.connect()) == b""


def test_who_stops_in_the_middle_of_an_upload_makes_room_for_the_next(server: Server) -> None:
    """Of two threads for pages, and one for uploads."""
    stalled = [server.connect(post(LARGE) + b"half") for _ in range(4)]
    assert requests.get(server.url, timeout=30).text == "0 0"
    assert requests.post(server.url, data=b"a" * LARGE, timeout=60).text.startswith(f"{LARGE} ")
    for connection in stalled:
        assert b" 200 OK" not in received(connection)


def test_who_sends_a_byte_now_and_then_is_hung_up_on(server: Server) -> None:
    with server.connect(post(LARGE)) as connection:
        connection.settimeout(0.1)
        for _ in range(100):
            connection.sendall(b"a")
            with suppress(TimeoutError):
                assert connection.recv(4096) == b""
                return
        pytest.fail("it may go on for ever")


def test_who_takes_no_answer_makes_room_for_others(server: Server) -> None:
    greedy = [server.connect(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(6)]
    assert requests.get(server.url, timeout=30).text == "0 0"
    for connection in greedy:
        connection.close()


def test_the_answer_to_an_upload_that_nobody_reads_can_be_read(server: Server) -> None:
    answer = requests.post(f"{server.url}/refuse", data=b"a" * LARGE, timeout=30)
    assert answer.status_code == 413
    assert answer.headers["Connection"]


def test_a_server_that_is_told_to_stop_does_not_wait_for_halves() -> None:
    server = Server()
    server.wait_until_ready()
    with server.connect(b"GET / HTTP/1.1\r\nHost"), server.connect():
        assert requests.get(server.url, timeout=30).status_code == 200
        server.process.terminate()
        assert server.process.wait(60) == 0


def test_who_is_answered_before_the_end_of_their_body_is_told_that_the_connection_closes(server: Server) -> None:
    """Otherwise their next request would be sent on it, and fail."""
    head, _separator, _body = received(server.connect(post(LARGE, "/refuse") + bytes(1000))).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in head.lower()
    with requests.Session() as session:
        for _ in range(3):
            assert session.post(f"{server.url}/refuse", data=bytes(LARGE), timeout=30).status_code == 413
            assert session.post(server.url, data=b"12", timeout=30).text == "2 99"

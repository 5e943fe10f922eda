"""Servers that are made to hold a crawler: nothing they send takes longer than a request may take."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count

import pytest

from crawler.http.challenge import is_challenge
from crawler.http.client import Client, ClientOptions
from crawler.http.errors import CrawlStopped, FetchError, TransientError
from crawler.http.guard import UrlGuard
from crawler.http.robots import Robots
from crawler.sources import page_elements
from crawler.sources.embedded_json import find_object_lists, parse_json
from crawler.sources.page_elements import read_elements
from imaging.isolation import TaskLimits
from tests.crawler.scripted_server import ScriptedServer

pytestmark = pytest.mark.no_database
SECONDS = 0.3  # that a request may take here
OK = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def raw_server(chunks: Callable[[], Iterator[bytes]], pause: float = 0.01) -> Iterator[str]:
    """`host:port` of a server that sends these bytes to whoever connects, one after another."""
    closing = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            for chunk in chunks():
                if closing.wait(pause):
                    return
                connection.sendall(chunk)
            closing.wait(20)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        closing.set()


def make_client(host_port: str, **options: float) -> Client:
    patient = {"delay_seconds": 0, "max_attempts": 1, "read_timeout_seconds": 20, "total_timeout_seconds": SECONDS}
    client_options = ClientOptions("test", **patient | options)  # type: ignore[arg-type]
    return Client(UrlGuard([], [host_port]), client_options, connections_per_host=1, stopped=threading.Event())


def drip(data: bytes) -> Iterator[bytes]:
    yield data
    yield from (b"1" for _ in count())


FOREVER: dict[str, Callable[[], Iterator[bytes]]] = {
    "100 Continue": lambda: (b"HTTP/1.1 100 Continue\r\n\r\n" for _ in count()),
    "a status line": lambda: drip(b"HTTP/1.1 2"),
    "a header": lambda: drip(OK + b"Server: "),
    "a body": lambda: drip(OK + b"Content-Length: 100000\r\n\r\n"),
    "a body without a length": lambda: drip(OK + b"\r\n"),
    "the length of a chunk": lambda: drip(OK + b"Transfer-Encoding: chunked\r\n\r\n0000"),
    "an extension of a chunk": lambda: drip(OK + b"Transfer-Encoding: chunked\r\n\r\n5; a="),
    "trailers": lambda: drip(OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: "),
    "gzip of nothing": lambda: drip(OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\3"),
}


@pytest.mark.parametrize("name", FOREVER)
def test_what_never_ends_is_given_up_in_time(name: str) -> None:
    with raw_server(FOREVER[name]) as host_port, pytest.raises(TransientError, match="too_slow"):
        make_client(host_port).get(f"http://{host_port}/a")


@pytest.mark.parametrize(
    ("start", "reason"), [(b"HTTP/1.1 404 Not Found\r\n\r\n", "missing"), (b"HTTP/1.1 103 Hints\r\n\r\n", "status_103")]
)
def test_a_refusal_without_end_is_a_refusal(start: bytes, reason: str) -> None:
    with raw_server(lambda: drip(start)) as host_port, pytest.raises(FetchError, match=reason):
        make_client(host_port).get(f"http://{host_port}/a")


def test_headers_without_end_are_given_up() -> None:
    def headers() -> Iterator[bytes]:
        yield OK
        yield from (f"A{number}: {'x' * 1000}\r\n".encode() for number in count())

    with raw_server(headers, pause=0) as host_port, pytest.raises(TransientError):
        make_client(host_port).get(f"http://{host_port}/a")


def test_a_tls_handshake_without_end_is_given_up() -> None:
    record = b"\x16\x03\x03\x40\x00"  # of 16 KB, which never come
    with raw_server(lambda: drip(record)) as host_port, pytest.raises(TransientError, match="too_slow"):
        make_client(host_port).get(f"https://{host_port}/a")


def test_redirects_without_end_are_given_up() -> None:
    numbers = count()
    server = ScriptedServer(lambda request: request.respond(302, Location=f"/{next(numbers)}"))
    with server, pytest.raises(FetchError, match="too_many_redirects"):
        make_client(server.host_port).get(f"{server.url}/a")


def test_a_connection_that_is_used_again_has_the_time_of_each_request() -> None:
    def answer(request) -> None:  # type: ignore[no-untyped-def]
        if request.path == "/slow":
            request.wfile.write(OK + b"Content-Length: 100\r\n\r\n")
            with suppress(OSError):
                for _byte in range(200):
                    time.sleep(0.05)
                    request.wfile.write(b"x")
        else:
            request.respond(200, b"quick")

    with ScriptedServer(answer) as server:
        client = make_client(server.host_port)
        for _time in range(3):
            assert client.get(f"{server.url}/quick").data == b"quick"
        with pytest.raises(TransientError, match="too_slow"):
            client.get(f"{server.url}/slow")
        assert client.get(f"{server.url}/quick").data == b"quick"


@pytest.mark.parametrize("value", ["9" * 5000, "-1", "1" * 30, "0x10", "5, 6"])
def test_a_length_that_is_no_number_is_the_fault_of_that_response_alone(value: str) -> None:
    server = ScriptedServer(lambda request: request.respond(200, b"body", Content_Length=value))
    with server, suppress(FetchError):
        make_client(server.host_port).get(f"{server.url}/a")


# --- Pages ---

LISTED = '{"list": [{"url800": "//x/creative/1.jpg", "id": %s}]}'
PAGES = {
    "300,000 nested tags": "<div>" * 300_000,
    "300,000 attributes": "<div " + " ".join(f"a{number}" for number in range(300_000)) + ">",
    "nested links": "<a><div>" * 300_000,
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_to_be_parsed_for_ever_is_given_up(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_elements, "LIMITS", TaskLimits(cpu_seconds=1, memory_bytes=2**31))
    with pytest.raises(FetchError, match="page_too_complex"):
        list(find_object_lists(PAGES[name]))


def test_elements_are_read_with_attributes_and_text_whatever_their_characters() -> None:
    page = '<img class=a data-src="//x/?a=1&amp;b=2" alt="海 \udce4"><script>1 < 2</script><img class=a hidden>'
    assert read_elements(page, "img.a") == [
        ({"class": "a", "data-src": "//x/?a=1&b=2", "alt": "海 ?"}, ""),
        ({"class": "a", "hidden": None}, ""),
    ]
    assert read_elements(page, "script") == [({}, "1 < 2")]
    assert read_elements("", "script") == []


@pytest.mark.parametrize("digits", [1000, 1001, 4301, 5000, 10**6])
def test_a_number_of_many_digits_does_not_end_the_search(digits: int) -> None:
    text = LISTED % ("9" * digits)
    for page in (text, f"<script>var a = {text};</script>"):
        ((item,),) = find_object_lists(page)
        assert str(item["id"]) == "9" * digits
    assert parse_json("[" + "9" * digits + ".5e9]") == [float("inf")] or digits == 1000


def test_a_page_that_looks_like_thousands_of_titles_is_read_once() -> None:
    assert not is_challenge(200, "text/html", b"<title>" * 9000)
    assert not is_challenge(200, "text/html", b"<title" * 11000)
    assert is_challenge(200, "text/html", "<TITLE lang=zh>\n安全验证</Title >".encode())


# --- robots.txt ---


@pytest.mark.parametrize("delay", ["86400", "9" * 300])
def test_robots_that_ask_for_hours_between_requests_stop_the_crawl(delay: str) -> None:
    server = ScriptedServer(lambda request: request.respond(200), robots=f"User-agent: *\nCrawl-delay: {delay}")
    with server, pytest.raises(CrawlStopped, match="between requests"):
        Robots(make_client(server.host_port)).check(f"{server.url}/a")


def test_of_robots_without_end_only_the_beginning_counts() -> None:
    robots = "User-agent: *\nDisallow: /no\n" + "".join(f"Disallow: /{number}*x\n" for number in range(200_000))
    with ScriptedServer(lambda request: request.respond(200), robots=robots) as server:
        checker = Robots(make_client(server.host_port, total_timeout_seconds=30))
        checker.check(f"{server.url}/yes")
        with pytest.raises(FetchError, match="robots"):
            checker.check(f"{server.url}/no")

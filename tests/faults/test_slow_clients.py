"""Clients that send half a request, or take no answer, leave the site to all others."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import requests

from tests.faults.conftest import logged_in
from tests.faults.own_site import OwnSite
from tests.gallery.pictures import photo_bytes

pytestmark = pytest.mark.no_database  # each site has one of its own
SLOW = 80  # more than there are threads
QUICKLY = 5  # seconds for a page meanwhile
HEAD = b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
HALVES = {
    "nothing": b"",
    "an empty line": b"\r\n\r\n",
    "half of a head": HEAD,
    "half of a small body": HEAD + b"Content-Length: 1000\r\n\r\nusername=mia",
    "half of a large body": HEAD + b"Content-Length: 1000000\r\n\r\nusername=mia",
    "half of a body in chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\nc\r\nusername=mia\r\n",
    "a head that waits for an answer": HEAD + b"Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n",
}


@contextmanager
def connections(site: OwnSite, data: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.create_connection(("127.0.0.1", site.port), 30)) for _ in range(SLOW)]
        for connection in opened:
            connection.sendall(data)
        yield opened


@pytest.fixture(scope="module")
def site(shared_site: OwnSite) -> OwnSite:
    return shared_site


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_half_a_request_many_times_keeps_nobody_from_the_pages(site: OwnSite, half: bytes) -> None:
    with connections(site, half):
        for path in ("/healthz", "/accounts/login/", "/"):
            assert requests.get(site.url + path, timeout=QUICKLY).status_code == 200


def test_all_kinds_of_halves_together_keep_nobody_from_converting(site: OwnSite) -> None:
    mia = logged_in(site, "Mia")
    with ExitStack() as stack:
        for half in HALVES.values():
            stack.enter_context(connections(site, half))
        photo = photo_bytes(64, 48, seed=1701)
        assert len(photo) < 64 * 2**10
        assert mia.upload(photo).status_code == 201


def test_who_takes_no_answer_keeps_nobody_from_the_pages(site: OwnSite) -> None:
    many = b"GET /static/js/studio.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200
    with connections(site, many):
        assert requests.get(f"{site.url}/healthz", timeout=QUICKLY).status_code == 200


def test_who_never_closes_a_connection_keeps_nobody_from_the_pages(site: OwnSite) -> None:
    """gunicorn's own event loop waits 2 s for each of them."""
    with connections(site, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") as opened:
        for connection in opened:
            while connection.recv(4096):
                pass
        assert requests.get(f"{site.url}/healthz", timeout=QUICKLY).status_code == 200


def test_a_request_in_pieces_is_answered_and_so_are_several_at_once(site: OwnSite) -> None:
    with socket.create_connection(("127.0.0.1", site.port), 30) as connection:
        for piece in (b"GET /heal", b"thz HTTP/1.1\r\nHo", b"st: localhost\r\n\r", b"\n"):
            connection.sendall(piece)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"\r\n" + b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3 + b"GET /hea")
        answers = b""
        while answers.count(b"HTTP/1.1 200 ") < 3:
            answers += connection.recv(4096)
        connection.sendall(b"lthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        rest = b""
        while received := connection.recv(4096):
            rest += received
        assert rest.count(b"HTTP/1.1 200 ") == 1


def test_a_head_without_an_end_is_refused(site: OwnSite) -> None:
    with socket.create_connection(("127.0.0.1", site.port), 30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 12_000)
        assert connection.recv(4096).startswith(b"HTTP/1.1 431 ")


def test_an_upload_larger_than_a_buffer_arrives_whole(site: OwnSite) -> None:
    photo = photo_bytes(900, 700, seed=1702) + bytes(300_000)
    assert logged_in(site, "Noah").upload(photo).status_code == 201

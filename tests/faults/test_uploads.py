"""What is sent to a real server: bodies that nobody expects, and an upload whose server is killed."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.breaking import full_disk, until
from tests.faults.conftest import Start, logged_in
from tests.faults.own_site import OwnSite
from tests.faults.test_disk import NO_ROOM
from tests.faults.visitor import Visitor
from tests.gallery.pictures import photo_bytes

pytestmark = pytest.mark.no_database  # each site has one of its own
BOUNDARY = "boundary"
PART = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photos"; filename="photo.jpg"\r\n\r\n'.encode()
CHUNK = bytes(2**20)
FORM = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"


def temporary_files(site: OwnSite) -> list[Path]:
    return list((site.folder / "var" / "tmp").iterdir())


def most_on_disk(site: OwnSite) -> int:
    return sum(path.stat().st_size for path in temporary_files(site))


def send(site: OwnSite, path: str, headers: list[str], chunks: Iterator[bytes]) -> tuple[str, int, int]:
    """(the status line, how many bytes were sent before it came, the most that lay in the temporary folder)"""
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as connection:
        lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{site.port}", *headers]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        sent = most = 0
        try:
            for chunk in chunks:
                connection.sendall(chunk)
                sent, most = sent + len(chunk), max(most, most_on_disk(site))
        except (BrokenPipeError, ConnectionResetError):
            pass  # answered, and closed
        try:
            answer = connection.recv(1000)
        except ConnectionResetError:
            answer = b"reset"
    return answer.split(b"\r\n")[0].decode(), sent, most


def body(megabytes: int) -> Iterator[bytes]:
    yield PART
    for _megabyte in range(megabytes):
        yield CHUNK


def chunked(megabytes: int) -> Iterator[bytes]:
    for chunk in body(megabytes):
        yield f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n"
    yield b"0\r\n\r\n"


def test_a_large_body_is_answered_before_it_is_sent_and_nothing_of_it_is_stored(site: OwnSite) -> None:
    announced = [FORM, "Content-Length: 583000000"]
    assert send(site, "/accounts/language/", announced, iter([PART]))[0].startswith("HTTP/1.1 413 ")
    status, sent, most = send(site, "/accounts/language/", announced, body(583))
    assert most == 0
    assert sent < 100 * len(CHUNK), "the connection was closed"
    assert "413" in status or status == "reset"


@pytest.mark.parametrize("path", ["/accounts/language/", "/studio/"])
def test_a_body_without_its_true_length_is_not_stored_either(site: OwnSite, path: str) -> None:
    _status, _sent, most = send(site, path, [FORM, "Transfer-Encoding: chunked"], chunked(30))
    assert most == 0
    _status, _sent, most = send(site, path, [FORM, "Content-Length: 1000"], body(30))
    assert most == 0
    assert send(site, "/accounts/language/", ["Content-Length: -1"], iter([]))[0].split()[1] in ("400", "302")


def test_what_a_killed_server_had_received_is_deleted_when_the_next_one_starts(start: Start) -> None:
    site = start()
    mia: Visitor = logged_in(site, "Mia")
    cookies = "; ".join(f"{name}={value}" for name, value in mia.session.cookies.items())
    head = [
        f"POST /studio/ HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n{FORM}\r\nCookie: {cookies}",
        f"X-CSRFToken: {mia.token}\r\nContent-Length: {20 * len(CHUNK)}\r\n\r\n",
    ]
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as connection:
        connection.sendall("\r\n".join(head).encode())
        for chunk in (PART, *[CHUNK] * 10):
            connection.sendall(chunk)
        until(lambda: most_on_disk(site) > 5 * len(CHUNK))
        (upload,) = temporary_files(site)
        assert upload.stat().st_mode & 0o777 == 0o600
        assert upload.parent.stat().st_mode & 0o777 == 0o700
        site.run("from gallery.storage.cleaning import clean_up_storage; clean_up_storage()")
        long_ago = time.time() - 3600
        os.utime(upload, (long_ago, long_ago))
        assert mia.upload(photo_bytes(seed=1)).status_code == 201
        assert upload.exists(), "its upload is under way, however slow it is"
        for worker in site.workers:
            os.kill(worker, signal.SIGKILL)
    until(lambda: not upload.exists())  # its parent starts another process
    site.wait_until_ready()
    assert mia.upload(photo_bytes(seed=2)).status_code == 201


def test_a_full_temporary_folder_is_said_and_the_next_upload_goes_well(site: OwnSite) -> None:
    mia = logged_in(site, "Mia")
    large = photo_bytes(seed=3) + bytes(5 * len(CHUNK))
    with full_disk(site.folder / "var" / "tmp", kilobytes=1000):
        answer = mia.upload(large)
        assert (answer.status_code, answer.json()) == (507, {"error": NO_ROOM})
        form = {"style": "comic", "detail": "bold"}
        page = mia.post("/studio/", form, files={"photos": ("photo.jpg", large, "image/jpeg")})
        assert (page.status_code, NO_ROOM in page.text) == (507, True)
    assert mia.upload(large).status_code == 201

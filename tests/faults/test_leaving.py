"""Somebody hangs up while they wait in the queue."""

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.faults.breaking import until
from tests.faults.conftest import logged_in
from tests.faults.own_site import OwnSite
from tests.faults.visitor import Visitor
from tests.gallery.pictures import photo_bytes

pytestmark = pytest.mark.no_database  # each site has one of its own
LARGE = (7000, 6000)


def left(site: OwnSite) -> Any:
    return site.rows("SELECT count(*) FROM gallery_conversion WHERE failure = 'left'")[0][0]


def sent(visitor: Visitor, photo: bytes, ticket: str) -> socket.socket:
    """The connection over which an upload has gone, and no answer has come yet."""
    request = visitor.session.prepare_request(
        requests.Request(
            "POST",
            f"{visitor.url}/studio/",
            data={"style": "comic", "detail": "fine", "csrfmiddlewaretoken": visitor.token},
            files={"photos": ("photo.jpg", photo, "image/jpeg")},
            headers={"X-Ticket": ticket, "Accept": "application/json"},
        )
    )
    place = urlsplit(visitor.url)
    lines = [f"{name}: {value}" for name, value in {"Host": place.netloc, **request.headers}.items()]
    connection = socket.create_connection((place.hostname, place.port))
    assert isinstance(request.body, bytes)
    connection.sendall("\r\n".join(["POST /studio/ HTTP/1.1", *lines, "", ""]).encode() + request.body)
    return connection


def test_who_hangs_up_while_waiting_frees_their_place_and_nothing_is_made_for_them(site: OwnSite, mia: Visitor) -> None:
    noah = logged_in(site, "Noah")
    before, works = left(site), site.rows("SELECT count(*) FROM gallery_work")[0][0]

    def ahead(visitor: Visitor = noah, ticket: str = "noahs") -> Any:
        return visitor.get(f"/studio/queue/{ticket}/").json()["ahead"]

    *photos, noahs = (photo_bytes(*LARGE, seed=seed) for seed in (301, 302, 304, 303))  # takes longer than a conversion
    with ThreadPoolExecutor(3) as pool:
        tickets = [f"mias-{number}" for number in range(len(photos))]
        uploads = [
            pool.submit(mia.upload, photo, detail="fine", ticket=ticket)
            for photo, ticket in zip(photos, tickets, strict=True)
        ]
        # Else the photo that comes last may be read first, on a busy machine, and never wait.
        until(lambda: any(ahead(mia, ticket) for ticket in tickets))
        connection = sent(noah, noahs, "noahs")
        until(ahead)
        connection.close()
        until(lambda: left(site) == before + 1)
        assert ahead() is None
        assert [upload.result().status_code for upload in uploads] == [201, 201, 201]
    assert site.rows("SELECT count(*) FROM gallery_work") == [(works + 3,)]

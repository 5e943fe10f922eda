"""Waiting for one's turn: what is told, to whom, and what becomes of those who leave."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO

import pytest
from django.db import connections
from django.test import Client, RequestFactory

from accounts.models import User
from animegan_site.middleware import get_requester
from gallery.models import Conversion, Work
from gallery.photos.conversion import ConversionOptions
from gallery.photos.services import convert_upload
from inference.errors import ClientDisconnected
from inference.runtime import get_engine
from inference.scheduler import Requester, requested_by
from tests.gallery.pictures import photo_bytes
from tests.threads import engine_held

NOT_WAITING = {"ahead": None, "seconds": None}


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def ask_in_vain(pool: ThreadPoolExecutor, requester: Requester) -> "Future[None]":
    """Somebody who waits for a place that the engine does not have; returns when they do."""

    def wait() -> None:
        with requested_by(requester), get_engine().slot():
            pass

    future = pool.submit(wait)
    while not get_engine().queue._waiting and not future.done():
        time.sleep(0.001)
    return future


def test_who_waits_is_told_how_many_come_first_and_nobody_else_is(
    owner: User, owner_client: Client, other_client: Client, pool: ThreadPoolExecutor
) -> None:
    with engine_held(wait_seconds=60):
        waiting = ask_in_vain(pool, Requester(user_id=owner.pk, request_id="abc1"))
        answer = owner_client.get("/studio/queue/abc1/").json()
        assert answer["ahead"] == 1
        assert answer["seconds"] >= 1
        assert owner_client.get("/studio/queue/abc2/").json() == NOT_WAITING
        assert other_client.get("/studio/queue/abc1/").json() == NOT_WAITING
    waiting.result(timeout=60)
    assert owner_client.get("/studio/queue/abc1/").json() == NOT_WAITING


def test_a_request_is_asked_for_by_the_person_with_the_ticket_of_the_script(owner: User, rf: RequestFactory) -> None:
    request = rf.post("/studio/", headers={"X-Ticket": "a" * 100})
    request.user = owner
    requester = get_requester(request)
    assert (requester.user_id, requester.request_id) == (owner.pk, "a" * 64)
    assert not requester.is_disconnected(), "a server that shows no connection cannot say that it is closed"


@pytest.mark.no_database
def test_a_connection_that_was_closed_is_noticed(rf: RequestFactory) -> None:
    server_side, client_side = socket.socketpair()
    request = rf.get("/", **{"gunicorn.socket": server_side})
    request.user = User()
    is_disconnected = get_requester(request).is_disconnected
    assert not is_disconnected()
    client_side.send(b"the next request, already")
    assert not is_disconnected()
    server_side.recv(100)
    client_side.close()
    assert is_disconnected()
    server_side.close()
    assert is_disconnected()


@pytest.mark.django_db(transaction=True)
def test_who_leaves_while_waiting_gets_no_work_and_gives_up_the_place(owner: User, pool: ThreadPoolExecutor) -> None:
    gone = threading.Event()

    def upload() -> None:
        try:
            with requested_by(Requester(user_id=owner.pk, is_disconnected=gone.is_set)):
                stream = BytesIO(photo_bytes())
                convert_upload(
                    owner=owner,
                    name="a.jpg",
                    stream=stream,
                    options=ConversionOptions("comic", "balanced"),
                )
        finally:
            connections.close_all()

    with engine_held(wait_seconds=60):
        waiting = pool.submit(upload)
        while not get_engine().queue._waiting:
            time.sleep(0.001)
        gone.set()
        with pytest.raises(ClientDisconnected):
            waiting.result(timeout=60)
        assert not get_engine().queue._waiting
    assert not Work.objects.exists()
    assert Conversion.objects.get().failure == "left"


def test_the_answer_to_nobody_is_no_error_of_the_server(
    owner_client: Client, monkeypatch: pytest.MonkeyPatch, upload_to_studio: Callable[[Client], int]
) -> None:
    monkeypatch.setattr("animegan_site.middleware._watch_connection", lambda _connection: lambda: True)
    with engine_held(wait_seconds=60):
        assert upload_to_studio(owner_client) == 499


@pytest.fixture
def upload_to_studio() -> Callable[[Client], int]:
    from tests.gallery.test_studio import send

    return lambda client: send(client).status_code

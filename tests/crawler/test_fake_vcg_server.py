"""The test site's servers: what they write down, and that they end well whatever clients do."""

import http.client
import re
import signal
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

import pytest

from tests.crawler.fake_vcg import FakeVcg, Fault, PictureSlot
from tests.crawler.fake_vcg.search_host import SearchHandler
from tests.crawler.fake_vcg_client import fetch

pytestmark = pytest.mark.no_database
SLOT = PictureSlot("明星", 1, 2, 17)
LONG = (Fault.DRIP, Fault.STALL, Fault.ENDLESS, Fault.OVERSIZE)
READER = "import sys, urllib.request as u\nwhile 1: print(len(u.urlopen(sys.argv[1]).read(999)), flush=True)"


def open_partly_read(url: str) -> http.client.HTTPConnection:
    """A connection on which a part of an answer was read."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", parts.path)
    connection.getresponse().read(100)
    return connection


def test_all_that_is_asked_is_written_down() -> None:
    with FakeVcg(per_page=20) as site:
        page, picture = site.build_page_url(*SLOT[:3]), site.picture_url(SLOT)
        fetch(page, headers={"User-Agent": "crawler (contact@example.org)"})
        fetch(page)
        fetch(picture)
        assert [request.kind for request in site.requests] == ["search", "search", "picture"]
        assert site.requests[0].headers["user-agent"] == "crawler (contact@example.org)"
        assert site.requests[0].path == urlsplit(page).path + "?" + urlsplit(page).query
        assert site.requests[0].at <= site.requests[1].at <= time.monotonic()
        counts = [
            site.count(each) for each in (page, "/creative/search", picture, SLOT.path, "/creative/search?page=1")
        ]
        assert counts == [2, 2, 1, 1, 0]


def test_it_leaves_no_thread_behind_in_whatever_it_was_doing() -> None:
    before = set(threading.enumerate())
    slots = {fault: SLOT._replace(number=number) for number, fault in enumerate(LONG, 1)}
    faults = {slot: fault for fault, slot in slots.items()}
    with FakeVcg(faults=faults, drip_seconds=60) as site:
        connections = [open_partly_read(site.picture_url(slot)) for slot in [*faults, SLOT]]
        assert len(set(threading.enumerate()) - before) >= len(connections)
        ending = time.monotonic()
    assert time.monotonic() - ending < 30  # the drip goes on for 60 s, and the others for ever
    assert set(threading.enumerate()) == before
    for connection in connections:
        connection.close()


def test_clients_may_be_killed_in_the_middle_of_anything(capfd: pytest.CaptureFixture[str]) -> None:
    with FakeVcg(faults={SLOT: Fault.ENDLESS}, picture_seconds=0.05) as site:
        urls = [
            site.picture_url(SLOT),
            site.picture_url(SLOT._replace(number=1)),
            site.build_page_url(*SLOT[:3]),
        ]
        clients = [subprocess.Popen([sys.executable, "-c", READER, url], stdout=subprocess.PIPE) for url in urls * 2]
        for client in clients:
            with client:
                assert client.stdout and client.stdout.readline()
                client.kill()
        assert fetch(site.picture_url(SLOT._replace(number=2))).content == site.picture(SLOT._replace(number=2))
    assert capfd.readouterr() == ("", "")


def test_an_error_of_the_site_itself_fails_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(handler: SearchHandler) -> None:
        raise LookupError("what page?")

    monkeypatch.setattr(SearchHandler, "handle_request", broken)
    with pytest.raises(ExceptionGroup) as error, FakeVcg() as site, pytest.raises(OSError):
        fetch(site.search_url)
    assert [type(each) for each in error.value.exceptions] == [LookupError]


# As `python -m`, where the packages that only tests need are not installed.
BY_HAND = """
import runpy, sys
sys.modules.update(dict.fromkeys(["pytest", "pytest_django", "playwright", "xdist"]))
runpy.run_module("tests.crawler.fake_vcg", run_name="__main__", alter_sys=True)
"""


def test_it_can_be_tried_by_hand_until_ctrl_c() -> None:
    command = [sys.executable, "-c", BY_HAND, "--pages=1", "--per-page=5", "--faults"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as site:
        try:
            assert site.stdout
            search, pictures, page, _ = (site.stdout.readline() for _ in range(4))
            assert re.fullmatch(r"search: +http://127\.0\.0\.1:\d+\n", search)
            assert re.fullmatch(r"pictures: http://127\.0\.0\.1:\d+\n", pictures)
            assert fetch(page.strip()).ok
            site.send_signal(signal.SIGINT)
            assert site.wait(60) == 0
        finally:
            site.kill()

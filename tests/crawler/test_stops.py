"""What makes a crawl stop, and that nothing is asked for after it or lost by it."""

import threading
from pathlib import Path

import pytest

from crawler.http.challenge import is_challenge
from crawler.http.client import Client
from crawler.http.errors import CrawlStopped
from crawler.models import Item, Run
from tests.crawler.crawl_helpers import read_files, read_manifests, run_crawl_vcg
from tests.crawler.fake_vcg import FakeVcg, Fault, PageFault, PictureSlot
from tests.crawler.scripted_server import RequestHandler, ScriptedServer

ONE = ("--class", "super_star", "--gender", "male")
WALL = b'<html><script src="/waap/captcha.js"></script></html>'


@pytest.mark.django_db
@pytest.mark.parametrize("fault", [PageFault.CHALLENGE, PageFault.CHALLENGE_200])
def test_a_verification_page_stops_the_crawl_at_once_and_says_what_to_do(tmp_path: Path, fault: PageFault) -> None:
    with FakeVcg(pages=3, per_page=4, page_faults={("明星", 1, 2): fault}) as site:
        status, said = run_crawl_vcg(site, tmp_path)
        assert site.requests[-1].path.endswith("page=2")
        assert site.count(site.build_page_url("明星", 1, 2)) == 1
    assert status == 2
    assert "asks for a verification that a person has to pass" in said
    assert "Ask the site for access" in said
    assert "crawl_site urls --from-urls FILE" in said
    assert len(read_files(tmp_path)) == len(read_manifests(tmp_path)) == 4
    run = Run.objects.get()
    assert run.state == "stopped"
    assert "verification" in run.message


@pytest.mark.django_db
def test_a_verification_page_in_place_of_a_picture_stops_the_other_workers_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the first picture is slow, the second one's answer must keep all others from being asked for."""
    heard, stop = threading.Event(), Client.stop

    def stop_and_tell(client: Client, reason: CrawlStopped) -> None:
        stop(client, reason)
        heard.set()

    def pictures(request: RequestHandler) -> None:
        if "0001.jpg" in request.path:
            heard.wait(15)  # until the other answer was read; the client gives up after 20 s
            with_time = threading.Event()
            with_time.wait(0.3)  # for others to be asked for, were there any
            request.respond(200, picture, "image/jpeg")
        else:
            request.respond(403, WALL)

    monkeypatch.setattr(Client, "stop", stop_and_tell)
    with ScriptedServer(pictures) as host, FakeVcg(pages=1, per_page=8, hosts=(host.host_port,)) as site:
        picture = site.picture(("明星", 1, 1, 1))
        status, said = run_crawl_vcg(site, tmp_path, *ONE, "--workers", "2", "--allow-host", host.host_port)
    assert status == 2
    assert "asks for a verification" in said
    assert sorted(path[-8:-4] for path in host.paths if path.endswith(".jpg")) == ["0001", "0002"]
    assert Item.objects.filter(state="waiting").count() == 7


@pytest.mark.django_db
def test_ten_failures_in_a_row_stop_the_crawl_and_the_next_one_begins_with_them(tmp_path: Path) -> None:
    faults = {PictureSlot("明星", 1, 1, number): Fault.ERROR_ALWAYS for number in range(1, 11)}
    with FakeVcg(pages=1, per_page=30, faults=faults) as site:
        status, said = run_crawl_vcg(site, tmp_path, *ONE)
        assert status == 2
        assert "10 failures in a row, the last: status_500" in said
        assert "The same command goes on from here." in said
        assert Item.objects.filter(state="waiting").count() == 30
        assert site.count(PictureSlot("明星", 1, 1, 30).path) == 0
        faults.clear()
        assert run_crawl_vcg(site, tmp_path, *ONE)[0] == 0
        assert len(read_files(tmp_path)) == 30
        # Nothing that had come already was downloaded again.
        assert {site.count(PictureSlot("明星", 1, 1, number).path) for number in range(11, 31)} == {1}


@pytest.mark.django_db
def test_nine_failures_in_a_row_do_not(tmp_path: Path) -> None:
    faults = {PictureSlot("明星", 1, 1, number): Fault.ERROR_ALWAYS for number in (*range(1, 10), *range(11, 20))}
    with FakeVcg(pages=1, per_page=20, faults=faults) as site:
        status, said = run_crawl_vcg(site, tmp_path, *ONE)
    assert status == 1
    assert "18 pictures could not be had" in said


@pytest.mark.django_db
@pytest.mark.parametrize("fault", [PageFault.ERROR_ALWAYS, PageFault.SERVICE_ERROR])
def test_a_page_that_cannot_be_read_stops_the_crawl_and_is_not_taken_for_the_last(
    tmp_path: Path, fault: PageFault
) -> None:
    faults = {("明星", 1, 2): fault}
    with FakeVcg(pages=3, per_page=3, shape="service", page_faults=faults) as site:
        status, said = run_crawl_vcg(site, tmp_path, *ONE)
        assert status == 2
        assert "page 2 of super_star/male cannot be read" in said
        assert ("系统繁忙" in said) == (fault is PageFault.SERVICE_ERROR)
        faults.clear()
        assert run_crawl_vcg(site, tmp_path, *ONE)[0] == 0
    assert len(read_files(tmp_path)) == 9


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("status", "content_type", "data"),
    [
        (403, "text/html", WALL),
        (503, "text/html; charset=utf-8", b"<title>Just a moment</title><div class=cf-challenge>"),
        (429, "", WALL),
        (200, "text/html", "<title>安全验证 - VCG</title>".encode()),
        (200, "text/html", "<TITLE lang=zh>\n人机验证</TITLE>".encode("gb18030")),
    ],
)
def test_challenges_are_told(status: int, content_type: str, data: bytes) -> None:
    assert is_challenge(status, content_type, data)


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("status", "content_type", "data"),
    [
        (200, "text/html", "<title>明星</title><img alt='安全验证' src='captcha.jpg'>".encode()),
        (403, "text/html", b"<title>403 Forbidden</title>"),
        (200, "image/jpeg", b"\xff\xd8\xff captcha <title>" + "安全验证</title>".encode()),
        (200, "application/json", '{"list": [{"title": "<title>安全验证</title>"}]}'.encode()),
        (404, "text/html", b"no captcha here"),
    ],
)
def test_other_pages_are_no_challenges(status: int, content_type: str, data: bytes) -> None:
    assert not is_challenge(status, content_type, data)


@pytest.mark.django_db
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_answer_that_is_a_verification_page_stops_at_once(tmp_path: Path, status: int) -> None:
    with ScriptedServer(lambda request: request.respond(status, WALL), robots="") as server, FakeVcg(pages=1) as site:
        ended, said = run_crawl_vcg(site, tmp_path, *ONE, "--base-url", server.url)
    assert ended == 2
    assert "asks for a verification" in said
    assert len([path for path in server.paths if "search" in path]) == 1


@pytest.mark.django_db
def test_a_lock_that_cannot_be_opened_is_named_and_not_taken_for_another_crawl(tmp_path: Path) -> None:
    (tmp_path / ".incoming" / "lock").mkdir(parents=True)
    with FakeVcg(pages=1, per_page=2) as site:
        status, said = run_crawl_vcg(site, tmp_path, *ONE)
    assert status == 2
    assert "lock" in said and "another crawl" not in said

"""Every step of a redirect is looked at as its first address was."""

import threading
from pathlib import Path

import pytest

from crawler.http.client import Client, Manners
from crawler.http.errors import Challenge, FetchError, Forbidden
from crawler.http.guard import Guard
from crawler.http.robots import Robots
from crawler.models import Item
from tests.crawler.answering import Answerer, Answering
from tests.crawler.crawling import crawl
from tests.crawler.fake_vcg import FakeVcg, Fault, Place


def client(*trusted: str) -> Client:
    return Client(Guard([], trusted), Manners("test", delay=0, tries=1), connections=1, stopped=threading.Event())


def to(location: str):
    """Answers with a redirect to there, and with a page at /there."""

    def answer(request: Answerer) -> None:
        if request.path.startswith("/there"):
            request.whole(200, b"here")
        else:
            request.whole(302, Location=location)

    return answer


@pytest.mark.django_db
def test_each_redirect_that_leads_astray_is_recorded_with_its_reason_and_not_followed(tmp_path: Path) -> None:
    faults = {
        1: (Fault.REDIRECT_LOOP, "too_many_redirects"),
        2: (Fault.REDIRECT_TRAP, "other_host"),
        3: (Fault.REDIRECT_PRIVATE, "other_host"),
        4: (Fault.MOVED, ""),
    }
    places = {Place("明星", 1, 1, number): fault for number, (fault, _reason) in faults.items()}
    with FakeVcg(pages=1, per_page=4, faults=places) as site:
        status, said = crawl(site, tmp_path, "--class", "super_star", "--gender", "male")
        assert status == 1
        assert site.trapped == []
        assert site.count(Place("明星", 1, 1, 1).path) == 3  # 6 steps in a circle of two
    assert "other_host: 2" in said
    reasons = dict(Item.objects.values_list("place", "reason"))
    assert reasons == {number: reason for number, (_fault, reason) in faults.items()}
    assert set(Item.objects.filter(state="failed").values_list("is_final", flat=True)) == {True}


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://example.com/", "other_host"),
        ("//10.0.0.1/", "other_host"),
        ("ftp://127.0.0.1/", "bad_address"),
        ("http://[::1", "bad_address"),
        ("file:///etc/passwd", "bad_address"),
    ],
)
def test_where_a_redirect_may_not_lead(location: str, reason: str) -> None:
    with Answering(to(location)) as server, pytest.raises(FetchError, match=reason) as caught:
        client(server.place).get(f"{server.url}/a")
    assert isinstance(caught.value, Forbidden) or reason == "bad_address"
    assert server.paths == ["/a"]


@pytest.mark.no_database
@pytest.mark.parametrize("location", ["/there", "there", "//{place}/there", "/there/图".encode().decode("latin-1")])
def test_where_a_redirect_may_lead(location: str) -> None:
    with Answering(lambda request: to(location.replace("{place}", server.place))(request)) as server:
        assert client(server.place).get(f"{server.url}/a").data == b"here"
    assert server.paths[1] in ("/there", "/there/%E5%9B%BE")


@pytest.mark.no_database
def test_the_robots_txt_of_the_host_that_a_redirect_leads_to_is_obeyed() -> None:
    with (
        Answering(to("/there"), robots="User-agent: *\nDisallow: /there") as forbidding,
        Answering(to(f"{forbidding.url}/there")) as server,
    ):
        asking = client(server.place, forbidding.place)
        with pytest.raises(Forbidden, match="robots"):
            asking.get(f"{server.url}/a", Robots(asking).check)
    assert forbidding.paths == ["/robots.txt"]


@pytest.mark.no_database
def test_a_redirect_to_a_verification_page_is_a_challenge() -> None:
    with Answering(to("https://www.vcg.com/waap/verify?from=/a")) as server, pytest.raises(Challenge):
        client(server.place).get(f"{server.url}/a")

"""Every step of a redirect is looked at as its first address was."""

import threading
from pathlib import Path

import pytest

from crawler.http.client import Client, ClientOptions
from crawler.http.errors import Challenge, FetchError, Forbidden
from crawler.http.guard import UrlGuard
from crawler.http.robots import Robots
from crawler.models import Item
from tests.crawler.crawl_helpers import run_crawl_vcg
from tests.crawler.fake_vcg import FakeVcg, Fault, PictureSlot
from tests.crawler.scripted_server import RequestHandler, ScriptedServer


def make_client(*trusted: str) -> Client:
    return Client(
        UrlGuard([], trusted),
        ClientOptions("test", delay_seconds=0, max_attempts=1),
        connections_per_host=1,
        stopped=threading.Event(),
    )


def redirect_to(location: str):
    """Answers with a redirect to there, and with a page at /there."""

    def answer(request: RequestHandler) -> None:
        if request.path.startswith("/there"):
            request.respond(200, b"here")
        else:
            request.respond(302, Location=location)

    return answer


@pytest.mark.django_db
def test_each_redirect_that_leads_astray_is_recorded_with_its_reason_and_not_followed(tmp_path: Path) -> None:
    faults = {
        1: (Fault.REDIRECT_LOOP, "too_many_redirects"),
        2: (Fault.REDIRECT_TRAP, "other_host"),
        3: (Fault.REDIRECT_PRIVATE, "other_host"),
        4: (Fault.MOVED, ""),
    }
    places = {PictureSlot("明星", 1, 1, number): fault for number, (fault, _reason) in faults.items()}
    with FakeVcg(pages=1, per_page=4, faults=places) as site:
        status, said = run_crawl_vcg(site, tmp_path, "--class", "super_star", "--gender", "male")
        assert status == 1
        assert site.trapped == []
        assert site.count(PictureSlot("明星", 1, 1, 1).path) == 3  # 6 steps in a circle of two
    assert "other_host: 2" in said
    reasons = dict(Item.objects.values_list("position", "reason"))
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
    with ScriptedServer(redirect_to(location)) as server, pytest.raises(FetchError, match=reason) as caught:
        make_client(server.host_port).get(f"{server.url}/a")
    assert isinstance(caught.value, Forbidden) or reason == "bad_address"
    assert server.paths == ["/a"]


@pytest.mark.no_database
@pytest.mark.parametrize("location", ["/there", "there", "//{host}/there", "/there/图".encode().decode("latin-1")])
def test_where_a_redirect_may_lead(location: str) -> None:
    with ScriptedServer(lambda request: redirect_to(location.replace("{host}", server.host_port))(request)) as server:
        assert make_client(server.host_port).get(f"{server.url}/a").data == b"here"
    assert server.paths[1] in ("/there", "/there/%E5%9B%BE")


@pytest.mark.no_database
def test_the_robots_txt_of_the_host_that_a_redirect_leads_to_is_obeyed() -> None:
    with (
        ScriptedServer(redirect_to("/there"), robots="User-agent: *\nDisallow: /there") as forbidding,
        ScriptedServer(redirect_to(f"{forbidding.url}/there")) as server,
    ):
        web_client = make_client(server.host_port, forbidding.host_port)
        with pytest.raises(Forbidden, match="robots"):
            web_client.get(f"{server.url}/a", Robots(web_client).check)
    assert forbidding.paths == ["/robots.txt"]


@pytest.mark.no_database
def test_a_redirect_to_a_verification_page_is_a_challenge() -> None:
    with ScriptedServer(redirect_to("https://www.vcg.com/waap/verify?from=/a")) as server, pytest.raises(Challenge):
        make_client(server.host_port).get(f"{server.url}/a")

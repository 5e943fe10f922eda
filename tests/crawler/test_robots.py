"""What robots.txt forbids is not asked for."""

import threading
from pathlib import Path

import pytest

from crawler.http.client import Client, ClientOptions
from crawler.http.errors import CrawlStopped, Forbidden
from crawler.http.guard import UrlGuard
from crawler.http.robots import Robots
from crawler.models import Item
from tests.crawler.crawl_helpers import read_files, run_crawl_vcg
from tests.crawler.fake_vcg import FakeVcg
from tests.crawler.scripted_server import ScriptedServer

ONE = ("--class", "super_star", "--gender", "male")
AGENT = "AnimeGANStudioCrawler/1.0 (+https://example.com/foobot)"


@pytest.mark.django_db
def test_pages_that_robots_txt_forbids_stop_the_crawl_with_a_message(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=3, robots="Disallow: /creative/search") as site:
        status, said = run_crawl_vcg(site, tmp_path)
        assert [request.path for request in site.requests] == ["/robots.txt"]
    assert status == 2
    assert "Stopped: robots" in said
    assert "does not want its pages of results to be read by programs" in said


@pytest.mark.django_db
def test_pictures_that_robots_txt_forbids_are_recorded_and_tried_again_when_asked_for(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=3, picture_robots="Disallow: /creative/vcg/800/new/") as site:
        assert run_crawl_vcg(site, tmp_path, *ONE)[0] == 1
        assert not any("/new/" in request.path for request in site.requests)
        site.picture_robots = "Allow: /"
        assert run_crawl_vcg(site, tmp_path, *ONE)[0] == 0
        assert len(read_files(tmp_path)) == 2
        assert Item.objects.get(state="failed").reason == "robots"
        assert run_crawl_vcg(site, tmp_path, *ONE, "--retry")[0] == 0
    assert len(read_files(tmp_path)) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("status", [404, 403, 410])
def test_without_a_robots_txt_all_is_allowed(tmp_path: Path, status: int) -> None:
    with FakeVcg(pages=1, per_page=3, robots=status, picture_robots=status) as site:
        assert run_crawl_vcg(site, tmp_path, *ONE)[0] == 0
        assert [request.path for request in site.requests].count("/robots.txt") == 2  # once a host
    assert len(read_files(tmp_path)) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("status", [500, 503])
def test_a_robots_txt_that_cannot_be_read_stops_the_crawl(tmp_path: Path, status: int) -> None:
    with FakeVcg(pages=1, per_page=3, robots=status) as site:
        ended, said = run_crawl_vcg(site, tmp_path)
        assert {request.path for request in site.requests} == {"/robots.txt"}
    assert ended == 2
    assert f"robots.txt cannot be read (status_{status})" in said


@pytest.mark.django_db
def test_a_picture_hosts_robots_txt_that_cannot_be_read_is_not_asked_for_by_every_worker(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=20, picture_robots=500) as site:
        assert run_crawl_vcg(site, tmp_path, *ONE)[0] == 2
        assert [request.path for request in site.requests if request.kind == "picture"] == ["/robots.txt"] * 3


def make_robots(server: ScriptedServer) -> Robots:
    client = Client(
        UrlGuard([], [server.host_port]),
        ClientOptions(AGENT, delay_seconds=0),
        connections_per_host=1,
        stopped=threading.Event(),
    )
    return Robots(client)


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("User-agent: AnimeGANStudioCrawler\nDisallow: /a", False),
        ("User-agent: animeganstudiocrawler\nDisallow: /a\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: AnimeGANStudioCrawler\nAllow: /", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: foobot\nAllow: /", False),  # a name in the contact is not ours
        ("User-agent: foobot\nDisallow: /", True),
        ("User-agent: *\nDisallow: /*.jpg$", False),
        ("<html>Not found</html>", True),
    ],
)
def test_the_rules_for_this_program_are_found(text: str, may: bool) -> None:
    with ScriptedServer(lambda request: None, robots=text) as server:
        rules = make_robots(server)
        for _twice in range(2):
            if may:
                rules.check(f"{server.url}/a/x.jpg")
            else:
                with pytest.raises(Forbidden, match="robots"):
                    rules.check(f"{server.url}/a/x.jpg")
        assert server.paths == ["/robots.txt"]


@pytest.mark.no_database
def test_a_failure_to_read_robots_txt_is_remembered() -> None:
    with ScriptedServer(lambda request: request.respond(500), robots=None) as server:
        rules = make_robots(server)
        rules.client.stopped.wait = lambda timeout=None: False  # type: ignore[method-assign]
        for _twice in range(2):
            with pytest.raises(CrawlStopped, match="cannot be read"):
                rules.check(f"{server.url}/a")
        assert server.paths == ["/robots.txt"] * 3

"""How long is waited before a request, by a clock that the tests set."""

import itertools
from collections.abc import Iterator

import pytest
from django.core.management import load_command_class

from crawler.http.client import Client, ClientOptions
from crawler.http.errors import CrawlStopped, TransientError
from crawler.http.guard import UrlGuard
from crawler.http.rate_limit import RateLimiter
from crawler.http.robots import Robots
from tests.crawler.fake_vcg import FakeVcg, Fault, PageFault, PictureSlot
from tests.crawler.scripted_server import FakeClock, RequestHandler, ScriptedServer

pytestmark = pytest.mark.no_database
SLOT = PictureSlot("明星", 1, 1, 1)


def make_client(time: FakeClock, *trusted: str, **options: float) -> Client:
    client_options = ClientOptions("Program/1.0 (+me@example.com)", **{"delay_seconds": 0, **options})
    return Client(UrlGuard([], trusted), client_options, connections_per_host=1, stopped=time, clock=time.now)


def collect_start_times(limiter: RateLimiter, time: FakeClock, host: str, number: int) -> list[float]:
    """When so many requests to a host begin."""
    found = []
    for _ in range(number):
        limiter.wait_for_turn(host)
        found.append(time.now())
    return found


def test_a_host_is_asked_at_most_once_a_second_unless_told_otherwise() -> None:
    for name in ("crawl_vcg", "crawl_site"):
        parser = load_command_class("crawler", name).create_parser("manage.py", name)
        assert parser.get_default("delay") == 1.0
    assert ClientOptions("test").delay_seconds == 1.0


def test_requests_to_one_host_have_the_pause_and_some_jitter_between_them() -> None:
    time = FakeClock()
    begun = collect_start_times(RateLimiter(1.0, time, time.now), time, "a:80", 200)
    gaps = [after - before for before, after in itertools.pairwise(begun)]
    assert min(gaps) >= 1
    assert max(gaps) <= 1.5
    assert max(gaps) - min(gaps) > 0.2


def test_hosts_do_not_wait_for_one_another() -> None:
    time = FakeClock()
    limiter = RateLimiter(1.0, time, time.now)
    for host in ("a:80", "b:80", "a:8080"):
        limiter.wait_for_turn(host)
    assert time.now() == 0


def test_a_host_that_asks_for_quiet_is_left_alone_and_others_are_not() -> None:
    time = FakeClock()
    limiter = RateLimiter(1.0, time, time.now)
    limiter.block("a:80", 30)
    limiter.wait_for_turn("b:80")
    assert time.now() == 0
    limiter.block("a:80", 10)  # does not shorten it
    limiter.wait_for_turn("a:80")
    assert time.now() == 30


def test_nobody_waits_once_the_crawl_is_stopped() -> None:
    time = FakeClock()
    limiter = RateLimiter(1.0, time, time.now)
    limiter.block("a:80", 1000)
    time.set()
    limiter.wait_for_turn("a:80")
    assert time.now() == 0


def test_the_crawl_delay_of_robots_txt_is_the_pause_even_of_the_next_request() -> None:
    time = FakeClock()
    with FakeVcg(pages=1, per_page=3, robots="Crawl-delay: 7") as site:
        web_client = make_client(time, site.search_url.removeprefix("http://"), delay_seconds=1)
        robots = Robots(web_client)
        begun = []
        for page in (1, 1, 1):
            web_client.get(site.build_page_url("明星", 1, page), robots.check)
            begun.append(time.now())
    assert 7 <= begun[0] <= 10.5
    assert 7 <= begun[1] - begun[0] <= 10.5
    assert 7 <= begun[2] - begun[1] <= 10.5


def test_a_crawl_delay_that_is_shorter_than_the_pause_changes_nothing() -> None:
    time = FakeClock()
    with FakeVcg(pages=1, per_page=3, robots="Crawl-delay: 1") as site:
        web_client = make_client(time, site.search_url.removeprefix("http://"), delay_seconds=4)
        web_client.get(site.build_page_url("明星", 1, 1), Robots(web_client).check)
    assert 4 <= time.now() <= 6


@pytest.mark.parametrize("fault", [PageFault.BUSY_ONCE, PageFault.UNAVAILABLE_ONCE, PageFault.BUSY_ONCE_DATE])
def test_retry_after_is_waited_for_in_seconds_and_until_a_date(fault: PageFault) -> None:
    time = FakeClock()
    with FakeVcg(pages=1, per_page=3, every_page=fault, retry_after=100) as site:
        web_client = make_client(time, site.search_url.removeprefix("http://"))
        web_client.get(site.build_page_url("明星", 1, 1))
        assert len(site.requests) == 2
    # A date says whole seconds, and time goes by until it is read.
    assert 60 < time.now() <= 100 if fault is PageFault.BUSY_ONCE_DATE else time.now() == 100


def test_who_is_asked_to_stay_away_for_long_stops() -> None:
    time = FakeClock()
    with FakeVcg(pages=1, per_page=3, every_page=PageFault.BUSY_ONCE, retry_after=3600) as site:
        web_client = make_client(time, site.search_url.removeprefix("http://"))
        with pytest.raises(CrawlStopped, match="left alone for 60 minutes"):
            web_client.get(site.build_page_url("明星", 1, 1))
        assert len(site.requests) == 1
    assert time.waits == []


def test_a_failing_server_is_tried_three_times_with_twice_the_pause_and_jitter() -> None:
    waits: list[list[float]] = []
    with FakeVcg(pages=1, per_page=1, faults={SLOT: Fault.ERROR_ALWAYS}) as site:
        for _ in range(20):
            time = FakeClock()
            with pytest.raises(TransientError, match="status_500"):
                make_client(time, site.picture_host, backoff_seconds=2).get(site.picture_url(SLOT))
            waits.append(time.waits)
        assert site.count(SLOT.path) == 60
    assert all(2 <= first <= 3 and 4 <= second <= 6 for first, second in waits)
    assert len({first for first, _second in waits}) > 10


@pytest.mark.parametrize("value", ["", "soon", "-5", "Wed, 99 Foo 2026 00:00:00 GMT", "1.5"])
def test_without_a_retry_after_that_can_be_read_the_pause_is_waited(value: str) -> None:
    time = FakeClock()

    def busy(request: RequestHandler) -> None:
        request.respond(429, Retry_After=value)

    with ScriptedServer(busy) as server, pytest.raises(TransientError, match="status_429"):
        make_client(time, server.host_port, backoff_seconds=2).get(f"{server.url}/a")
    assert len(server.paths) == 3
    assert 6 <= time.now() <= 9  # 2 and 4, and at most half as much again


def test_a_retry_after_that_lies_in_the_past_is_no_wait_and_one_beyond_reason_stops() -> None:
    time = FakeClock()
    with ScriptedServer(lambda request: request.respond(503, Retry_After="Fri, 01 Jan 2021 00:00:00 GMT")) as server:
        with pytest.raises(TransientError):
            make_client(time, server.host_port).get(f"{server.url}/a")
        assert time.now() == 0
    with (
        ScriptedServer(lambda request: request.respond(503, Retry_After="9" * 400)) as server,
        pytest.raises(CrawlStopped),
    ):
        make_client(time, server.host_port).get(f"{server.url}/a")


def test_a_time_to_come_again_is_by_the_clock_of_the_server() -> None:
    """Which is a year ahead of ours, or behind."""
    for year in (2025, 2031):
        time, answers = FakeClock(), iter([503, 200])

        def answer(request: RequestHandler, year: int = year, answers: Iterator[int] = answers) -> None:
            status = next(answers)
            dates = f"Date: Wed, 01 Jan {year} 00:00:00 GMT\r\nRetry-After: Wed, 01 Jan {year} 00:00:07 GMT"
            request.wfile.write(f"HTTP/1.1 {status} X\r\n{dates}\r\nContent-Length: 0\r\n\r\n".encode())

        with ScriptedServer(answer) as server:
            make_client(time, server.host_port).get(f"{server.url}/a")
        assert 7 <= time.now() < 11


def test_the_host_that_is_left_alone_is_the_one_that_asked_for_it() -> None:
    time = FakeClock()
    with (
        ScriptedServer(lambda request: request.respond(429, Retry_After="50")) as busy,
        ScriptedServer(lambda request: request.respond(302, Location=f"{busy.url}/b")) as server,
    ):
        web_client = make_client(time, server.host_port, busy.host_port, max_attempts=2)
        with pytest.raises(TransientError):
            web_client.get(f"{server.url}/a")
        begun = time.now()
        web_client.rate_limiter.wait_for_turn(server.host_port)
        assert time.now() == begun == 50

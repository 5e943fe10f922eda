"""How long is waited before a request, by a clock that the tests set."""

import itertools

import pytest
from django.core.management import load_command_class

from crawler.http.client import Client, Manners
from crawler.http.errors import ServerTrouble, Stop
from crawler.http.guard import Guard
from crawler.http.pace import Pace
from crawler.http.robots import Robots
from tests.crawler.answering import Answerer, Answering, FakeTime
from tests.crawler.fake_vcg import FakeVcg, Fault, PageFault, Place

pytestmark = pytest.mark.no_database
HERE = Place("明星", 1, 1, 1)


def client(time: FakeTime, *trusted: str, **manners: float) -> Client:
    known = Manners("Program/1.0 (+me@example.com)", **{"delay": 0, **manners})
    return Client(Guard([], trusted), known, connections=1, stopped=time, now=time.now)


def starts(pace: Pace, time: FakeTime, host: str, number: int) -> list[float]:
    """When so many requests to a host begin."""
    found = []
    for _ in range(number):
        pace.wait(host)
        found.append(time.now())
    return found


def test_a_host_is_asked_at_most_once_a_second_unless_told_otherwise() -> None:
    for name in ("crawl_vcg", "crawl_site"):
        parser = load_command_class("crawler", name).create_parser("manage.py", name)
        assert parser.get_default("delay") == 1.0
    assert Manners("test").delay == 1.0


def test_requests_to_one_host_have_the_pause_and_some_jitter_between_them() -> None:
    time = FakeTime()
    begun = starts(Pace(1.0, time, time.now), time, "a:80", 200)
    gaps = [after - before for before, after in itertools.pairwise(begun)]
    assert min(gaps) >= 1
    assert max(gaps) <= 1.5
    assert max(gaps) - min(gaps) > 0.2


def test_hosts_do_not_wait_for_one_another() -> None:
    time = FakeTime()
    pace = Pace(1.0, time, time.now)
    for host in ("a:80", "b:80", "a:8080"):
        pace.wait(host)
    assert time.now() == 0


def test_a_host_that_asks_for_quiet_is_left_alone_and_others_are_not() -> None:
    time = FakeTime()
    pace = Pace(1.0, time, time.now)
    pace.hold("a:80", 30)
    pace.wait("b:80")
    assert time.now() == 0
    pace.hold("a:80", 10)  # does not shorten it
    pace.wait("a:80")
    assert time.now() == 30


def test_nobody_waits_once_the_crawl_is_stopped() -> None:
    time = FakeTime()
    pace = Pace(1.0, time, time.now)
    pace.hold("a:80", 1000)
    time.set()
    pace.wait("a:80")
    assert time.now() == 0


def test_the_crawl_delay_of_robots_txt_is_the_pause_even_of_the_next_request() -> None:
    time = FakeTime()
    with FakeVcg(pages=1, per_page=3, robots="Crawl-delay: 7") as site:
        asking = client(time, site.search_url.removeprefix("http://"), delay=1)
        robots = Robots(asking)
        begun = []
        for page in (1, 1, 1):
            asking.get(site.page_address("明星", 1, page), robots.check)
            begun.append(time.now())
    assert 7 <= begun[0] <= 10.5
    assert 7 <= begun[1] - begun[0] <= 10.5
    assert 7 <= begun[2] - begun[1] <= 10.5


def test_a_crawl_delay_that_is_shorter_than_the_pause_changes_nothing() -> None:
    time = FakeTime()
    with FakeVcg(pages=1, per_page=3, robots="Crawl-delay: 1") as site:
        asking = client(time, site.search_url.removeprefix("http://"), delay=4)
        asking.get(site.page_address("明星", 1, 1), Robots(asking).check)
    assert 4 <= time.now() <= 6


@pytest.mark.parametrize("fault", [PageFault.BUSY_ONCE, PageFault.UNAVAILABLE_ONCE, PageFault.BUSY_ONCE_DATE])
def test_retry_after_is_waited_for_in_seconds_and_until_a_date(fault: PageFault) -> None:
    time = FakeTime()
    with FakeVcg(pages=1, per_page=3, every_page=fault, retry_after=100) as site:
        asking = client(time, site.search_url.removeprefix("http://"))
        asking.get(site.page_address("明星", 1, 1))
        assert len(site.requests) == 2
    # A date says whole seconds, and time goes by until it is read.
    assert 60 < time.now() <= 100 if fault is PageFault.BUSY_ONCE_DATE else time.now() == 100


def test_who_is_asked_to_stay_away_for_long_stops() -> None:
    time = FakeTime()
    with FakeVcg(pages=1, per_page=3, every_page=PageFault.BUSY_ONCE, retry_after=3600) as site:
        asking = client(time, site.search_url.removeprefix("http://"))
        with pytest.raises(Stop, match="left alone for 60 minutes"):
            asking.get(site.page_address("明星", 1, 1))
        assert len(site.requests) == 1
    assert time.waits == []


def test_a_failing_server_is_tried_three_times_with_twice_the_pause_and_jitter() -> None:
    waits: list[list[float]] = []
    with FakeVcg(pages=1, per_page=1, faults={HERE: Fault.ERROR_ALWAYS}) as site:
        for _ in range(20):
            time = FakeTime()
            with pytest.raises(ServerTrouble, match="status_500"):
                client(time, site.picture_host, backoff=2).get(site.picture_address(HERE))
            waits.append(time.waits)
        assert site.count(HERE.path) == 60
    assert all(2 <= first <= 3 and 4 <= second <= 6 for first, second in waits)
    assert len({first for first, _second in waits}) > 10


@pytest.mark.parametrize("value", ["", "soon", "-5", "Wed, 99 Foo 2026 00:00:00 GMT", "1.5"])
def test_without_a_retry_after_that_can_be_read_the_pause_is_waited(value: str) -> None:
    time = FakeTime()

    def busy(request: Answerer) -> None:
        request.whole(429, Retry_After=value)

    with Answering(busy) as server, pytest.raises(ServerTrouble, match="status_429"):
        client(time, server.place, backoff=2).get(f"{server.url}/a")
    assert len(server.paths) == 3
    assert 6 <= time.now() <= 9  # 2 and 4, and at most half as much again


def test_a_retry_after_that_lies_in_the_past_is_no_wait_and_one_beyond_reason_stops() -> None:
    time = FakeTime()
    with Answering(lambda request: request.whole(503, Retry_After="Fri, 01 Jan 2021 00:00:00 GMT")) as server:
        with pytest.raises(ServerTrouble):
            client(time, server.place).get(f"{server.url}/a")
        assert time.now() == 0
    with Answering(lambda request: request.whole(503, Retry_After="9" * 400)) as server, pytest.raises(Stop):
        client(time, server.place).get(f"{server.url}/a")


def test_the_host_that_is_left_alone_is_the_one_that_asked_for_it() -> None:
    time = FakeTime()
    with (
        Answering(lambda request: request.whole(429, Retry_After="50")) as busy,
        Answering(lambda request: request.whole(302, Location=f"{busy.url}/b")) as server,
    ):
        asking = client(time, server.place, busy.place, tries=2)
        with pytest.raises(ServerTrouble):
            asking.get(f"{server.url}/a")
        begun = time.now()
        asking.pace.wait(server.place)
        assert time.now() == begun == 50

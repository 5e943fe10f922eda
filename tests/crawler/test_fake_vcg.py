"""The test site's pages: their shapes, what is on them, and their faults."""

import re
import time
from email.utils import parsedate_to_datetime

import pytest

from tests.crawler.fake_vcg import AfterLast, FakeVcg, Fault, Page, PageFault, Shape
from tests.crawler.fake_vcg.page_encoding import HAS_BROTLI
from tests.crawler.fake_vcg_client import fetch, parse_html_urls, parse_state_items

pytestmark = pytest.mark.no_database
STAR = ("明星", 1, 1)


def fetch_picture_paths(site: FakeVcg, phrase: str = "明星", gender: int = 1, page: int = 1) -> list[str]:
    """The paths of the pictures on a page of a site whose pages hold a state."""
    answer = fetch(site.build_page_url(phrase, gender, page))
    assert answer.status_code == 200
    return [item["url800"].split("/", 3)[3] for item in parse_state_items(answer.text)]


def test_all_shapes_show_the_same_pictures() -> None:
    with FakeVcg(per_page=9) as state, FakeVcg(per_page=9, shape="html") as html:
        expected = fetch_picture_paths(state)
        for url in (html.build_page_url(*STAR), state.search_url + Page(*STAR).newer_path):
            found = parse_html_urls(fetch(url).text)
            assert [each.split("/", 3)[3] for each in found] == expected
    with FakeVcg(per_page=9, shape="service") as service:
        answer = fetch(service.build_page_url(*STAR))
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert [item["url800"].split("/", 3)[3] for item in answer.json()["list"]] == expected
        assert (answer.json()["total_count"], answer.json()["error_code"], answer.json()["message"]) == (27, 0, "")


def test_items_say_all_that_the_site_says_of_a_picture() -> None:
    with FakeVcg(per_page=9, faults={(*STAR, 4): Fault.NO_URL800, (*STAR, 5): Fault.NOT_CREATIVE}) as site:
        items = parse_state_items(fetch(site.build_page_url(*STAR)).text)
    fields = {"id", "res_id", "title", "caption", "keywords", "url800", "width", "height", "licenseType"}
    assert [set(item) == fields for item in items] == [number != 4 for number in range(1, 10)]
    assert items[4]["url800"].startswith(f"//{site.picture_host}/editorial/")
    assert items[0]["url800"].startswith(f"//{site.picture_host}/creative/vcg/800/VCG")
    assert items[2]["url800"].startswith(f"//{site.picture_host}/creative/vcg/800/new/VCG")
    titles = " ".join(item["title"] for item in items)
    assert all(part in titles for part in ('"明星"', "</script>", "}]};", "{话筒}", "\\", "😀", "\u2028", '"url800"'))


def test_every_page_has_pictures_of_its_own_whose_addresses_stay_the_same() -> None:
    pages = [(phrase, gender, page) for phrase in ("明星", "动漫人物", "雪景") for gender in (1, 2) for page in (1, 2)]
    with FakeVcg(per_page=5) as site:
        first = [fetch_picture_paths(site, *page) for page in pages]
    assert len({path for page in first for path in page}) == 5 * len(pages)
    with FakeVcg(per_page=5) as site:
        assert [fetch_picture_paths(site, *page) for page in pages] == first
        assert [f"{site.picture_url((*pages[-1], number))}" for number in range(1, 6)] == [
            f"http://{site.picture_host}/{path}" for path in first[-1]
        ]


def test_pictures_can_be_on_several_hosts_and_be_called_by_other_names() -> None:
    with FakeVcg(per_page=6, picture_server_count=2) as site:
        items = parse_state_items(fetch(site.build_page_url(*STAR)).text)
        assert {item["url800"].split("/")[2] for item in items} == set(site.picture_hosts)
        assert all(fetch(f"http:{item['url800']}").ok for item in items)
    with FakeVcg(per_page=6, hosts=("goss.vcg.com", "goss1.vcg.com")) as site:
        items = parse_state_items(fetch(site.build_page_url(*STAR)).text)
        assert {item["url800"].split("/")[2] for item in items} == {"goss.vcg.com", "goss1.vcg.com"}


@pytest.mark.parametrize(("after_last", "status", "items"), [("404", 404, None), ("empty", 200, 0), ("repeat", 200, 5)])
def test_what_comes_after_the_last_page(after_last: AfterLast, status: int, items: int | None) -> None:
    with FakeVcg(pages=2, per_page=5, after_last=after_last) as site:
        answer = fetch(site.build_page_url("明星", 1, 3))
        assert answer.status_code == status
        if items is not None:
            assert fetch_picture_paths(site, page=3) == fetch_picture_paths(site, page=2)[:items]


@pytest.mark.parametrize(
    "path", ["/", "/creative/search", "/creative/search?phrase=a&page=0", "/creative-image/other/"]
)
def test_what_is_no_page_is_not_found(path: str) -> None:
    with FakeVcg() as site:
        assert fetch(site.search_url + path).status_code == 404


@pytest.mark.parametrize(
    ("fault", "status", "wait"),
    [
        (PageFault.ERROR_ONCE, 500, None),
        (PageFault.BUSY_ONCE, 429, "7"),
        (PageFault.UNAVAILABLE_ONCE, 503, "7"),
    ],
)
def test_a_page_can_be_refused_once(fault: PageFault, status: int, wait: str | None) -> None:
    with FakeVcg(per_page=5, page_faults={STAR: fault}, retry_after=7) as site:
        answer = fetch(site.build_page_url(*STAR))
        assert (answer.status_code, answer.headers.get("Retry-After")) == (status, wait)
        assert len(fetch_picture_paths(site)) == len(fetch_picture_paths(site, gender=2)) == 5


def test_retry_after_can_be_a_date() -> None:
    with FakeVcg(every_page=PageFault.BUSY_ONCE_DATE, retry_after=30) as site:
        date = parsedate_to_datetime(fetch(site.build_page_url(*STAR)).headers["Retry-After"])
    assert 25 < date.timestamp() - time.time() <= 30


@pytest.mark.parametrize(("fault", "status"), [(PageFault.ERROR_ALWAYS, 500), (PageFault.NOT_FOUND, 404)])
def test_a_page_can_be_refused_always(fault: PageFault, status: int) -> None:
    with FakeVcg(every_page=fault) as site:
        assert [fetch(site.build_page_url(*STAR)).status_code for _ in range(3)] == [status] * 3


def test_a_page_can_be_empty_or_repeat_the_one_before() -> None:
    faults = {("明星", 1, 2): PageFault.REPEATED, ("明星", 1, 3): PageFault.EMPTY}
    with FakeVcg(per_page=5, page_faults=faults) as site:
        assert fetch_picture_paths(site, page=2) == fetch_picture_paths(site, page=1)
        assert fetch_picture_paths(site, page=3) == []


@pytest.mark.parametrize(("fault", "coding"), [(PageFault.GZIP, "gzip"), (PageFault.BROTLI, "br")])
def test_pages_can_be_compressed(fault: PageFault, coding: str) -> None:
    if fault is PageFault.BROTLI and not HAS_BROTLI:
        with pytest.raises(ValueError, match="brotli"):
            FakeVcg(every_page=fault)
        return
    with FakeVcg(per_page=5, every_page=fault) as site:
        answer = fetch(site.build_page_url(*STAR))
        assert answer.headers["Content-Encoding"] == coding
        assert len(parse_state_items(answer.text)) == 5


@pytest.mark.parametrize("shape", ["state", "html"])
@pytest.mark.parametrize(
    ("fault", "content_type"),
    [(PageFault.GB18030, "text/html; charset=gb18030"), (PageFault.GB18030_META, "text/html")],
)
def test_pages_can_be_in_another_charset(shape: Shape, fault: PageFault, content_type: str) -> None:
    with FakeVcg(per_page=9, shape=shape, every_page=fault) as site:
        answer = fetch(site.build_page_url(*STAR))
    assert answer.headers["Content-Type"] == content_type
    assert b'<meta charset="gb18030">' in answer.content[:1024]
    assert "明星在舞台上 😀" in answer.content.decode("gb18030")


def test_a_page_can_be_a_verification_wall() -> None:
    faults = {STAR: PageFault.CHALLENGE, ("明星", 2, 1): PageFault.CHALLENGE_200}
    with FakeVcg(page_faults=faults) as site:
        refusing, polite = fetch(site.build_page_url(*STAR)), fetch(site.build_page_url("明星", 2, 1))
    assert refusing.status_code == 403
    assert re.search("waap.*captcha", refusing.text)
    assert polite.status_code == 200
    assert "安全验证" in polite.text


def test_the_service_can_say_that_something_is_wrong() -> None:
    with FakeVcg(shape="service", every_page=PageFault.SERVICE_ERROR) as site:
        answer = fetch(site.build_page_url(*STAR)).json()
    assert answer["list"] == []
    assert answer["error_code"]
    assert "系统繁忙" in answer["message"]


@pytest.mark.parametrize(
    ("robots", "status", "text"),
    [
        ("Allow: /", 200, "User-agent: *\nAllow: /\n"),
        ("Disallow: /creative/", 200, "User-agent: *\nDisallow: /creative/\n"),
        ("Crawl-delay: 3", 200, "User-agent: *\nCrawl-delay: 3\n"),
        ("User-agent: wget\nDisallow: /\n", 200, "User-agent: wget\nDisallow: /\n"),
        (404, 404, None),
        (500, 500, None),
    ],
)
def test_robots_are_told(robots: str | int, status: int, text: str | None) -> None:
    with FakeVcg(robots=robots, picture_robots=robots) as site:
        for url in (f"{site.search_url}/robots.txt", f"http://{site.picture_host}/robots.txt"):
            answer = fetch(url)
            assert answer.status_code == status
            assert text in (None, answer.text)

"""What is read from a page, whatever is on it."""

import json
from collections.abc import Sequence

import pytest

from crawler.http.errors import Challenge, TransientError
from crawler.sources import embedded_json
from crawler.sources.base import CrawlTarget, ListedPicture
from crawler.sources.vcg import VcgSource

pytestmark = pytest.mark.no_database
TARGET = CrawlTarget("super_star", "明星", "female")
GOOD = {"id": 1, "url800": "//goss1.vcg.com/creative/vcg/800/a.jpg"}


def list_pictures(text: str, source: VcgSource | None = None) -> Sequence[ListedPicture]:
    return (source or VcgSource()).read_page(TARGET, 1, lambda url: text)


def build_response(*items: object, **more: object) -> str:
    return json.dumps({"list": items, **more})


def test_a_page_is_asked_for_as_the_site_numbers_people_and_genders() -> None:
    url = "https://www.vcg.com/creative/search?phrase=%E6%98%8E%E6%98%9F&creativePeopleNum=2&creativeGender=2&page=3"
    assert VcgSource().build_page_url(TARGET, 3) == url
    assert "creativePeopleNum" not in VcgSource(people=0).build_page_url(TARGET, 1)
    assert "creativeGender=1" in VcgSource().build_page_url(CrawlTarget("cartoon", "动漫人物", "male"), 1)


def test_all_that_is_said_of_a_picture_is_kept() -> None:
    item = {"id": 7, "res_id": "VCG7", "title": "肖像", "caption": "c", "keywords": "a,b", "licenseType": "RM", **GOOD}
    assert list_pictures(build_response({**item, "id": 7})) == [
        ListedPicture(1, "https://goss1.vcg.com/creative/vcg/800/a.jpg", "7", "肖像", ("a", "b"), "RM")
    ]


def test_addresses_take_the_scheme_of_the_site() -> None:
    items = [{"url800": url} for url in ("//a/creative/x.jpg", " /creative/y.jpg ", "https://b/creative/z.jpg")]
    urls = [one.url for one in list_pictures(build_response(*items), VcgSource(base_url="http://127.0.0.1:81/"))]
    assert urls == ["http://a/creative/x.jpg", "http://127.0.0.1:81/creative/y.jpg", "https://b/creative/z.jpg"]


@pytest.mark.parametrize("value", [None, "", "  ", 5, [], {}, ["//a"], True])
def test_an_item_without_an_address_keeps_its_place(value: object) -> None:
    assert [one.url for one in list_pictures(build_response({"id": 1, "url800": value}, GOOD))] == [
        "",
        "https://goss1.vcg.com/creative/vcg/800/a.jpg",
    ]


@pytest.mark.parametrize(
    "url", ["//[::1/creative/x.jpg", "http://a:b/creative/x.jpg", "//a/editorial/x.jpg", "data:,x"]
)
def test_an_address_that_cannot_be_one_is_told_from_the_wanted_without_an_error(url: str) -> None:
    source = VcgSource()
    first = list_pictures(build_response({"url800": url}, GOOD), source)[0]
    assert source.is_picture_url(first.url) == (url == "http://a:b/creative/x.jpg")


@pytest.mark.parametrize("odd", [5, True, {"a": 1}, None, [], [1, None], "", ["a", {"b": 1}]])
def test_facts_of_an_odd_type_are_no_error(odd: object) -> None:
    facts = dict.fromkeys(("title", "keywords", "licenseType", "id"), odd)
    assert len(list_pictures(build_response({**facts, "url800": GOOD["url800"]}))) == 1


def test_half_a_character_becomes_one_that_a_database_can_hold() -> None:
    text = r'{"list": [{"url800": "//a/creative/\ud83d.jpg", "title": "x\ud83d", "keywords": "\udc00,b"}]}'
    one = list_pictures(text)[0]
    for value in (one.url, one.title, *one.keywords):
        value.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{",
        "[" * 100_000,
        '{"a":' * 100_000,
        "<html></html>",
        "<script>" + "[" * 100_000 + "</script>",
        "<script>var a = {b: [1, 2]}; if (a) { c(); }</script>",
        '{"list": [], "error_code": 0}',
        '{"list": [], "error_code": "0", "message": ""}',
        "\0",
        "<img class=lazyload_hk><img class=lazyload_hk data-src=''>",
    ],
)
def test_a_page_without_pictures_has_none(text: str) -> None:
    assert not any(one.url for one in list_pictures(text))


def test_an_error_of_the_service_is_not_an_empty_page() -> None:
    with pytest.raises(TransientError, match="service_error: 50001 系统繁忙"):
        list_pictures(build_response(error_code=50001, message="系统繁忙"))


def test_the_words_of_a_verification_on_a_page_without_pictures_are_a_challenge() -> None:
    with pytest.raises(Challenge):
        list_pictures("<html><h1>安全验证</h1></html>")
    assert list_pictures(build_response({**GOOD, "title": "安全验证"}))


def test_the_longest_list_with_pictures_is_the_result() -> None:
    page = {"hot": [{"url800": "//a/creative/ad.jpg"}], "menu": [{"id": n} for n in range(9)], "list": [GOOD] * 3}
    script = json.dumps(page).replace("</", "<\\/")
    assert len(list_pictures(f"<script>var x = [1, {{y}}]; window.s = {script}; f({{}});</script>")) == 3


@pytest.mark.parametrize("nested", ['{"a":[', "[0,", '[{"a":"b"},', "[{"])
def test_a_page_that_is_all_brackets_is_soon_given_up(nested: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It took half a minute when the page was read again from each of them."""
    positions = []

    class Counting(json.JSONDecoder):
        def raw_decode(self, text: str, index: int = 0) -> tuple[object, int]:
            positions.append(index)
            return super().raw_decode(text, index)

    monkeypatch.setattr(embedded_json, "DECODER", Counting())
    monkeypatch.setattr(embedded_json, "MAX_EFFORT", 10**8)
    list_pictures(f"<script>{nested * 50_000}</script>")
    assert len(positions) < 20_000  # of 50,000 brackets and more

"""What the options of `crawl_vcg` do."""

import json
from pathlib import Path

import pytest

from crawler.models import Item, Run
from tests.crawler.crawl_helpers import expected_name, read_files, run_crawl_vcg
from tests.crawler.fake_vcg import FakeVcg, Fault, PageFault, PictureSlot

pytestmark = pytest.mark.django_db
ONE = ("--class", "super_star", "--gender", "male")


def slot(number: int, page: int = 1) -> PictureSlot:
    return PictureSlot("明星", 1, page, number)


def test_a_range_of_pages_is_all_that_is_read(tmp_path: Path) -> None:
    with FakeVcg(pages=5, per_page=3) as site:
        assert run_crawl_vcg(site, tmp_path, *ONE, "--pages", "2-3")[0] == 0
        pages = [request.path.rpartition("page=")[2] for request in site.requests if "page=" in request.path]
        assert pages == ["2", "3"]
        assert set(read_files(tmp_path)) == {
            expected_name(slot(number, page)) for page in (2, 3) for number in (1, 2, 3)
        }
        assert run_crawl_vcg(site, tmp_path, *ONE, "--pages", "4-")[0] == 0
    assert len(read_files(tmp_path)) == 12


def test_a_phrase_of_ones_own_has_a_class_of_its_own(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=3) as site:
        assert run_crawl_vcg(site, tmp_path, "--phrase", "雪景", "--class", "snow", "--gender", "female")[0] == 0
        assert site.count(site.build_page_url("雪景", 2, 1)) == 1
        data = site.picture(("雪景", 2, 1, 2))
    assert len(read_files(tmp_path)) == 3
    assert (tmp_path / "snow/female/snow_female_vcg_raw_page1_2.jpg").read_bytes() == data
    assert len((tmp_path / "snow/manifest.jsonl").read_text("utf-8").splitlines()) == 3


def test_the_number_of_people_is_left_open_when_any_will_do(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=1) as site:
        run_crawl_vcg(site, tmp_path, *ONE, "--people", "any")
        assert not any("creativePeopleNum" in request.path for request in site.requests)
        run_crawl_vcg(site, tmp_path / "one", *ONE)
        assert any("creativePeopleNum=2&creativeGender=1" in request.path for request in site.requests)


def test_the_limit_asks_for_no_picture_that_there_is_no_room_for(tmp_path: Path) -> None:
    with FakeVcg(pages=2, per_page=20) as site:
        assert run_crawl_vcg(site, tmp_path, *ONE, "--limit", "3")[0] == 0
        assert sum(request.path.endswith(".jpg") for request in site.requests) == 3
        assert run_crawl_vcg(site, tmp_path, *ONE, "--limit", "25")[0] == 0
        assert sum(request.path.endswith(".jpg") for request in site.requests) == 25
    assert set(read_files(tmp_path)) == {expected_name(slot(n)) for n in range(1, 21)} | {
        expected_name(slot(n, 2)) for n in range(1, 6)
    }


def test_the_least_size_is_of_the_shorter_side(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=8, faults={slot(1): Fault.TOO_SMALL}) as site:
        assert run_crawl_vcg(site, tmp_path, *ONE)[0] == 1
        assert Item.objects.get(reason="too_small").position == 1
        assert run_crawl_vcg(site, tmp_path / "large", *ONE, "--min-size", "320")[0] == 1
        small = set(
            Item.objects.filter(output__endswith="large", reason="too_small").values_list("position", flat=True)
        )
    assert 1 in small
    assert 0 < len(read_files(tmp_path / "large")) == 8 - len(small) < 7


def test_the_most_megabytes_are_of_a_picture(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=3) as site:
        run_crawl_vcg(site, tmp_path, *ONE, "--max-mb", "0.01")
    assert set(Item.objects.values_list("reason", flat=True)) == {"too_large"}


def test_items_without_an_address_or_of_another_kind_are_recorded_and_not_asked_for(tmp_path: Path) -> None:
    faults = {slot(2): Fault.NO_URL800, slot(4): Fault.NOT_CREATIVE}
    with FakeVcg(pages=1, per_page=5, faults=faults) as site:
        status, said = run_crawl_vcg(site, tmp_path, *ONE)
        assert not any("/editorial/" in request.path for request in site.requests)
    assert status == 0
    assert "no_address: 1" in said
    assert "other_kind: 1" in said
    skipped = Item.objects.filter(state="skipped").values_list("position", "reason")
    assert list(skipped) == [(2, "no_address"), (4, "other_kind")]


@pytest.mark.parametrize(
    "fault", [Fault.HTML, Fault.HTML_AS_JPEG, Fault.TRUNCATED, Fault.NOT_FOUND, Fault.CUT_OFF], ids=lambda f: f.name
)
def test_what_is_no_picture_fails_with_its_reason_and_leaves_no_file(tmp_path: Path, fault: Fault) -> None:
    reasons = {
        Fault.TRUNCATED: ("damaged", True),
        Fault.NOT_FOUND: ("missing", True),
        Fault.CUT_OFF: ("broken_off", False),
    }
    with FakeVcg(pages=1, per_page=2, faults={slot(1): fault}) as site:
        assert run_crawl_vcg(site, tmp_path, *ONE)[0] == 1
    item = Item.objects.get(state="failed")
    assert (item.reason, item.is_final) == reasons.get(fault, ("not_a_picture", True))
    assert set(read_files(tmp_path)) == {expected_name(slot(2))}


@pytest.mark.parametrize("end", ["empty", "repeat"])
def test_a_page_that_the_site_repeats_amid_others_ends_the_paging(tmp_path: Path, end: str) -> None:
    fault = PageFault.EMPTY if end == "empty" else PageFault.REPEATED
    with FakeVcg(pages=4, per_page=3, page_faults={("明星", 1, 3): fault}) as site:
        assert run_crawl_vcg(site, tmp_path, *ONE)[0] == 0
        assert site.count(site.build_page_url("明星", 1, 4)) == 0
    assert len(read_files(tmp_path)) == 6


def test_json_is_a_line_a_set_and_one_for_all(tmp_path: Path) -> None:
    faults = {slot(1): Fault.NO_URL800, slot(2): Fault.NOT_FOUND}
    with FakeVcg(pages=1, per_page=4, faults=faults) as site:
        status, said = run_crawl_vcg(site, tmp_path, "--class", "super_star", "--json")
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert status == 1
    assert [line["name"] for line in lines] == ["super_star/male", "super_star/female", "all"]
    assert {"kept": 2, "skipped": 1, "failed": 1, "reasons": {"no_address": 1, "missing": 1}}.items() <= lines[
        0
    ].items()
    total = lines[-1]
    assert (total["kept"], total["skipped"], total["failed"], total["stopped"]) == (6, 1, 1, None)
    assert total["bytes"] == sum(map(len, read_files(tmp_path).values()))
    run = Run.objects.get()
    assert (run.kept, run.skipped, run.failed, run.bytes) == (6, 1, 1, total["bytes"])
    assert run.options["pages"] == [1, 0]


def test_json_says_why_a_crawl_stopped(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=2, every_page=PageFault.CHALLENGE) as site:
        status, said = run_crawl_vcg(site, tmp_path, *ONE, "--json")
    summary = json.loads([line for line in said.splitlines() if line.startswith("{")][-1])
    assert status == 2
    assert "verification" in summary["stopped"]


def test_a_dry_run_asks_for_pages_only_and_writes_nothing(tmp_path: Path) -> None:
    with FakeVcg(pages=2, per_page=3, after_last="repeat", faults={slot(2): Fault.NO_URL800}) as site:
        status, said = run_crawl_vcg(site, tmp_path / "none", *ONE, "--dry-run", "--json", "--pages", "1-9")
        assert not any(request.kind == "picture" for request in site.requests)
        lines = [json.loads(line) for line in said.splitlines()]
        assert [(line["name"], line["page"], line["items"]) for line in lines] == [
            ("super_star/male", 1, 3),
            ("super_star/male", 2, 3),
        ]
        assert lines[0]["addresses"] == [site.picture_url(slot(number)) for number in (1, 3)]
    assert status == 0
    assert not (tmp_path / "none").exists()
    assert not Run.objects.exists()
    assert not Item.objects.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"robots": "Disallow: /"}, "does not want its pages of results to be read by programs"),
        ({"every_page": PageFault.CHALLENGE}, "asks for a verification"),
        ({"every_page": PageFault.ERROR_ALWAYS}, "cannot be read (status_500"),
    ],
    ids=["robots", "challenge", "error"],
)
def test_a_dry_run_stops_where_a_crawl_would(tmp_path: Path, options: dict, message: str) -> None:
    with FakeVcg(pages=1, per_page=3, **options) as site:
        status, said = run_crawl_vcg(site, tmp_path, *ONE, "--dry-run")
    assert status == 2
    assert message in said


def test_a_class_named_twice_is_collected_once(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=2) as site:
        words = ("--class", "super_star", "super_star", "--gender", "male", "male")
        _status, said = run_crawl_vcg(site, tmp_path, *words, "--json")
    assert said.count('"name": "super_star/male"') == 1

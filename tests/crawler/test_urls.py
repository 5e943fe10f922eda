"""`crawl_site urls`: pictures from a list of addresses."""

from pathlib import Path

import pytest

from crawler.models import Item
from tests.crawler.crawl_helpers import read_files, run_command
from tests.crawler.fake_vcg import FakeVcg, Fault, PictureSlot
from tests.crawler.scripted_server import ScriptedServer

pytestmark = pytest.mark.django_db
QUICK = ("--delay", "0", "--backoff", "0.02")


def slot(number: int) -> PictureSlot:
    return PictureSlot("明星", 1, 1, number)


def crawl_list(tmp_path: Path, text: str, *more: str, trusted: str = "") -> tuple[int, str]:
    listed = tmp_path / "list.txt"
    listed.write_text(text, "utf-8")
    allowed = ("--allow-host", trusted) if trusted else ()
    words = ("urls", "--from-urls", str(listed), "--class", "own", "--output", str(tmp_path / "out"))
    return run_command("crawl_site", *words, *QUICK, *allowed, *more)


def read_reasons() -> dict[str, str]:
    return dict(Item.objects.exclude(reason="").values_list("url", "reason"))


def test_good_lines_become_files_and_bad_ones_are_recorded(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=6, faults={slot(3): Fault.NOT_FOUND}) as site:
        first, second, gone = (site.picture_url(slot(number)) for number in (1, 2, 3))
        bad = ["no address", "ftp://example.com/a.jpg", "http://[::1/a.jpg", "http://*/a.jpg", "//example.com/a.jpg"]
        lines = ["\ufeff# my pictures", "", f"  {first}  ", f"{second} # a note", first, gone, *bad, first]
        status, said = crawl_list(tmp_path, "\r\n".join(lines), trusted=site.picture_host)
        assert site.count(first) == site.count(second) == 1
        expected = [site.picture(slot(1)), site.picture(slot(2))]
    assert status == 1
    assert "6 pictures could not be had" in said
    kept = read_files(tmp_path / "out")
    assert kept == {f"own/any/own_any_urls_raw_page1_{number}.jpg": data for number, data in enumerate(expected, 1)}
    assert read_reasons() == {gone: "missing", **dict.fromkeys(bad, "bad_address")}
    assert len((tmp_path / "out/own/manifest.jsonl").read_text("utf-8").splitlines()) == 2


def test_private_addresses_are_refused_unless_they_are_named(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=1) as site:
        url = site.picture_url(slot(1))
        port = site.picture_host.partition(":")[2]
        lines = [url, url.replace("127.0.0.1", "localhost"), f"http://[::ffff:127.0.0.1]:{port}/x.jpg"]
        assert crawl_list(tmp_path, "\n".join(lines))[0] == 1
        assert site.requests == []
        assert read_reasons() == dict.fromkeys(lines, "private_address")


def test_a_port_that_is_written_down_is_meant(tmp_path: Path) -> None:
    """It is the private network that is refused here, not the port."""
    assert crawl_list(tmp_path, "http://127.0.0.1:8080/a.jpg\nhttp://127.0.0.1/b.jpg")[0] == 1
    assert set(read_reasons().values()) == {"private_address"}


def test_a_redirect_to_a_host_that_is_not_listed_is_not_followed(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=1, faults={slot(1): Fault.REDIRECT_TRAP}) as site:
        url = site.picture_url(slot(1))
        assert crawl_list(tmp_path, url, trusted=site.picture_host)[0] == 1
        assert site.trapped == []
    assert read_reasons() == {url: "other_host"}


def test_another_list_goes_into_the_same_folder_and_a_longer_one_brings_what_is_new(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=6) as site:
        lines = [site.picture_url(slot(number)) for number in range(1, 7)]
        assert crawl_list(tmp_path, "\n".join(lines[:2]), trusted=site.picture_host)[0] == 0
        assert crawl_list(tmp_path, "\n".join(lines[:4]), trusted=site.picture_host)[0] == 0
        assert len(read_files(tmp_path / "out")) == 4
        assert crawl_list(tmp_path, "\n".join(lines[4:]), trusted=site.picture_host)[0] == 0
        assert crawl_list(tmp_path, "\n".join(lines), trusted=site.picture_host)[0] == 0
        assert {site.count(line) for line in lines} == {1}
    kept = read_files(tmp_path / "out")
    assert len(kept) == 6
    assert "own/any/own_any_urls_raw_page1_1_2.jpg" in kept  # first of another list


def test_a_list_of_more_than_a_page_comes_to_its_end_whatever_it_repeats(tmp_path: Path) -> None:
    with ScriptedServer(lambda request: request.respond(404)) as server:
        block = [f"{server.url}/{number}.jpg" for number in range(100)]
        lines = [*block, *block, f"{server.url}/last.jpg"]
        assert crawl_list(tmp_path, "\n".join(lines), trusted=server.host_port)[0] == 1
        assert len(server.paths) == 102  # with robots.txt
        assert server.paths[-1] == "/last.jpg"


def test_the_same_picture_is_kept_once_beside_those_of_a_site(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=2) as site:
        words = ("--class", "super_star", "--gender", "male", "--output", str(tmp_path / "out"))
        hosts = ("--base-url", site.search_url, "--allow-host", site.picture_host)
        assert run_command("crawl_vcg", *words, *QUICK, *hosts)[0] == 0
        copy = site.picture_url(slot(1)) + "?copy"
        assert crawl_list(tmp_path, copy, trusted=site.picture_host)[0] == 0
    item = Item.objects.get(url=copy)
    assert (item.reason, item.same_as) == ("duplicate", "super_star/male/super_star_male_vcg_raw_page1_1.jpg")
    assert len(read_files(tmp_path / "out")) == 2


def test_a_dry_run_lists_the_addresses(tmp_path: Path) -> None:
    status, said = crawl_list(tmp_path, "https://example.com/a.jpg\nhttps://example.com/b.jpg", "--dry-run")
    assert status == 0
    assert "own/any page 1: 2 of 2" in said
    assert "  https://example.com/b.jpg" in said
    assert not (tmp_path / "out").exists()

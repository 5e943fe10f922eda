"""A whole crawl: 1,200 pictures, a fifth of them faulty in every way that a site can be."""

import hashlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crawler.models import Item, Run
from imaging.hashing import hamming_distance, perceptual_hash
from tests.crawler.crawl_helpers import GENDERS, LABELS, expected_name, read_files, read_manifests, run_crawl_vcg
from tests.crawler.fake_vcg import CopyOf, FakeVcg, Fault, Outcome, PageFault, PictureSlot, scatter_faults

pytestmark = [pytest.mark.django_db, pytest.mark.mariadb]


@pytest.mark.slow
def test_a_crawl_of_four_sets_ends_with_exactly_the_right_files_and_asks_for_nothing_twice(tmp_path: Path) -> None:
    plan = scatter_faults(pages=3, per_page=100)
    with FakeVcg(pages=3, per_page=100, faults=plan.faults, retry_after=0, drip_seconds=0.3) as site:
        status, said = run_crawl_vcg(site, tmp_path)
        kept = read_files(tmp_path)
        expected = {expected_name(slot, ".png" if plan.faults.get(slot) == Fault.PNG else ".jpg") for slot in plan.good}
        assert set(kept) == expected
        assert status == 1, said  # some could not be had
        assert site.trapped == []
        lines = {line["file"]: line for line in read_manifests(tmp_path)}
        assert set(lines) == expected
        for name, data in kept.items():
            assert lines[name]["sha256"] == hashlib.sha256(data).hexdigest()
            with Image.open(BytesIO(data)) as picture:
                assert picture.size == (lines[name]["width"], lines[name]["height"])

        asked = len(site.requests)
        status, _said = run_crawl_vcg(site, tmp_path)
        assert status == 0
        assert len(site.requests) == asked
        assert read_files(tmp_path) == kept
        assert {line["file"]: line for line in read_manifests(tmp_path)} == lines

    states = dict.fromkeys(Item.State.values, 0) | {
        state: Item.objects.filter(state=state).count() for state in Item.State.values
    }
    skipped = plan.list_slots_with(Outcome.SKIPPED) + plan.list_slots_with(Outcome.DUPLICATE)
    assert states["kept"] == len(plan.good)
    assert states["skipped"] == len(skipped)
    assert states["failed"] == 1200 - len(plan.good) - len(skipped)
    assert [run.state for run in Run.objects.order_by("pk")] == ["done", "done"]


ONE = ("--class", "super_star", "--gender", "male")


def test_names_folders_and_manifest_are_what_the_trainer_reads(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=5) as site:
        run_crawl_vcg(site, tmp_path)
        for phrase, label in LABELS.items():
            for number, gender in GENDERS.items():
                data = read_files(tmp_path)[f"{label}/{gender}/{label}_{gender}_vcg_raw_page1_3.jpg"]
                assert data == site.picture((phrase, number, 1, 3))
    line = next(line for line in read_manifests(tmp_path) if line["place"] == 2)
    assert line["page"] == 1
    assert line["address"].startswith("http://")
    assert {"id", "title", "keywords", "licence", "fetched_at"} <= set(line)
    with Image.open(tmp_path / line["file"]) as picture:
        assert hamming_distance(perceptual_hash(np.asarray(picture)), int(line["perceptual_hash"], 16)) <= 2


@pytest.mark.parametrize("shape", ["state", "html", "service"])
def test_every_shape_of_page_is_read(tmp_path: Path, shape) -> None:
    with FakeVcg(pages=2, per_page=6, shape=shape) as site:
        assert run_crawl_vcg(site, tmp_path, *ONE)[0] == 0
    assert len(read_files(tmp_path)) == 12


@pytest.mark.parametrize("fault", [PageFault.GZIP, PageFault.BROTLI, PageFault.GB18030, PageFault.GB18030_META])
def test_every_packing_and_charset_is_read(tmp_path: Path, fault: PageFault) -> None:
    with FakeVcg(pages=1, per_page=4, every_page=fault) as site, FakeVcg(pages=1, per_page=4) as plain:
        run_crawl_vcg(site, tmp_path / "a", *ONE)
        run_crawl_vcg(plain, tmp_path / "b", *ONE)
    titles = [[line["title"] for line in read_manifests(tmp_path / folder)] for folder in "ab"]
    assert titles[0] == titles[1]
    assert any(not title.isascii() for title in titles[0])


@pytest.mark.parametrize("end", ["404", "repeat", "empty"])
def test_a_crawl_without_a_last_page_ends_where_the_site_does(tmp_path: Path, end) -> None:
    with FakeVcg(pages=2, per_page=5, after_last=end) as site:
        assert run_crawl_vcg(site, tmp_path, *ONE)[0] == 0
        assert len(read_files(tmp_path)) == 10
        asked = len(site.requests)
        run_crawl_vcg(site, tmp_path, *ONE)
        assert len(site.requests) == asked


def test_the_same_picture_is_kept_once_across_classes_and_runs(tmp_path: Path) -> None:
    faults = {
        PictureSlot("明星", 2, 1, 1): CopyOf(PictureSlot("明星", 1, 1, 1)),
        PictureSlot("动漫人物", 1, 1, 2): CopyOf(PictureSlot("明星", 1, 1, 3), near=True),
    }
    with FakeVcg(pages=1, per_page=3, faults=faults) as site:
        run_crawl_vcg(site, tmp_path, "--class", "super_star")
        run_crawl_vcg(site, tmp_path, "--class", "cartoon")
    same = dict(Item.objects.filter(state="skipped").values_list("reason", "same_as"))
    assert same == {
        "duplicate": "super_star/male/super_star_male_vcg_raw_page1_1.jpg",
        "near_duplicate": "super_star/male/super_star_male_vcg_raw_page1_3.jpg",
    }
    assert len(read_files(tmp_path)) == 10


def test_the_limit_is_of_files_a_set(tmp_path: Path) -> None:
    with FakeVcg(pages=2, per_page=5, faults={PictureSlot("明星", 1, 1, 2): Fault.NOT_FOUND}) as site:
        run_crawl_vcg(site, tmp_path, "--class", "super_star", "--limit", "3")
        wanted = [PictureSlot("明星", 1, 1, number) for number in (1, 3, 4)]
        wanted += [PictureSlot("明星", 2, 1, number) for number in (1, 2, 3)]
        assert set(read_files(tmp_path)) == {expected_name(slot) for slot in wanted}
        asked = len(site.requests)
        run_crawl_vcg(site, tmp_path, "--class", "super_star", "--limit", "3")
        assert len(site.requests) == asked


def test_a_dry_run_lists_and_writes_nothing(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=3, faults={PictureSlot("明星", 1, 1, 2): Fault.NO_URL800}) as site:
        status, said = run_crawl_vcg(site, tmp_path / "none", *ONE, "--dry-run")
        assert status == 0
        assert "page 1: 2 of 3" in said
        assert site.picture_url(("明星", 1, 1, 1)) in said
    assert not (tmp_path / "none").exists()
    assert not Item.objects.exists()


def test_fresh_asks_for_pages_again_but_for_no_picture(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=4) as site:
        run_crawl_vcg(site, tmp_path, *ONE)
        before = len(site.requests)
        run_crawl_vcg(site, tmp_path, *ONE, "--fresh")
        new = [request.path for request in site.requests[before:]]
    assert any("/creative/search" in path for path in new)
    assert not any(".jpg" in path for path in new)


def test_what_server_or_line_failed_at_is_tried_again_when_asked_for(tmp_path: Path) -> None:
    slot = PictureSlot("明星", 1, 1, 2)
    with FakeVcg(pages=1, per_page=3, faults={slot: Fault.ERROR_ALWAYS}) as site:
        assert run_crawl_vcg(site, tmp_path, *ONE)[0] == 1
        url = site.picture_url(slot)
        attempts = site.count(url)
        assert attempts == 3
        assert run_crawl_vcg(site, tmp_path, *ONE)[0] == 0
        assert site.count(url) == attempts
        assert run_crawl_vcg(site, tmp_path, *ONE, "--retry")[0] == 1
        assert site.count(url) == 2 * attempts


def test_half_a_manifest_of_an_earlier_version_is_taken_away(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=2) as site:
        run_crawl_vcg(site, tmp_path, *ONE)
        part = next(tmp_path.glob("*/manifest.jsonl")).with_name("manifest.jsonl.part")
        part.write_text("{", "utf-8")
        run_crawl_vcg(site, tmp_path, *ONE)
    assert not part.exists()

"""A crawl that is killed or interrupted, and taken up again, ends as one that was not."""

import random
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.store import INCOMING
from tests.crawler.crawl_helpers import CrawlerProcess, build_crawl_arguments, read_files, read_manifests
from tests.crawler.fake_vcg import FakeVcg, Fault, scatter_faults
from tests.needs import ROOT

pytestmark = pytest.mark.no_database  # each crawler has one of its own
# Those that fail or come right at once: a run has to be short enough for ten of them.
KINDS = (Fault.NO_URL800, Fault.TRUNCATED, Fault.NOT_FOUND, Fault.ERROR_ONCE, Fault.DUPLICATE, Fault.NEAR_DUPLICATE)
SIZE = {"pages": 2, "per_page": 50}


def crawl_undisturbed(folder: Path, faults: dict) -> tuple[dict[str, bytes], list[str]]:
    with FakeVcg(**SIZE, faults=faults) as site:
        CrawlerProcess(folder).run("crawl_vcg", *build_crawl_arguments(site, folder / "out", "--workers", "3"))
    return read_files(folder / "out"), [line["file"] for line in read_manifests(folder / "out")]


def find_downloaded_paths(folder: Path) -> set[str]:
    """The paths of the pictures that a killed crawl has: those that its rows say were dealt with, and those that lie
    whole in its incoming folder. What was under way, or had come but was not written yet, may be asked for again.
    """
    whole = {path.name for path in (folder / "out" / INCOMING).glob("*") if path.suffix != ".part"}
    with closing(sqlite3.connect(folder / "crawl.sqlite3")) as database:
        rows = database.execute("SELECT address, state, key FROM crawler_item").fetchall()
    return {urlsplit(url).path for url, state, key in rows if state != "waiting" or key in whole}


@pytest.mark.slow
def test_ten_runs_killed_at_any_moment_end_with_the_same_set_and_download_nothing_twice(tmp_path: Path) -> None:
    plan = scatter_faults(**SIZE, kinds=KINDS)
    expected, listed = crawl_undisturbed(tmp_path / "a", plan.faults)
    assert len(expected) == len(plan.good)
    folder = tmp_path / "b"
    rng = random.Random(5)
    killed, downloaded_paths = 0, set[str]()
    with FakeVcg(**SIZE, faults=plan.faults, picture_seconds=0.05) as site:
        process = CrawlerProcess(folder)
        command = ("crawl_vcg", *build_crawl_arguments(site, folder / "out", "--workers", "3"))

        def asked_since(before: int) -> set[str]:
            return {request.path for request in site.requests[before:] if request.kind == "picture"}

        for _run in range(10):
            asked = len(site.requests)
            running = process.start(*command)
            while len(site.requests) == asked and running.poll() is None:
                time.sleep(0.01)  # until it is at work
            time.sleep(rng.uniform(0.05, 0.5))
            killed += running.poll() is None
            running.send_signal(signal.SIGKILL)
            running.communicate()
            assert not downloaded_paths & asked_since(asked)
            downloaded_paths = find_downloaded_paths(folder)
            for name, data in read_files(folder / "out").items():
                if not name.startswith(INCOMING):
                    assert expected[name] == data, "a file that an undisturbed crawl does not have"
        asked = len(site.requests)
        process.run(*command)
        assert not downloaded_paths & asked_since(asked)
    assert killed >= 5, "too quick to be killed"
    assert read_files(folder / "out") == expected
    assert [line["file"] for line in read_manifests(folder / "out")] == listed


@pytest.mark.slow
def test_ctrl_c_finishes_what_is_under_way_and_says_how_to_go_on(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=80, picture_seconds=0.05) as site:
        process = CrawlerProcess(tmp_path)
        command = ("crawl_vcg", *build_crawl_arguments(site, tmp_path / "out", "--class", "super_star"))
        running = process.start(*command)
        while len(site.requests) < 12:
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        _out, error = running.communicate(timeout=60)
        assert running.returncode == 2
        assert "The same command goes on from here" in error
        assert "Traceback" not in error
        # A picture that overtook one not begun waits, whole, in the incoming folder to be decided about.
        kept = {name for name in read_files(tmp_path / "out") if not name.startswith(INCOMING)}
        assert 0 < len(kept) < 160
        assert {line["file"] for line in read_manifests(tmp_path / "out")} == kept
        assert process.run(*command).returncode == 0
        asked = Counter(request.path for request in site.requests if request.kind == "picture")
    assert len(read_files(tmp_path / "out")) == 160
    assert max(count for path, count in asked.items() if path.endswith(".jpg")) == 1


def test_a_second_ctrl_c_waits_for_nobody(tmp_path: Path) -> None:
    faults = dict.fromkeys(FakeVcg(pages=1, per_page=8).list_slots(), Fault.STALL)
    with FakeVcg(pages=1, per_page=8, faults=faults) as site:
        running = CrawlerProcess(tmp_path).start("crawl_vcg", *build_crawl_arguments(site, tmp_path / "out"))
        while not any(request.path.endswith(".jpg") for request in site.requests):
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        assert running.stderr
        assert "once more to break it off" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        _out, error = running.communicate(timeout=15)  # a stalled picture is given up after 20 seconds
    assert running.returncode == 2
    assert "Canceled. The same command goes on from here." in error
    assert "Traceback" not in error


def test_a_second_crawl_into_the_same_folder_at_the_same_time_is_refused(tmp_path: Path) -> None:
    faults = dict.fromkeys(FakeVcg(pages=1, per_page=8).list_slots(), Fault.STALL)  # the first is at it for minutes
    with FakeVcg(pages=1, per_page=8, faults=faults) as site:
        process = CrawlerProcess(tmp_path)
        command = ("crawl_vcg", *build_crawl_arguments(site, tmp_path / "out", "--class", "super_star"))
        running = process.start(*command)
        while not any(request.path.endswith(".jpg") for request in site.requests):
            time.sleep(0.01)
        second = process.run(*command)
        assert second.returncode == 2
        assert "another crawl is writing" in second.stderr
        running.send_signal(signal.SIGKILL)
        running.communicate()


@pytest.mark.parametrize(
    ("size", "scattered"),
    [
        ({"pages": 1, "per_page": 40}, {"share": 0.5, "kinds": (Fault.ENDLESS, Fault.OVERSIZE, Fault.TRUNCATED)}),
        ({"pages": 3, "per_page": 100}, {}),
    ],
    ids=["oversize", "1200"],
)
@pytest.mark.slow
def test_memory_stays_below_200_megabytes_whatever_a_site_sends(tmp_path: Path, size: dict, scattered: dict) -> None:
    plan = scatter_faults(**size, **scattered)
    with FakeVcg(**size, faults=plan.faults, retry_after=0, drip_seconds=0.1) as site:
        process = CrawlerProcess(tmp_path)
        process.environment["PYTHONPATH"] = str(ROOT)
        result = process.run(
            "crawl_vcg",
            *build_crawl_arguments(site, tmp_path / "out"),
            script=ROOT / "tests/crawler/run_with_peak_memory.py",
        )
    assert len(read_files(tmp_path / "out")) == len(plan.good)
    assert int(result.stdout.rpartition("peak ")[2]) < 200

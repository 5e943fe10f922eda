"""How many pictures a second `crawl_vcg` collects with no pause, beside `wget -i` of the same URLs.

    .venv/bin/python benchmarks/crawl.py [--turns 3]

Both ask the test site (tests/crawler/fake_vcg), which runs in a process of its own on this machine: once with pictures
that come at once, and once with pictures that take 20 ms each, as over a network. wget only stores what comes; the
crawler also reads pages and robots.txt, unpacks every picture, compares it with all others and keeps rows of it. Turns
are taken one after the other, and the medians are of whole commands, from their start to their end.
"""

import argparse
import json
import multiprocessing
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.crawler.crawl_helpers import CrawlerProcess
from tests.crawler.fake_vcg import FakeVcg

WORKERS = 4


@dataclass(frozen=True)
class Scenario:
    """`pages` of 100 pictures in each of four sets, each picture taking so many seconds."""

    name: str
    pages: int
    seconds: float


@dataclass(frozen=True)
class SiteUrls:
    search: str
    pictures: str
    urls: list[str]


SCENARIOS = (Scenario("at once", 3, 0.0), Scenario("20 ms a picture", 1, 0.02))


def run_site(scenario: Scenario, pipe: Connection) -> None:
    """Serve the site until the other end says so."""
    with FakeVcg(pages=scenario.pages, picture_seconds=scenario.seconds) as site:
        site.render_all_pictures()
        urls = [site.picture_url(place) for place in site.list_slots()]
        pipe.send(SiteUrls(site.search_url, site.picture_host, urls))
        pipe.recv()


@contextmanager
def site_process(scenario: Scenario) -> Iterator[SiteUrls]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=run_site, args=(scenario, theirs))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("done")
        process.join()


def time_wget(site: SiteUrls, folder: Path) -> float:
    """Return the seconds that `wget -i` takes."""
    folder.mkdir()
    (folder / "list").write_text("\n".join(site.urls), "utf-8")
    started = time.perf_counter()
    subprocess.run(["wget", "--quiet", "-i", "list"], cwd=folder, check=True)
    seconds = time.perf_counter() - started
    assert len(list(folder.glob("*.jpg"))) == len(site.urls)
    return seconds


def time_crawl(site: SiteUrls, folder: Path) -> tuple[float, float]:
    """Return the seconds of the whole command, and of the crawl alone, without the start of Python and Django."""
    process = CrawlerProcess(folder)
    words = ["--base-url", site.search, "--allow-host", site.pictures, "--output", str(folder / "out"), "--json"]
    started = time.perf_counter()
    result = process.run("crawl_vcg", *words, "--delay", "0", "--workers", str(WORKERS))
    seconds = time.perf_counter() - started
    total = json.loads(result.stdout.splitlines()[-1])
    assert total["kept"] == len(site.urls), result.stderr
    return seconds, total["seconds"]


def measure_row(scenario: Scenario, turns: int) -> str:
    """Return a row of the table."""
    wget_seconds, command_seconds, crawl_seconds = [], [], []
    with site_process(scenario) as site, tempfile.TemporaryDirectory() as folder:
        for turn in range(turns):
            wget_seconds.append(time_wget(site, Path(folder, f"wget{turn}")))
            whole, inner = time_crawl(site, Path(folder, f"crawl{turn}"))
            command_seconds.append(whole)
            crawl_seconds.append(inner)
    items = len(site.urls)
    rates = [items / statistics.median(seconds) for seconds in (wget_seconds, command_seconds, crawl_seconds)]
    cells = [scenario.name, str(items), *(f"{rate:.0f}" for rate in rates), f"{rates[1] / rates[0]:.2f}"]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=3, help="of each, of which the median counts (default: 3)")
    turns = parser.parse_args().turns
    if not shutil.which("wget"):
        sys.exit("wget is not installed")
    print(f"Pictures a second, {WORKERS} workers, the median of {turns} turns\n")
    print("| pictures come | pictures | wget -i | crawl_vcg | without its start | crawl_vcg : wget |")
    print("|---|---|---|---|---|---|")
    for scenario in SCENARIOS:
        print(measure_row(scenario, turns), flush=True)


if __name__ == "__main__":
    main()

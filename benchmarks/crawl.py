"""How many pictures a second `crawl_vcg` collects with no pause, beside `wget -i` of the same addresses.

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
class Scene:
    """`pages` of 100 pictures in each of four sets, each picture taking so many seconds."""

    name: str
    pages: int
    seconds: float


@dataclass(frozen=True)
class Site:
    search: str
    pictures: str
    addresses: list[str]


SCENES = (Scene("at once", 3, 0.0), Scene("20 ms a picture", 1, 0.02))


def serve(scene: Scene, pipe: Connection) -> None:
    """Until the other end says so."""
    with FakeVcg(pages=scene.pages, picture_seconds=scene.seconds) as site:
        site.render_all_pictures()
        addresses = [site.picture_url(place) for place in site.list_slots()]
        pipe.send(Site(site.search_url, site.picture_host, addresses))
        pipe.recv()


@contextmanager
def served(scene: Scene) -> Iterator[Site]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=serve, args=(scene, theirs))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("done")
        process.join()


def wget(site: Site, folder: Path) -> float:
    """Seconds."""
    folder.mkdir()
    (folder / "list").write_text("\n".join(site.addresses))
    begun = time.perf_counter()
    subprocess.run(["wget", "--quiet", "-i", "list"], cwd=folder, check=True)
    seconds = time.perf_counter() - begun
    assert len(list(folder.glob("*.jpg"))) == len(site.addresses)
    return seconds


def crawl(site: Site, folder: Path) -> tuple[float, float]:
    """Seconds of the whole command, and of the crawl alone, without the start of Python and Django."""
    process = CrawlerProcess(folder)
    words = ["--base-url", site.search, "--allow-host", site.pictures, "--output", str(folder / "out"), "--json"]
    begun = time.perf_counter()
    result = process.run("crawl_vcg", *words, "--delay", "0", "--workers", str(WORKERS))
    seconds = time.perf_counter() - begun
    total = json.loads(result.stdout.splitlines()[-1])
    assert total["kept"] == len(site.addresses), result.stderr
    return seconds, total["seconds"]


def measured(scene: Scene, turns: int) -> str:
    """A row of the table."""
    theirs, ours, alone = [], [], []
    with served(scene) as site, tempfile.TemporaryDirectory() as folder:
        for turn in range(turns):
            theirs.append(wget(site, Path(folder, f"wget{turn}")))
            whole, inner = crawl(site, Path(folder, f"crawl{turn}"))
            ours.append(whole)
            alone.append(inner)
    items = len(site.addresses)
    rates = [items / statistics.median(seconds) for seconds in (theirs, ours, alone)]
    cells = [scene.name, str(items), *(f"{rate:.0f}" for rate in rates), f"{rates[1] / rates[0]:.2f}"]
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
    for scene in SCENES:
        print(measured(scene, turns), flush=True)


if __name__ == "__main__":
    main()

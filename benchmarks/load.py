"""The site under load: how many photos a second many people get converted, and what they meet with meanwhile.

    .venv/bin/python benchmarks/load.py [--people 50] [--seconds 300] [--json] [--url http://127.0.0.1:8000]

It starts a site as `make run` does, with folders and a database of its own, which are gone afterwards; settings come
from the environment. People log in once; then each uploads a photo, waits, fetches the result, looks at My works, and
begins again with another photo. Who is told to come back later (503 with Retry-After) does. Somebody else looks at
pages that convert nothing. Every half a minute the people stand still, and the engine converts such photos without the
site, in as many processes. At the end every accepted upload must have one row and its files, and nothing else may lie
in the media folder.

With --url it asks a site that runs already, signs people up there, and measures only what can be seen from outside.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.load_clock import Clock
from benchmarks.load_people import LoadLog, SimulatedUser, run_prober
from benchmarks.load_photos import load_photos
from tests.faults.own_site import PASSWORD, OwnSite
from tests.faults.visitor import Visitor

BARE_SCRIPT = Path(__file__).with_name("load_bare.py")
PROBER = "load-prober"
ROUND_SECONDS, ALONE_SECONDS = 30, 10
FILES = 4  # of a work: photo, its preview, result, its thumbnail
# What one person may do in an hour is not what is measured here.
LIMITS = {"UPLOADS_PER_HOUR": "100000", "QUOTA_WORKS": "0", "QUOTA_MEGABYTES": "0", "LOG_LEVEL": "WARNING"}
ROWS = """
import json
from gallery.models import Photo, Work
from gallery.storage.media import media_path
works = list(Work.objects.select_related("photo"))
whole = [w for w in works if all(media_path(f).is_file() for f in (*w.files, *w.photo.files))]
print(json.dumps({"works": sorted(str(w.pk) for w in works), "whole": len(whole), "photos": Photo.objects.count()}))
"""


def percentile(values: list[float], share: float) -> float:
    """The smallest value that this share of them does not exceed."""
    return sorted(values)[ceil(len(values) * share) - 1] if values else float("nan")


class Prober:
    """Somebody who looks at pages, in a process of their own."""

    def __init__(self, url: str) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=run_prober, args=(url, PROBER, PASSWORD, theirs), daemon=True)
        self._process.start()
        self._pipe.recv()

    @contextmanager
    def looking(self) -> Iterator[None]:
        self._pipe.send("begin")
        try:
            yield
        finally:
            self._pipe.send("end")

    def report(self) -> dict[str, Any]:
        self._pipe.send("over")
        times, failures = self._pipe.recv()
        self._process.join()
        every = [seconds * 1000 for some in times.values() for seconds in some]
        return {
            "pages": len(every),
            "page_errors": failures,
            **{f"page_p{share}_ms": percentile(every, share / 100) for share in (50, 95, 99)},
            "page_p95_ms_each": {page: percentile(some, 0.95) * 1000 for page, some in times.items()},
        }


class BareConversion:
    """The engine without the site, in as many processes as serve it."""

    def __init__(self, site: OwnSite) -> None:
        processes = int(os.environ.get("WEB_PROCESSES", "1"))
        command = [sys.executable, str(BARE_SCRIPT)]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._running = [
            subprocess.Popen([*command, str(37 * number)], env=site.environment, text=True, **pipes)
            for number in range(processes)
        ]

    def measure(self, seconds: float) -> float:
        """Conversions a second, added up."""
        for process in self._running:
            print(seconds, file=process.stdin, flush=True)
        return sum(float(process.stdout.readline()) for process in self._running if process.stdout)

    def close(self) -> None:
        for process in self._running:
            process.communicate()


def log_in(visitor: Visitor, *, new: bool) -> None:
    """Into a site that knows them, or perhaps not yet."""
    with suppress(RuntimeError):  # they are from the last run
        if new:
            return visitor.sign_up()
    return visitor.log_in()


def run_load(
    url: str, people: int, seconds: float, bare: BareConversion | None = None
) -> tuple[dict[str, Any], LoadLog]:
    """People for so many seconds, in rounds; the engine alone before and after each of them."""
    seen, files, clock, prober = LoadLog(), load_photos(), Clock(), Prober(url)
    crowd = [
        SimulatedUser(url, f"load{number}", PASSWORD, files, number * len(files) // people, seen)
        for number in range(people)
    ]
    with ThreadPoolExecutor(4) as pool:  # to log in is slow on purpose
        list(pool.map(partial(log_in, new=bare is None), crowd))
    rounds = max(1, round(seconds / ROUND_SECONDS))
    length = seconds / rounds
    alone = [bare.measure(ALONE_SECONDS) if bare else 0.0]
    times = []
    begun = clock.now()
    with ThreadPoolExecutor(people) as pool:
        living = [pool.submit(person.live, clock, begun + seconds) for person in crowd]
        for number in range(rounds):
            start = clock.now()
            with prober.looking():
                time.sleep(max(0.0, begun + (number + 1) * length - start))
            with clock.standing_still():
                times.append((start, clock.now()))
                alone.append(bare.measure(ALONE_SECONDS) if bare else 0.0)
        for life in living:
            life.result()
    return summarize(seen, times) | compare_with_bare(seen, times, alone) | prober.report(), seen


def conversions_per_second(seen: LoadLog, start: float, end: float) -> float:
    """Conversions a second between two moments."""
    return sum(start <= done < end for _begun, done in seen.conversions) / (end - start)


def summarize(seen: LoadLog, times: list[tuple[float, float]]) -> dict[str, Any]:
    took = [end - start for start, end in seen.conversions]
    return {
        "conversions": len(took),
        "conversions_per_second": conversions_per_second(seen, times[0][0], times[-1][1]),
        **{f"upload_to_result_p{share}": percentile(took, share / 100) for share in (50, 95, 99)},
        "unfinished": seen.unfinished,
        "refusals": seen.refusals,
        "reconnections": seen.reconnections,
        "errors": dict(seen.errors),
    }


def compare_with_bare(seen: LoadLog, times: list[tuple[float, float]], alone: list[float]) -> dict[str, Any]:
    """Each round with the engine alone just before and just after it: the speed of machines is not constant."""
    if not all(alone):
        return {}
    site = [conversions_per_second(seen, *both) for both in times]
    ratios = [mine / statistics.mean(alone[number : number + 2]) for number, mine in enumerate(site)]
    return {
        "bare_per_second": statistics.mean(alone),
        "ratio": statistics.median(ratios),
        "ratio_of_means": statistics.mean(site) / statistics.mean(alone),
        "each_round": site,
        "each_bare": alone,
    }


def check_results(site: OwnSite, seen: LoadLog) -> dict[str, Any]:
    """Whether what was accepted is there, once and whole, and nothing else."""
    rows = json.loads(site.run(ROWS).splitlines()[-1])
    media = site.manage("check_media", "--minutes", "0", check=False)
    return {
        "accepted": len(seen.accepted),
        "rows": len(rows["works"]),
        "rows_are_the_accepted": rows["works"] == sorted(seen.accepted),
        "whole": rows["whole"],
        "photos": rows["photos"],
        "media": (media.stdout.splitlines() or [media.stderr])[-1],
        "media_is_clean": media.returncode == 0 and len(site.stored) == FILES * len(rows["works"]),
    }


def load_own_site(people: int, seconds: float) -> dict[str, Any]:
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="load", ignore_cleanup_errors=True) as folder:
        site = OwnSite(Path(folder), **LIMITS)
        site.prepare()
        site.add_people(*(f"load{number}" for number in range(people)), PROBER)
        site.start()
        bare = BareConversion(site)
        try:
            bare.measure(ALONE_SECONDS)  # to get warm
            report, seen = run_load(site.url, people, seconds, bare)
            report["peak_megabytes"] = site.peak_megabytes
        finally:
            bare.close()
            site.stop()
        return report | check_results(site, seen) | {"load_average_before": busy}


def load_other_site(url: str, people: int, seconds: float) -> dict[str, Any]:
    log_in(Visitor(url, PROBER, PASSWORD), new=True)
    return run_load(url, people, seconds)[0]


def format_report(report: dict[str, Any]) -> str:
    def text(value: object) -> str:
        if isinstance(value, float):
            return f"{value:.2f}"
        return ", ".join(map(text, value)) if isinstance(value, list) else str(value)

    return "\n".join(f"{name.replace('_', ' '):28} {text(value)}" for name, value in report.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=50, help="(default: 50)")
    parser.add_argument("--seconds", type=float, default=300, help="(default: 300)")
    parser.add_argument("--url", default="", help="of a site that runs already")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.url:
        report = load_other_site(options.url.rstrip("/"), options.people, options.seconds)
    else:
        report = load_own_site(options.people, options.seconds)
    print(json.dumps(report, indent=1) if options.json else format_report(report))
    if report["errors"] or report["page_errors"] or not report.get("media_is_clean", True):
        sys.exit(1)


if __name__ == "__main__":
    main()

"""A crawl that is killed or interrupted, and taken up again, ends as one that was not."""

import random
import signal
import time
from collections import Counter
from pathlib import Path

from .crawling import OwnProcess, arguments, files, manifest
from .fake_vcg import FakeVcg, Fault, sprinkle

# Those that fail or come right at once: a run has to be short enough for ten of them.
KINDS = (Fault.NO_URL800, Fault.TRUNCATED, Fault.NOT_FOUND, Fault.ERROR_ONCE, Fault.DUPLICATE, Fault.NEAR_DUPLICATE)
SIZE = {"pages": 2, "per_page": 50}


def undisturbed(folder: Path, faults: dict) -> tuple[dict[str, bytes], list[str]]:
    with FakeVcg(**SIZE, faults=faults) as site:
        OwnProcess(folder).run("crawl_vcg", *arguments(site, folder / "out", "--workers", "3"))
    return files(folder / "out"), [line["file"] for line in manifest(folder / "out")]


def test_ten_runs_killed_at_any_moment_end_with_the_same_set_and_download_nothing_twice(tmp_path: Path) -> None:
    plan = sprinkle(**SIZE, kinds=KINDS)
    expected, listed = undisturbed(tmp_path / "a", plan.faults)
    assert len(expected) == len(plan.good)
    folder = tmp_path / "b"
    rng = random.Random(5)
    killed = 0
    with FakeVcg(**SIZE, faults=plan.faults, picture_seconds=0.02) as site:
        process = OwnProcess(folder)
        command = ("crawl_vcg", *arguments(site, folder / "out", "--workers", "3"))
        for _run in range(10):
            running = process.start(*command)
            asked = len(site.requests)
            while len(site.requests) == asked and running.poll() is None:
                time.sleep(0.01)  # until it is at work
            time.sleep(rng.uniform(0.05, 0.6))
            killed += running.poll() is None
            running.send_signal(signal.SIGKILL)
            running.communicate()
            for name, data in files(folder / "out").items():
                if ".incoming" not in name:
                    assert expected[name] == data, "a file that an undisturbed crawl does not have"
        process.run(*command)
        asked_for = Counter(request.path for request in site.requests if request.kind == "picture")
    assert killed >= 5, "too quick to be killed"
    assert files(folder / "out") == expected
    assert [line["file"] for line in manifest(folder / "out")] == listed
    whole = {path for path, count in asked_for.items() if count > 1}
    # What was on its way when the process died was not had yet: at most one picture a worker and run.
    allowed = {
        site.picture_address(place).split("/", 3)[3]
        for place, fault in plan.faults.items()
        if fault == Fault.ERROR_ONCE
    }
    assert len({path for path in whole if path.lstrip("/") not in allowed}) <= 3 * 10


def test_ctrl_c_finishes_what_is_under_way_and_says_how_to_go_on(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=80, picture_seconds=0.05) as site:
        process = OwnProcess(tmp_path)
        command = ("crawl_vcg", *arguments(site, tmp_path / "out", "--class", "super_star"))
        running = process.start(*command)
        while len(site.requests) < 12:
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        _out, error = running.communicate(timeout=60)
        assert running.returncode == 2
        assert "The same command goes on from here" in error
        assert "Traceback" not in error
        had = files(tmp_path / "out")
        assert 0 < len(had) < 160
        assert len(manifest(tmp_path / "out")) == len(had)
        assert process.run(*command).returncode == 0
        asked = Counter(request.path for request in site.requests if request.kind == "picture")
    assert len(files(tmp_path / "out")) == 160
    assert max(count for path, count in asked.items() if path.endswith(".jpg")) == 1


def test_a_second_crawl_into_the_same_folder_at_the_same_time_is_refused(tmp_path: Path) -> None:
    with FakeVcg(pages=1, per_page=40, picture_seconds=0.1) as site:
        process = OwnProcess(tmp_path)
        command = ("crawl_vcg", *arguments(site, tmp_path / "out", "--class", "super_star"))
        running = process.start(*command)
        while len(site.requests) < 5:
            time.sleep(0.01)
        second = process.run(*command)
        assert second.returncode == 2
        assert "another crawl is writing" in second.stderr
        running.send_signal(signal.SIGKILL)
        running.communicate()


def test_memory_stays_below_200_megabytes_whatever_a_site_sends(tmp_path: Path) -> None:
    plan = sprinkle(pages=1, per_page=40, share=0.5, kinds=(Fault.ENDLESS, Fault.OVERSIZE, Fault.TRUNCATED))
    program = (
        "import resource, sys; from django.core.management import execute_from_command_line as run\n"
        "try: run(sys.argv)\n"
        "except SystemExit: pass\n"
        "print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    script = tmp_path / "measured.py"
    script.write_text(program)
    with FakeVcg(pages=1, per_page=40, faults=plan.faults) as site:
        process = OwnProcess(tmp_path)
        process.environment |= {"DJANGO_SETTINGS_MODULE": "animegan_site.settings", "PYTHONPATH": "."}
        result = process.run("crawl_vcg", *arguments(site, tmp_path / "out"), script=script)
    peak = int(result.stdout.rpartition("peak ")[2])
    assert len(files(tmp_path / "out")) == len(plan.good)
    assert peak < 200

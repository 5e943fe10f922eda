"""A run that was ended, and runs after the first: nothing is done twice, and the end is the same."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from datasets import contact_sheet, journal, store
from datasets import prepare as module
from imaging.files import lock_folder, write_atomically
from tests.datasets.helpers import (
    blur,
    draw_patchwork,
    encode_jpeg,
    make_crawled_folder,
    read_counts,
    read_files,
    read_index,
    run_prepare_dataset,
    write_picture,
)
from tests.faults.breaking import until
from tests.needs import ROOT

pytestmark = pytest.mark.no_database


class Killed(BaseException):
    """As a kill: nothing in the program expects it."""


def record_sampled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the pictures that are looked at from now on."""
    names: list[str] = []
    real = module.sample_picture

    def watched(source: Any, **options: Any) -> Any:
        names.append(source.name)
        return real(source, **options)

    monkeypatch.setattr(module, "sample_picture", watched)
    return names


def test_a_second_run_looks_at_nothing_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, output = make_crawled_folder(tmp_path / "in"), tmp_path / "out"
    write_picture(root / "super_star" / "bad.jpg", b"no")
    write_picture(root / "super_star" / "double.jpg", encode_jpeg(draw_patchwork(0), 60))
    write_picture(root / "super_star" / "soft.jpg", blur(draw_patchwork(50), 5))
    first = run_prepare_dataset(root, output)
    before = read_files(output)
    times = {path: path.stat().st_mtime_ns for path in output.glob("*/*/*.jpg")}
    names = record_sampled(monkeypatch)
    second = run_prepare_dataset(root, output)
    assert (second.out, second.error) == (first.out, "")
    assert names == []
    assert read_files(output) == before
    assert {path: path.stat().st_mtime_ns for path in output.glob("*/*/*.jpg")} == times


@pytest.mark.parametrize("how", ["before", "half", "unnamed"])
def test_wherever_it_is_ended_the_next_run_ends_with_the_same_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Ended at each of its writes in turn: before it, half-way in it, or before the file gets its name."""
    root = make_crawled_folder(tmp_path / "in", photos=2, anime=2)
    write_picture(root / "super_star" / "z.jpg", encode_jpeg(draw_patchwork(1), 50))
    run_prepare_dataset(root, tmp_path / "undisturbed")
    expected = read_files(tmp_path / "undisturbed")
    left = 0

    def write_until_the_end(path: Path, data: bytes | str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            if how != "before":
                content = data.encode() if isinstance(data, str) else data
                part = path.with_name(f"{path.name}.1.part")  # of a process that is none of ours
                part.write_bytes(content[: len(content) // 2] if how == "half" else content)
            raise Killed
        write_atomically(path, data)

    for user in (store, journal, contact_sheet):
        monkeypatch.setattr(user, "write_atomically", write_until_the_end)
    for ended_at in range(1, 100):
        output, left = tmp_path / str(ended_at), ended_at
        try:
            run_prepare_dataset(root, output)
        except Killed:
            run_prepare_dataset(root, output)
            assert read_files(output) == expected
        else:
            break
    # Report, journal, two photos, one or two files of each drawing, index, report, two sheets.
    assert 11 <= ended_at - 1 <= 12


def test_half_a_line_in_the_journal_counts_for_nothing(tmp_path: Path) -> None:
    root, output = make_crawled_folder(tmp_path / "in"), tmp_path / "out"
    run_prepare_dataset(root, output)
    before, entries = read_files(output), (output / "journal.jsonl").read_bytes()
    for end in (len(entries) - 1, len(entries) - 30, entries.index(b"\n") + 20, 7, 0):
        (output / "journal.jsonl").write_bytes(entries[:end])
        run_prepare_dataset(root, output)
        assert read_files(output) == before


def test_the_keys_on_disk_are_those_that_earlier_versions_wrote(tmp_path: Path) -> None:
    run_prepare_dataset(make_crawled_folder(tmp_path / "in"), tmp_path / "out")
    for line in (tmp_path / "out" / "journal.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        names = "source kind label stamp sha256 hash dropped trouble like samples"
        assert list(entry) == names.split()
        assert [list(sample) for sample in entry["samples"]] == [["file", "box", "face", "sharpness", "smooth"]]


def test_of_files_that_a_killed_run_left_only_those_of_the_set_are_removed(tmp_path: Path) -> None:
    root, output = make_crawled_folder(tmp_path / "in"), tmp_path / "out"
    run_prepare_dataset(root, output)
    own = [
        write_picture(output / name, b"half")
        for name in ("report.json.part", "index.jsonl.99.part", "sheet_photo.jpg.7.part")
    ]
    other = write_picture(output / "film.mkv.part", b"of a person")
    assert not run_prepare_dataset(root, output).error
    assert not any(path.exists() for path in own)
    assert other.exists()


def test_killed_with_its_workers_it_is_gone_on_with(tmp_path: Path) -> None:
    root, output = tmp_path / "in", tmp_path / "out"
    for n in range(60):
        write_picture(root / f"{n:02}.jpg", draw_patchwork(n, 900, 1200))
    code = (
        "import sys; from pathlib import Path;"
        "from datasets.prepare import PrepareRequest, prepare_dataset;"
        "from datasets.options import DatasetOptions;"
        "request = PrepareRequest(Path(sys.argv[1]), Path(sys.argv[2]), DatasetOptions(), workers=2);"
        "prepare_dataset(request, lambda entries, count: entries)"
    )
    run = subprocess.Popen([sys.executable, "-c", code, root, output], cwd=ROOT, start_new_session=True)
    entries = output / "journal.jsonl"
    try:
        until(lambda: entries.exists() and entries.read_bytes().count(b"\n") >= 5, seconds=120)
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    done = entries.read_bytes().count(b"\n")
    assert 5 <= done < 60
    until(lambda: not is_group_alive(run.pid), seconds=120)
    assert not run_prepare_dataset(root, output).error
    run_prepare_dataset(root, tmp_path / "undisturbed")
    assert read_files(output) == read_files(tmp_path / "undisturbed")


def is_group_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_pictures_that_come_later_change_nothing_about_those_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, output = make_crawled_folder(tmp_path / "in", photos=8, anime=3), tmp_path / "out"
    run_prepare_dataset(root, output, "--val", 0.4)
    before = {line["file"]: (line["source"], line["sha256"]) for line in read_index(output)}
    assert {line["split"] for line in read_index(output)} == {"train", "val"}
    write_picture(root / "super_star" / "aaa_new.jpg", draw_patchwork(70))
    write_picture(root / "super_star" / "aab_double_of_an_older_one.jpg", encode_jpeg(draw_patchwork(3), 60))
    names = record_sampled(monkeypatch)
    run_prepare_dataset(root, output, "--val", 0.4)
    assert names == ["super_star/aaa_new.jpg", "super_star/aab_double_of_an_older_one.jpg"]
    after = {line["file"]: (line["source"], line["sha256"]) for line in read_index(output)}
    assert before.items() < after.items()
    assert {
        source for source, _ in (after.items() - before.items()) and set(after.values()) - set(before.values())
    } == {"super_star/aaa_new.jpg"}


def test_a_picture_that_was_replaced_or_taken_away_is_so_in_the_set(tmp_path: Path) -> None:
    root, output = tmp_path / "in", tmp_path / "out"
    for name, seed in (("a", 1), ("b", 2), ("c", 3)):
        write_picture(root / f"{name}.jpg", draw_patchwork(seed))
    write_picture(root / "like_a.jpg", encode_jpeg(draw_patchwork(1), 60))
    run_prepare_dataset(root, output)
    write_picture(root / "b.jpg", draw_patchwork(20))
    (root / "a.jpg").unlink()
    run_prepare_dataset(root, output)
    run_prepare_dataset(root, tmp_path / "anew")
    assert {line["source"] for line in read_index(output)} == {"b.jpg", "c.jpg", "like_a.jpg"}
    assert {name for name in read_files(output) if "/" in name} == {
        name for name in read_files(tmp_path / "anew") if "/" in name
    }


def test_a_sample_deleted_by_hand_stays_away_with_its_smooth_copy(tmp_path: Path) -> None:
    root, output = make_crawled_folder(tmp_path / "in"), tmp_path / "out"
    run_prepare_dataset(root, output, "--val", 0)
    gone = sorted((output / "anime" / "train").iterdir())[0]
    gone.unlink()
    run_prepare_dataset(root, output, "--val", 0)
    assert not gone.exists()
    assert not (output / "anime_smooth" / "train" / gone.name).exists()
    assert f"anime/train/{gone.name}" not in {line["file"] for line in read_index(output)}
    assert read_counts(output, "anime") == {"pictures": 4, "train": 3, "deleted": 1}


def test_one_process_at_a_time_may_write(tmp_path: Path) -> None:
    root, output = make_crawled_folder(tmp_path / "in"), tmp_path / "out"
    run_prepare_dataset(root, output)
    before = read_files(output)
    with lock_folder(output):
        assert "another process is at work" in run_prepare_dataset(root, output).error
    assert read_files(output) == before
    assert not run_prepare_dataset(root, output).error

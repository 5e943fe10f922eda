"""What prepare_dataset is given: which pictures it takes, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from datasets.sources import NoSourcePictures, find_source_pictures, read_manifest_facts
from tests.datasets.helpers import (
    draw_patchwork,
    make_crawled_folder,
    read_files,
    read_index,
    run_prepare_dataset,
    write_picture,
)

pytestmark = pytest.mark.no_database


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--size", 128),
        ("--val", 0.5),
        ("--blur", 10),
        ("--similar", 2),
        ("--min-side", 100),
        ("--photos", "super_star"),
    ],
)
def test_other_options_into_the_same_folder_are_refused(tmp_path: Path, option: str, value: float | str) -> None:
    root, output = make_crawled_folder(tmp_path / "in"), tmp_path / "out"
    run_prepare_dataset(root, output)
    before = read_files(output)
    answer = run_prepare_dataset(root, output, option, value)
    assert option.strip("-").replace("-", "_") in answer.error
    assert "another --output" in answer.error
    assert read_files(output) == before


def test_faces_or_not_is_such_an_option_and_so_is_the_input(tmp_path: Path) -> None:
    root, output = make_crawled_folder(tmp_path / "in"), tmp_path / "out"
    run_prepare_dataset(root, output)
    assert "faces: False, now True" in run_prepare_dataset(root, output, "--faces").error
    assert "input" in run_prepare_dataset(make_crawled_folder(tmp_path / "in2"), output).error


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    output = tmp_path / "out"
    write_picture(output / "photo" / "train" / "holiday.jpg", draw_patchwork(1))
    assert "is not empty" in run_prepare_dataset(make_crawled_folder(tmp_path / "in"), output).error
    write_picture(output / "report.json", b'{"sales": 3}')
    assert "no report of a data set" in run_prepare_dataset(make_crawled_folder(tmp_path / "in"), output).error
    assert read_files(output).keys() == {"photo/train/holiday.jpg", "report.json"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--size", 8], "--size"),
        (["--val", 1], "--val"),
        (["--similar", 40], "--similar"),
        (["--blur", -1], "--blur"),
        (["--min-face", -1], "--min-face"),
        (["--random-crops", 3, "--faces"], "--random-crops"),
        (["--limit", 0], "--limit"),
        (["--workers", 0], "--workers"),
        (["--photos", "stars"], "no pictures of class stars in"),
        (["--photos", "cartoon", "--anime", "cartoon"], "cartoon: either photos or anime"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    tmp_path: Path, arguments: list[str | int], words: str
) -> None:
    root = make_crawled_folder(tmp_path / "in")
    assert words in run_prepare_dataset(root, tmp_path / "out", *arguments).error
    assert not (tmp_path / "out").exists()


def test_an_input_without_pictures_is_refused(tmp_path: Path) -> None:
    assert "is not a folder" in run_prepare_dataset(tmp_path / "missing", tmp_path / "out").error
    write_picture(tmp_path / "texts" / "a.txt", b"no picture")
    assert "no pictures in" in run_prepare_dataset(tmp_path / "texts", tmp_path / "out").error
    root = make_crawled_folder(tmp_path / "in")
    for output in (root, root / "set", tmp_path):
        assert "within one another" in run_prepare_dataset(root, output).error


def find_kinds(root: Path, **classes: list[str]) -> dict[str, str]:
    return {source.label: source.kind for source in find_source_pictures(root, **classes)}


def test_cartoon_is_anime_and_all_else_are_photos_unless_said_otherwise(tmp_path: Path) -> None:
    for label in ("super_star", "cartoon", "snow"):
        write_picture(tmp_path / label / "female" / "1.jpg", b"")
    assert find_kinds(tmp_path) == {"super_star": "photo", "snow": "photo", "cartoon": "anime"}
    assert find_kinds(tmp_path, photos=["snow"]) == {"snow": "photo", "cartoon": "anime"}
    assert find_kinds(tmp_path, photos=["cartoon"]) == {"cartoon": "photo"}
    assert find_kinds(tmp_path, photos=["super_star"], anime=["snow"]) == {"super_star": "photo", "snow": "anime"}
    with pytest.raises(NoSourcePictures, match=r"class rain in .*; there are: cartoon, snow, super_star"):
        find_kinds(tmp_path, anime=["rain"])


def test_a_plain_folder_is_a_class_by_its_own_name(tmp_path: Path) -> None:
    root = tmp_path / "drawings"
    write_picture(root / "a.jpg", draw_patchwork(1))
    assert find_kinds(root) == {"drawings": "photo"}
    assert not run_prepare_dataset(root, tmp_path / "out", "--anime", "drawings").error
    assert [line["file"].split("/")[0] for line in read_index(tmp_path / "out")] == ["anime"]


def test_a_manifest_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    lines = [
        json.dumps({"file": "a/1.jpg", "address": "one", "licence": "RF"}),
        '{"file": "a/2.jpg", "addr',
        '["no object"]',
        json.dumps({"address": "no file"}),
        json.dumps({"file": "a/3.jpg", "address": "three"}),
    ]
    write_picture(tmp_path / "a" / "manifest.jsonl", "\n".join(lines).encode())
    assert read_manifest_facts(tmp_path, ["a", "b"]) == {
        "a/1.jpg": {"licence": "RF", "address": "one"},
        "a/3.jpg": {"licence": None, "address": "three"},
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"samples": [{"file": "../../secret.jpg", "box": [0, 0, 1], "face": None, "sharpness": 1.0}]},
        {"samples": [{"file": "photo/train/../../../secret.jpg", "box": [0, 0, 1], "face": None, "sharpness": 1.0}]},
        {"kind": "video"},
        {"samples": 5},
        {"stamp": None},
        {"nested": None},
    ],
    ids=str,
)
def test_a_journal_of_something_else_is_named_and_nothing_is_touched(tmp_path: Path, changes: dict[str, Any]) -> None:
    root, output = make_crawled_folder(tmp_path / "in", photos=1, anime=0), tmp_path / "out"
    run_prepare_dataset(root, output)
    journal = output / "journal.jsonl"
    line = json.dumps(json.loads(journal.read_text("utf-8")) | changes)
    journal.write_text(line.replace("null", "[" * 100_000) + "\n" if "nested" in changes else line + "\n", "utf-8")
    before = read_files(output)
    assert "journal.jsonl, line 1: not of a data set's journal" in run_prepare_dataset(root, output).error
    assert read_files(output) == before


def test_a_report_or_a_manifest_that_nests_too_deep_is_told_or_left_out(tmp_path: Path) -> None:
    root, output = make_crawled_folder(tmp_path / "in", photos=1, anime=0), tmp_path / "out"
    with (root / "super_star" / "manifest.jsonl").open("a", encoding="utf-8") as file:
        file.write("[" * 100_000 + "\n")
    assert not run_prepare_dataset(root, output).error
    (output / "report.json").write_text('{"options": ' + "[" * 100_000, "utf-8")
    assert "no report of a data set" in run_prepare_dataset(root, output).error

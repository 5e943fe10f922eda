"""The report of a real run, as the site shows it."""

import json
import re
import shutil
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from inference.architectures import build_network
from tests.training.samples import SMALL, fill, fill_pairs, fill_unpaired, read_log, tiny, tiny_animegan, tiny_paired
from training.checkpoints import save_weights
from training.recipes.animegan import train as train_animegan
from training.recipes.distill import distill
from training.recipes.paired import train as train_paired
from training.report.strips import CELL_PX, GAP_PX


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two styles of six steps, which begin with given weights, and in which the discriminator takes part at last."""
    folder = tmp_path_factory.mktemp("pairs")
    for number, name in enumerate(("warm", "other")):
        fill_pairs(folder, name, 7, first=10 * number)
    save_weights(build_network("compact_fine", **SMALL), folder / "begun.safetensors", {})
    judged = {"adversarial_weight": 0.1, "feature_matching_weight": 0.5, "adversarial_from": 0.5}
    settings = tiny_paired(folder, "warm", "other", start=folder / "begun.safetensors", seed=3, **judged)
    train_paired(settings, report=lambda _: None)
    return settings.out


def report_of(run: Path, out: Path, *options: str) -> dict[str, Any]:
    call_command("training_report", str(run), f"--out={out}", *options, stdout=StringIO())
    return json.loads((out / "report.json").read_text("utf-8"))


def test_a_report_has_what_the_run_logged(run: Path, tmp_path: Path) -> None:
    report = report_of(run, tmp_path / "report", "--title=Two at once")
    last = read_log(run)[-1]
    assert (report["title"], report["steps"]) == ("Two at once", 6)
    assert report["seconds"] > 0
    assert {curve["name"]: curve["last"] for curve in report["curves"]} == {
        name: value for name, value in last.items() if value and name not in ("step", "error_of_photo")
    }
    assert {(row["style"], row["of"]) for row in report["figures"]} == {
        (style, of) for style in ("warm", "other") for of in ("photo", "begun", "ours")
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report"], "nothing else is left behind"


def test_the_command_of_the_run_is_told_without_the_folders_of_this_machine(run: Path, tmp_path: Path) -> None:
    command = report_of(run, tmp_path / "report")["command"]
    assert command.startswith("manage.py train_paired --pairs warm other --out runs/run --start begun.safetensors ")
    assert "--sizes 64 96" in command
    assert "--seed 3" in command
    assert "--zoom" not in command, "it was as by default"
    assert str(run.parent) not in command


def test_strips_show_the_photo_and_every_stage_and_say_that_they_were_made_by_ai(run: Path, tmp_path: Path) -> None:
    report = report_of(run, tmp_path / "report", "--photos", "cat")
    assert [(strip["style"], strip["steps"]) for strip in report["strips"]] == [
        ("warm", [0, 4, 6]),
        ("other", [0, 4, 6]),
    ]
    for strip in report["strips"]:
        data = (tmp_path / "report" / strip["file"]).read_bytes()
        assert b"TrainedAlgorithmicMedia" in data
        picture = Image.open(BytesIO(data))
        assert picture.size == (strip["width"], strip["height"]) == (4 * (CELL_PX + GAP_PX) - GAP_PX, CELL_PX)
    assert (tmp_path / "report" / "cat_warm.webp").read_bytes() != (tmp_path / "report" / "cat_other.webp").read_bytes()


def test_of_many_stages_the_first_and_the_last_are_among_those_shown(run: Path, tmp_path: Path) -> None:
    assert report_of(run, tmp_path / "report", "--columns=2")["strips"][0]["steps"] == [0, 6]


def test_the_picture_has_a_panel_for_each_curve_with_its_value_at_the_end(run: Path, tmp_path: Path) -> None:
    report = report_of(run, tmp_path / "report")
    root = ElementTree.parse(tmp_path / "report" / "curves.svg").getroot()
    space = {"svg": "http://www.w3.org/2000/svg"}
    assert [view.get("id") for view in root.findall("svg:view", space)] == [c["name"] for c in report["curves"]]
    drawn = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    error = next(curve for curve in report["curves"] if curve["name"] == "error")
    assert f"{error['last']:.3g}" in drawn
    assert "error (of 255)" in drawn
    numbers = [float(value) for value in re.findall(r"-?\d+\.\d+", ElementTree.tostring(root, "unicode"))]
    assert all(-1 <= value <= 1000 for value in numbers)


def test_a_run_whose_first_weights_are_gone_begins_with_its_first_snapshot(run: Path, tmp_path: Path) -> None:
    begun = run.parent / "begun.safetensors"
    kept = begun.rename(tmp_path / "kept")
    try:
        report = report_of(run, tmp_path / "report", "--photos", "cat")
    finally:
        kept.rename(begun)
    assert report["strips"][0]["steps"] == [4, 6]


def test_a_run_that_goes_on_shows_its_checkpoint_as_the_last_stage(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    (copy / "average_6.safetensors").unlink()
    assert report_of(copy, tmp_path / "report", "--photos", "cat")["strips"][0]["steps"] == [0, 4, 6]


def test_distilled_and_adversarial_runs_have_reports_too(tmp_path: Path) -> None:
    settings = tiny(fill(tmp_path / "teacher"), steps=3)
    distill(settings, report=lambda _: None)
    report = report_of(settings.out, tmp_path / "distilled", "--photos", "cat")
    assert report["strips"][0]["steps"] == [0, 3]
    assert report["command"].startswith("manage.py distill_style --teacher-weights teacher.safetensors --photos photos")

    adversarial = tiny_animegan(fill_unpaired(tmp_path / "unpaired"))
    train_animegan(adversarial, report=lambda _: None)
    report = report_of(adversarial.out, tmp_path / "adversarial", "--photos", "cat")
    assert (report["steps"], report["seconds"], report["figures"]) == (6, None, [])
    assert [(strip["style"], strip["steps"]) for strip in report["strips"]] == [("ink", [6])]
    assert report["command"].startswith(
        "manage.py train_animegan --photos photo --out runs/ink --anime anime --batch-size 2"
    )
    (adversarial.out / "checkpoint.pt").unlink()
    again = report_of(adversarial.out, tmp_path / "packaged", "--photos", "cat")
    assert again["strips"] == report["strips"]


def test_what_cannot_be_shown_is_said_and_nothing_is_lost(run: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "damaged").mkdir()
    shutil.copy(run / "log.csv", tmp_path / "damaged")
    (tmp_path / "damaged" / "checkpoint.pt").write_bytes(b"none")
    shutil.copytree(run, tmp_path / "reticent")
    config = tmp_path / "reticent" / "config.json"
    settings = json.loads(config.read_text("utf-8"))
    config.write_text(json.dumps({name: settings[name] for name in ("command", "widths", "seed", "network")}), "utf-8")
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "letter.txt").write_text("dear", "utf-8")
    for arguments, told in (
        ([str(tmp_path / "empty"), f"--out={tmp_path / 'no'}"], "log.csv: nothing is logged"),
        ([str(tmp_path / "damaged"), f"--out={tmp_path / 'no'}"], "checkpoint.pt: not a checkpoint"),
        ([str(tmp_path / "reticent"), f"--out={tmp_path / 'no'}"], "reticent: not a run that this program can read"),
        ([str(run), f"--out={precious}"], "is there already, and no report"),
        ([str(run), f"--out={tmp_path / 'no'}", "--columns=0"], "columns must be"),
    ):
        with pytest.raises(CommandError, match=told):
            call_command("training_report", *arguments, stdout=StringIO())
    assert not (tmp_path / "no").exists()
    assert (precious / "letter.txt").read_text("utf-8") == "dear"


def test_an_earlier_report_is_replaced(run: Path, tmp_path: Path) -> None:
    report_of(run, tmp_path / "report", "--photos", "cat", "rocket")
    report_of(run, tmp_path / "report", "--photos", "rocket")
    names = {path.name for path in (tmp_path / "report").iterdir()}
    assert names == {"report.json", "curves.svg", "rocket_warm.webp", "rocket_other.webp"}

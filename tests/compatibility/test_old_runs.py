"""Runs of training that were stopped before the renames: each is resumed, and ends as the old code would have."""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import torch
from django.core.management import call_command

from tests.compatibility.conftest import DATA, copy_of

pytestmark = pytest.mark.no_database
COMMANDS: dict[str, list[str]] = json.loads((DATA / "runs.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of("runs", tmp_path_factory.mktemp("training"))


@pytest.fixture(autouse=True)
def one_thread(runs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In the folder of the runs, whose checkpoints name their pictures from there."""
    monkeypatch.chdir(runs)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def read_rows(path: Path) -> list[dict[str, float]]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    return [{name: value for name, value in row.items() if name != "seconds_per_step"} for row in rows]


@pytest.mark.parametrize("name", COMMANDS)
def test_an_old_run_is_resumed_and_ends_as_it_would_have(runs: Path, name: str) -> None:
    out, run = StringIO(), runs / "runs" / name
    call_command(*COMMANDS[name], "--resume", stdout=out)
    assert "resumed at step 4\n" in out.getvalue(), "nothing is said of settings or pictures that would have changed"
    rows, expected = read_rows(run / "log.csv"), read_rows(run / "expected.csv")
    assert [row["step"] for row in rows] == [2, 4, 6]
    for row, other in zip(rows, expected, strict=True):
        assert row.keys() == other.keys()
        assert row == pytest.approx(other, rel=1e-3, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_an_old_run_has_a_report(runs: Path, tmp_path: Path, name: str) -> None:
    run = copy_of("runs", tmp_path) / "runs" / name
    options = ["--out", str(tmp_path / "report"), "--columns", "1"]
    call_command("training_report", str(run), *options, stdout=StringIO())
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert COMMANDS[name][0] in json.dumps(report)

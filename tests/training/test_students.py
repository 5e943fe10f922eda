"""The script that draws what students cost and how good they become."""

import sys
from pathlib import Path

import pytest

from benchmarks import students
from tests.training.samples import fill_pairs

pytestmark = pytest.mark.no_database
TINY = {
    "one": students.Shape((8, 8), (1, 1), 4),
    "two": students.Shape((8, 16), (1, 1), 4),
}


def test_shapes_cost_from_5_to_55_gflop() -> None:
    work = sorted(shape.gflop() for shape in students.SHAPES.values())
    assert len(work) >= 6
    assert 4.5 <= work[0] < 6
    assert 50 < work[-1] <= 55


def test_each_shape_is_trained_once_and_the_figures_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(students, "SHAPES", TINY)
    monkeypatch.setattr(students, "SIDE", 64)
    fill_pairs(tmp_path, "warm", 6)
    out = tmp_path / "out"
    asked = f"students.py --pairs {tmp_path / 'warm'} --out {out} --steps 2 --batch-size 2 --sizes 64"
    for shapes in (["one"], ["two", "one"]):
        monkeypatch.setattr(sys, "argv", [*asked.split(), "--shapes", *shapes])
        students.main()
    rows = students.read_figures(out / "students.csv")
    assert list(rows) == ["one", "two"], "those that cost least first"
    assert all(float(row["error"]) > 0 and -1 <= float(row["ssim"]) <= 1 for row in rows.values())
    drawn = (out / "students.svg").read_text("utf-8")
    assert drawn.startswith("<svg")
    assert "error (1/255, over GFLOP)" in drawn

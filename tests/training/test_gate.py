"""What a student must reach."""

import pytest

from training.metrics.evaluation import COLOR_MAP_SHARE, GRADIENT_ENERGY, RELATIVE_EYE_HEIGHT
from training.metrics.gate import Gate, format_gate

pytestmark = pytest.mark.no_database
GOOD = {"error": 4.9, "ssim": 0.91, COLOR_MAP_SHARE: 0.44, GRADIENT_ENERGY: 0.95, RELATIVE_EYE_HEIGHT: 1.04}


def _check(gate: Gate, **changes: float) -> dict[str, bool | None]:
    names = {"share": COLOR_MAP_SHARE, "gradients": GRADIENT_ENERGY, "eyes": RELATIVE_EYE_HEIGHT}
    result = GOOD | {names.get(name, name): value for name, value in changes.items()}
    rows = gate.check({"result": result, "target": {COLOR_MAP_SHARE: 0.35}})
    return {row.name: row.is_met for row in rows}


def test_a_student_near_its_teacher_meets_every_figure() -> None:
    assert set(_check(Gate()).values()) == {True}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"error": 5.1}, "error"),
        ({"ssim": 0.89}, "ssim"),
        ({"share": 0.46}, COLOR_MAP_SHARE),
        ({"gradients": 0.89}, GRADIENT_ENERGY),
        ({"gradients": 1.11}, GRADIENT_ENERGY),
        ({"eyes": 0.94}, "eye height"),
        ({"eyes": 1.06}, "eye height"),
        ({"error": float("nan")}, "error"),
    ],
)
def test_what_is_missed_is_told_by_name(changes: dict[str, float], name: str) -> None:
    assert [row for row, is_met in _check(Gate(), **changes).items() if not is_met] == [name]


def test_less_of_a_filter_than_the_teacher_is_no_fault() -> None:
    assert _check(Gate(), share=0.0)[COLOR_MAP_SHARE]


def test_a_limit_may_be_another_and_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert _check(Gate(max_error=9.0), error=8.0)["error"]
    figures = {"result": {name: value for name, value in GOOD.items() if name != RELATIVE_EYE_HEIGHT}}
    rows = Gate().check(figures | {"target": {COLOR_MAP_SHARE: 0.35}})
    assert rows[-1].is_met is None
    table = format_gate(rows).splitlines()
    assert table[0].split() == ["error", "4.900", "met", "at", "most", "5"]
    assert table[2].endswith("at most 0.45 (teacher 0.350)")
    assert table[3].endswith("at least 0.9 and at most 1.1")
    assert "not measured" in table[-1]

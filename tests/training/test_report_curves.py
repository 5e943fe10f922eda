"""Curves: their axes, and what of a log becomes one."""

import pytest

from training.report.curves import Curve, axis_ticks, draw_curves, format_number, value_ticks
from training.report.records import build_curves, total_seconds


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (0, 14.2, [0, 5, 10, 15]),
        (0.73, 0.82, [0.725, 0.75, 0.775, 0.8, 0.825]),
        (-3, 5, [-4, -2, 0, 2, 4, 6]),
        (0, 0, [0, 0.25]),
        (7, 7, [6, 8]),
    ],
)
def test_marks_are_round_and_enclose_the_values(low: float, high: float, expected: list[float]) -> None:
    assert axis_ticks(low, high) == expected


def test_an_axis_begins_at_zero_unless_the_values_are_close_together() -> None:
    assert value_ticks([3, 12])[0] == 0
    assert value_ticks([0.78, 0.82])[0] > 0.7
    assert value_ticks([-2, 3])[0] <= -2


def test_numbers_have_three_digits_that_matter() -> None:
    assert [format_number(value) for value in (0.0822476, 14.2359, 1234.0, 0.5, 0.00001234)] == [
        "0.0822",
        "14.2",
        "1230",
        "0.5",
        "0.0000123",
    ]


def log(**columns: list[float]) -> list[dict[str, float]]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def test_a_loss_has_a_curve_while_it_takes_part_and_one_that_never_does_has_none() -> None:
    rows = log(step=[10, 20, 30], content=[3, 2, 1], adversarial=[0, 0.5, 0.4], hint=[0.7, 0.6, 0], style=[0, 0, 0])
    curves = {curve.name: curve.points for curve in build_curves(rows, [])}
    of_phases = {"adversarial": [(20, 0.5), (30, 0.4)], "hint": [(10, 0.7), (20, 0.6)]}
    assert curves == {"content": [(10, 3), (20, 2), (30, 1)]} | of_phases


def test_errors_are_shown_beside_that_of_the_photo() -> None:
    rows = log(step=[10], error=[9], error_of_photo=[20], error_ink=[8], ssim=[0.8])
    figures = [{"style": "ink", "of": "photo", "error": "21.5"}, {"style": "ink", "of": "ours", "error": "8"}]
    shown = {curve.name: (curve.reference, curve.unit) for curve in build_curves(rows, figures)}
    assert shown == {"error": (20, "of 255"), "error_ink": (21.5, "of 255"), "ssim": (None, "")}


def test_the_time_is_that_of_all_steps() -> None:
    assert total_seconds(log(step=[10, 30], seconds_per_step=[2, 3])) == 10 * 2 + 20 * 3
    assert total_seconds(log(step=[10, 30], error=[2, 3])) is None


def test_a_long_log_is_drawn_with_few_points_and_its_true_end() -> None:
    points = [(float(step), 1 + step % 2 / 10) for step in range(1, 20_002)]
    svg = draw_curves([Curve("noise", points)])
    assert len(svg) < 6000
    assert ">1.1</text>" in svg
    assert ">20,001</text>" in svg

"""The figures that a run has written: its log, as curves, and what pairs held out say."""

import csv
from pathlib import Path

from training.report.curves import Curve

COLUMNS_WITHOUT_CURVE = ("step", "error_of_photo", "seconds_per_step")


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file, without one that was cut short; none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if None not in row and None not in row.values()]


def read_log(run: Path) -> list[dict[str, float]]:
    """Return what the run logged, by step. Raise ValueError where there is nothing."""
    path = run / "log.csv"
    try:
        log = [{name: float(value) for name, value in row.items()} for row in read_rows(path)]
        steps = [row["step"] for row in log]
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path}: not the log of a run ({error})") from error
    if not steps or steps[-1] < 1:
        raise ValueError(f"{path}: nothing is logged yet")
    return log


def build_curves(log: list[dict[str, float]], figures: list[dict[str, str]]) -> list[Curve]:
    """Return a curve a column, while it counts: what has no part in a phase at the start or the end is logged as 0."""
    photos = {f"error_{row['style']}": float(row["error"]) for row in figures if row["of"] == "photo"}
    photos |= {"error": log[-1]["error_of_photo"]} if "error_of_photo" in log[-1] else {}
    curves = []
    for name in (name for name in log[0] if name not in COLUMNS_WITHOUT_CURVE):
        counts = [place for place, row in enumerate(log) if row[name]]
        if counts:
            points = [(row["step"], row[name]) for row in log[counts[0] : counts[-1] + 1]]
            curves.append(Curve(name, points, "of 255" if name.startswith("error") else "", photos.get(name)))
    return curves


def total_seconds(log: list[dict[str, float]]) -> float | None:
    """Return how long all steps took together; None where the run did not log that."""
    if "seconds_per_step" not in log[0]:
        return None
    before = [0.0, *(row["step"] for row in log)]
    return sum((row["step"] - since) * row["seconds_per_step"] for row, since in zip(log, before, strict=False))

"""The log of a run: a row of figures a validation, as CSV; and what such a row is made from."""

import csv
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from imaging.files import atomic_write


def append_row(path: Path, row: dict[str, float]) -> None:
    """Add a row, below a header of its names where the file is new."""
    is_new = not path.exists()
    if not is_new:
        _add_columns(path, list(row))
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(row)
        writer.writerow(f"{value:.6g}" for value in row.values())


def _add_columns(path: Path, names: list[str]) -> None:
    """Give the log of a run that an earlier version began the columns that it lacks: 0, as what has no part."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, restval="0")
        if not set(reader.fieldnames or names) < set(names):
            return
        rows = list(reader)
    with atomic_write(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, restval="0")
        writer.writeheader()
        writer.writerows(rows)


def drop_rows_after(path: Path, step: int) -> None:
    """Drop what a run logged after its last checkpoint, a row that a kill cut short included."""
    if not path.exists():
        return
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    kept = [row for row in rows if len(row) == len(header) and float(row[0]) <= step]
    with atomic_write(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *kept])


def format_row(row: dict[str, float]) -> str:
    """Return a row to read."""
    return "  ".join(f"{name} {value:.4g}" for name, value in row.items())


class LossMeter:
    """What happened after step `since`: sums of the losses by name, and the time it took."""

    def __init__(self, since: int) -> None:
        self.since, self.started = since, time.monotonic()
        self.sums: dict[str, Tensor | float] = {}
        self.counts: dict[str, int] = {}

    def add(self, losses: Mapping[str, Tensor | float]) -> None:
        """Count the losses of a step, wherever they are: nothing waits for a card here."""
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
            self.counts[name] = self.counts.get(name, 0) + 1

    def means(self, names: Sequence[str]) -> dict[str, float]:
        """Return each loss over the steps that it had a part in; 0 for those that had none."""
        return {name: float(self.sums.get(name, 0.0)) / self.counts.get(name, 1) for name in names}

    def seconds_per_step(self, step: int) -> float:
        """Return the mean time of the steps from `since` to `step`."""
        return (time.monotonic() - self.started) / (step - self.since)

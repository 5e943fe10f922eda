"""The log of a run: a row of figures a validation, as CSV."""

import csv
from pathlib import Path

from inference.files import whole_or_nothing


def append_row(path: Path, row: dict[str, float]) -> None:
    """Add a row, below a header of its names where the file is new."""
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(row)
        writer.writerow(f"{value:.6g}" for value in row.values())


def drop_rows_after(path: Path, step: int) -> None:
    """Drop what a run logged after its last checkpoint, a row that a kill cut short included."""
    if not path.exists():
        return
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    kept = [row for row in rows if len(row) == len(header) and float(row[0]) <= step]
    with whole_or_nothing(path) as part, part.open("w", newline="") as file:
        csv.writer(file).writerows([header, *kept])


def as_line(row: dict[str, float]) -> str:
    """A row to read."""
    return "  ".join(f"{name} {value:.4g}" for name, value in row.items())

"""Prints a measurement as tables that RESULTS.md can take as they are."""

from collections.abc import Iterable, Iterator

from benchmarks.speed.goals import Goal
from benchmarks.speed.measure import Measurement
from benchmarks.speed.report import Race, RaceRow
from benchmarks.speed.start import Start

HEADINGS = ("", "seconds", "best turn", "times as fast as (1)", "as (2)", "share of (5)", "peak memory, MB")
START_HEADINGS = ("a serving process", "answers after, s", "ready after, s", "idle memory, MB", "torch in it")


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _table(headings: tuple[str, ...], rows: Iterable[Iterable[str]]) -> list[str]:
    return [_line(headings), "|" + "---|" * len(headings), *map(_line, rows)]


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _cells(row: RaceRow) -> Iterator[str]:
    yield row.name
    yield ("out of memory" if row.ran_out_of_memory else "failed") if row.over else _number(row.seconds, 3)
    yield _number(row.best, 3)
    yield _number(row.times_published, 2)
    yield _number(row.times_new_process, 2)
    yield _number(row.share, 2)
    yield f"{'had ' if row.over else ''}{row.peak_mb}"


def _race(race: Race) -> list[str]:
    rows = [list(_cells(row)) for row in race.rows]
    rate = f"{race.matrix_gflops:.0f} GFLOP/s"
    rows.append(["(5) matrix products, 2048x2048", rate, "", "", "", "1.00", ""])
    ended = [f"{row.name}: {row.over}" for row in race.rows if row.over]
    return ["", f"{race.title}:", "", *_table(HEADINGS, rows), *(["", *ended] if ended else [])]


def _start(name: str, start: Start) -> list[str]:
    torch = "yes" if start.has_torch else "no"
    return [name, f"{start.answers:.2f}", f"{start.ready:.2f}", f"{start.idle_mb:.0f}", torch]


def _goal(goal: Goal) -> str:
    return f"{'met' if goal.met else 'MISSED'}: {goal.text}: {goal.measured}"


def format_lines(measurement: Measurement) -> Iterator[str]:
    yield from measurement.about
    for race in measurement.races:
        yield from _race(race)
    yield ""
    yield from _table(START_HEADINGS, [_start(*item) for item in measurement.starts.items()])
    yield ""
    yield from map(_goal, measurement.goals)

"""What was aimed at, and whether this run reached it."""

from dataclasses import dataclass

from benchmarks.speed.contestants import PUBLISHED, our_name
from benchmarks.speed.material import RANDOM_STYLE
from benchmarks.speed.report import Race, RaceRow

MAX_MB = 6 * 1024  # the published way at 12 megapixels dies or takes more than this


@dataclass(frozen=True)
class Goal:
    text: str
    measured: str
    met: bool


def _min_speedup_goal(text: str, required_ratio: float, ratio: float | None) -> Goal:
    measured = "not measured" if ratio is None else f"{ratio:.1f} times"
    return Goal(
        f"{text} at least {required_ratio:g} times as fast", measured, ratio is not None and ratio >= required_ratio
    )


def _large(published: RaceRow) -> Goal:
    measured = f"{published.peak_mb / 1024:.1f} GB" + (", then died" if published.ran_out_of_memory else "")
    return Goal(
        "12 megapixels, where (1) dies or takes more than 6 GB",
        measured,
        (published.ran_out_of_memory or published.peak_mb > MAX_MB),
    )


def check_goals(small: Race, large: Race, default: str) -> list[Goal]:
    """`small` is the race from file to file at 512x512, `large` the one with 12 megapixels."""
    rows = {row.name: row for row in small.rows}
    compact, animegan2 = rows[our_name(default, "openvino")], rows[our_name(RANDOM_STYLE, "openvino")]
    exact = rows[our_name(RANDOM_STYLE, "openvino, single precision")]
    return [
        _min_speedup_goal("animegan2, exact, beside (1):", 2, exact.times_published),
        _min_speedup_goal(f"{default} beside (1):", 20, compact.times_published),
        _min_speedup_goal("animegan2, a whole conversion beside (2):", 5, animegan2.times_new_process),
        _min_speedup_goal(f"{default}, a whole conversion beside (2):", 20, compact.times_new_process),
        _large(next(row for row in large.rows if row.name == PUBLISHED)),
    ]

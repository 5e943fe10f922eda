"""What was aimed at, and whether this run reached it."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.speed.contestants import PUBLISHED, our_name
from benchmarks.speed.material import RANDOM_STYLE, fast_id
from benchmarks.speed.processor import InstructionSet
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


# How many times as fast as (1), the published script, the default style and its fast variant are to be.
STYLE_RATIO = {InstructionSet.AMX: 20}
OTHER_STYLE_RATIO, FAST_RATIO = 10, 30


def check_goals(small: Race, large: Race, default: str, instructions: InstructionSet) -> list[Goal]:
    """Return the goals for a processor with these instructions.

    `small` is the race from file to file at 512x512, `large` the one with 12 megapixels.
    """
    rows = {row.name: row for row in small.rows}
    exact = rows[our_name(RANDOM_STYLE, "openvino, single precision")]
    return [
        _min_speedup_goal("animegan2, exact, beside (1):", 2, exact.times_published),
        *_style_goals(rows, default, instructions),
        *(_process_goals(rows, default) if instructions is InstructionSet.AMX else []),
        _large(next(row for row in large.rows if row.name == PUBLISHED)),
    ]


def _style_goals(rows: dict[str, RaceRow], default: str, instructions: InstructionSet) -> Iterator[Goal]:
    ratio = STYLE_RATIO.get(instructions, OTHER_STYLE_RATIO)
    yield _min_speedup_goal(f"{default} beside (1):", ratio, rows[our_name(default, "openvino")].times_published)
    if fast := rows.get(our_name(fast_id(default), "openvino")):
        yield _min_speedup_goal(f"{default}, fast variant, beside (1):", FAST_RATIO, fast.times_published)


def _process_goals(rows: dict[str, RaceRow], default: str) -> list[Goal]:
    style, animegan2 = rows[our_name(default, "openvino")], rows[our_name(RANDOM_STYLE, "openvino")]
    return [
        _min_speedup_goal("animegan2, a whole conversion beside (2):", 5, animegan2.times_new_process),
        _min_speedup_goal(f"{default}, a whole conversion beside (2):", 20, style.times_new_process),
    ]

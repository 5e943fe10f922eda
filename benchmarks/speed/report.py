"""What a race comes to: a row for each contestant."""

from dataclasses import dataclass
from statistics import median

from benchmarks.speed.contestants import MATRIX, NEW_PROCESS, PUBLISHED, Contestant
from benchmarks.speed.race import Outcome

# How torch, ONNX Runtime, Python, C++ and the kernel say so.
OUT_OF_MEMORY = ("allocate memory", "MemoryError", "bad_alloc", "ended with -9")


@dataclass(frozen=True)
class RaceRow:
    """`seconds`: the median of the turns; `best`: of the quickest, which has the least noise of others in it.
    `times_published`, `times_new_process`: as fast as (1), (2); the medians of the ratios of the same turn.
    `share`: of the matrix rate of the same race. `over`: why it ended early. None where there is nothing to say.
    """

    name: str
    seconds: float | None
    best: float | None
    times_published: float | None
    times_new_process: float | None
    share: float | None
    peak_mb: int
    over: str

    @property
    def ran_out_of_memory(self) -> bool:
        return any(sign in self.over for sign in OUT_OF_MEMORY)


@dataclass(frozen=True)
class Race:
    """`matrix_gflops`: multiplications and additions of matrix products, 1e9 a second."""

    title: str
    matrix_gflops: float
    rows: list[RaceRow]


def _times(base: Outcome | None, outcome: Outcome) -> float | None:
    """How many times as fast as the base. Turns are in the same order, so each has its own noise in both."""
    if not base or not base.seconds or not outcome.seconds:
        return None
    return median(theirs / ours for theirs, ours in zip(base.seconds, outcome.seconds, strict=False))


def summarize_race(title: str, contestants: list[Contestant], outcomes: dict[str, Outcome]) -> Race:
    gflop = {contestant.name: contestant.gflop for contestant in contestants}
    rate = gflop[MATRIX] / median(outcomes[MATRIX].seconds)

    def row(name: str, outcome: Outcome) -> RaceRow:
        seconds = median(outcome.seconds) if outcome.seconds else None
        return RaceRow(
            name,
            seconds,
            min(outcome.seconds, default=None),
            _times(outcomes.get(PUBLISHED), outcome),
            _times(outcomes.get(NEW_PROCESS), outcome),
            gflop[name] / seconds / rate if seconds else None,
            outcome.peak_mb,
            outcome.over,
        )

    return Race(title, rate, [row(name, outcome) for name, outcome in outcomes.items() if name != MATRIX])

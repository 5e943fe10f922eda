"""The race itself, with contestants that need no time. Each process imports this file: so it must import little."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from benchmarks.speed import race as racing
from benchmarks.speed.race import Outcome
from benchmarks.speed.worker import MAX_ERROR_LENGTH

pytestmark = pytest.mark.no_database
LIMIT_MB = 4096
BIG = 300 * 2**20  # bytes
HUGE = 2 * LIMIT_MB * 2**20  # bytes


class Contestant:
    """As much of a contestant as the race needs."""

    def __init__(self, name: str, prepare: Callable[..., Callable[[], object]]) -> None:
        self.name, self.prepare = name, prepare


def noting(name: str, folder: Path) -> Callable[[], object]:
    def run() -> None:
        with (folder / "notes").open("a", encoding="utf-8") as notes:
            notes.write(f"{name} {os.getpid()}\n")

    return run


def taking(count: int, _folder: Path) -> Callable[[], object]:
    return lambda: bytearray(count)


def taking_elsewhere(_folder: Path) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", f"bytearray({BIG})"], check=True)


def ending(_folder: Path) -> Callable[[], object]:
    return lambda: os._exit(3)


def lacking(_folder: Path) -> Callable[[], object]:
    raise ModuleNotFoundError("No module named 'abacus'")


def talking(_folder: Path) -> Callable[[], object]:
    def run() -> None:
        raise RuntimeError("a\n" * 1000 + "the end")

    return run


def run(folder: Path, turns: int = 1, **prepare: Callable[..., Callable[[], object]]) -> dict[str, Outcome]:
    contestants = [Contestant(name, function) for name, function in prepare.items()]
    return racing.run_race(contestants, (folder,), turns, LIMIT_MB)  # type: ignore[arg-type]


def test_turns_are_taken_one_after_the_other_each_in_its_own_process(tmp_path: Path) -> None:
    outcomes = run(tmp_path, 2, a=partial(noting, "a"), b=partial(noting, "b"))
    notes = [line.split() for line in (tmp_path / "notes").read_text("utf-8").splitlines()]
    assert [name for name, _pid in notes] == ["a", "b"] * 3  # the first ones warm up
    assert len({(name, pid) for name, pid in notes}) == len({pid for _name, pid in notes}) == 2
    assert str(os.getpid()) not in {pid for _name, pid in notes}
    for outcome in outcomes.values():
        assert (len(outcome.seconds), outcome.over) == (2, "")
        assert min(outcome.seconds) > 0


def test_peak_memory_is_the_contestants_own_or_that_of_a_process_it_started(tmp_path: Path) -> None:
    outcomes = run(tmp_path, little=partial(taking, 1), much=partial(taking, BIG), elsewhere=taking_elsewhere)
    little = outcomes["little"].peak_mb
    assert 0 < little < BIG >> 20
    assert outcomes["much"].peak_mb > little + (BIG >> 20) // 2
    assert outcomes["elsewhere"].peak_mb > BIG >> 20


def test_who_wants_too_much_memory_is_out_and_the_others_go_on(tmp_path: Path) -> None:
    outcomes = run(tmp_path, huge=partial(taking, HUGE), little=partial(taking, 1))
    assert outcomes["huge"].seconds == []
    assert outcomes["huge"].over.startswith("MemoryError")
    assert outcomes["huge"].peak_mb < LIMIT_MB
    assert len(outcomes["little"].seconds) == 1


def test_who_ends_or_cannot_begin_is_out_with_the_reason(tmp_path: Path) -> None:
    outcomes = run(tmp_path, ending=ending, lacking=lacking, talking=talking)
    assert outcomes["ending"].over == "the process ended with 3"
    assert outcomes["lacking"].over == "ModuleNotFoundError: No module named 'abacus'"
    assert outcomes["talking"].over.endswith("a a the end")
    assert len(outcomes["talking"].over) < MAX_ERROR_LENGTH + 30

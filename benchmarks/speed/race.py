"""Lets contestants take turns, each in a process of its own, and keeps what they did."""

import multiprocessing
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType

from benchmarks.speed.contestants import Contestant
from benchmarks.speed.worker import Convert, Failure, Turn, run_worker


@dataclass
class Outcome:
    """Of a contestant: seconds of every turn that counts, peak memory in MiB, and why it could not go on."""

    seconds: list[float] = field(default_factory=list)
    peak_mb: int = 0
    over: str = ""


class Racer:
    """A contestant's process, from here."""

    def __init__(self, prepare: Callable[[], Convert], limit_mb: int) -> None:
        spawn = multiprocessing.get_context("spawn")  # nothing of this process is in the memory of the new one
        self.outcome = Outcome()
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=run_worker, args=(prepare, limit_mb, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._receive()

    def _receive(self) -> Turn | None:
        try:
            answer = self._pipe.recv()
        except EOFError:  # the kernel, or a library, ended it
            self._process.join()
            answer = Failure(f"the process ended with {self._process.exitcode}", self.outcome.peak_mb)
        if isinstance(answer, Failure):
            self.outcome.over, self.outcome.peak_mb = answer.reason, answer.peak_mb
        return answer if isinstance(answer, Turn) else None

    def turn(self, *, counts: bool) -> None:
        if self.outcome.over:
            return
        self._pipe.send(True)
        turn = self._receive()
        if turn:
            self.outcome.peak_mb = turn.peak_mb
            self.outcome.seconds += [turn.seconds] if counts else []

    def __enter__(self) -> "Racer":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        self._process.join()
        self._pipe.close()


def run_race(
    contestants: Iterable[Contestant], prepared: tuple[object, ...], turns: int, limit_mb: int
) -> dict[str, Outcome]:
    """One turn each to warm up and `turns` that count. `prepared` is what each `prepare` is called with."""
    with ExitStack() as stack:
        racers = {}
        for contestant in contestants:
            racers[contestant.name] = racer = Racer(partial(contestant.prepare, *prepared), limit_mb)
            stack.enter_context(racer)
            # Before the next one is there: what needs too much memory has given it back by then.
            racer.turn(counts=False)
        for _ in range(turns):
            for racer in racers.values():
                racer.turn(counts=True)
    return {name: racer.outcome for name, racer in racers.items()}

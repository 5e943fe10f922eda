"""Who converts next: a queue that is fair between people, and between small pictures and large ones."""

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import ceil

from inference.errors import ClientDisconnected, EngineBusy

LOOK_SECONDS = 0.5  # between two looks at whether the asker is still there


@dataclass(frozen=True)
class Requester:
    """On whose behalf a conversion is asked for. `ticket` is what they can ask by how long it will take.

    Without a `person` (the command line) there is nobody to be fair to.
    """

    person: Hashable = None
    ticket: str = ""
    is_gone: Callable[[], bool] = lambda: False


# Set where a request comes in, read where it has to wait: what lies between need not know of it.
current_requester: ContextVar[Requester | None] = ContextVar("current_asker", default=None)


@contextmanager
def requested_by(asker: Requester) -> Iterator[None]:
    """What is converted meanwhile in this thread is for this asker."""
    token = current_requester.set(asker)
    try:
        yield
    finally:
        current_requester.reset(token)


@dataclass(frozen=True)
class QueuePosition:
    """`ahead`: how many come first, those that are being converted among them. `seconds`: about how long that takes."""

    ahead: int
    seconds: int


@dataclass(eq=False)
class _Turn:
    asker: Requester
    cost: float
    is_cost_known: bool
    start: float
    finish: float
    granted: threading.Event = field(default_factory=threading.Event)
    since: float = 0.0


class FairQueue:
    """A number of places, and who waits for one.

    Self-clocked fair queueing (Golestani, INFOCOM 1994): a request's tag is its cost added to the tag of the same
    person's request before it, or to the tag of the one in service if that is later; the smallest tag is next. So
    people take turns however much each of them asks for, a small picture overtakes a large one, and the large one
    is overtaken only for a time, as the tags of newcomers grow. A cost is a number in any unit; the queue learns
    how many seconds the unit takes.
    """

    def __init__(self, places: int, *, most: int, most_of_one: int) -> None:
        """`most` may wait, and of one person `most_of_one`."""
        self.places, self.most, self.most_of_one = places, most, most_of_one
        self._lock = threading.Lock()
        self._waiting: list[_Turn] = []
        self._served: list[_Turn] = []
        self._now = 0.0  # the tag of the one that was served last
        self._last: dict[Hashable, float] = {}  # person -> their last tag
        self._pace: float | None = None  # seconds for a cost of 1

    @contextmanager
    def place(self, asker: Requester, cost: float | None, wait_seconds: float) -> Iterator[None]:
        """Hold a place. Raises EngineBusy if none becomes free in time or too many wait, and AskerGone.

        A cost that is not known counts as 1, and teaches nothing about the pace.
        """
        turn = self._enter(asker, cost, wait_seconds)
        try:
            self._await(turn, time.monotonic() + wait_seconds)
            turn.since = time.monotonic()
            yield
            if turn.is_cost_known:
                self._learn(turn)
        finally:
            self._leave(turn)

    def standing(self, ticket: str, person: Hashable) -> QueuePosition | None:
        """Of the request with this ticket of this person; None if it does not wait here."""
        with self._lock:
            for turn in self._waiting:
                if turn.asker.ticket == ticket and turn.asker.person == person:
                    return self._standing(turn.finish)
        return None

    def _enter(self, asker: Requester, cost: float | None, wait_seconds: float) -> _Turn:
        counted = 1.0 if cost is None else cost
        with self._lock:
            start = max(self._now, self._last.get(asker.person, 0.0))
            turn = _Turn(asker, counted, cost is not None, start, start + counted)
            if len(self._served) < self.places and not self._waiting:
                self._grant(turn)
            else:
                self._refuse_too_many(turn, wait_seconds)
                self._waiting.append(turn)
            self._last[asker.person] = turn.finish
        return turn

    def _refuse_too_many(self, turn: _Turn, wait_seconds: float) -> None:
        """Also who would wait in vain: better now than after the wait."""
        person, expected = turn.asker.person, self._standing(turn.finish).seconds
        of_one = 0 if person is None else sum(other.asker.person == person for other in self._waiting)
        is_in_vain = self._pace is not None and expected > max(1, wait_seconds)
        if len(self._waiting) >= self.most or of_one >= self.most_of_one or is_in_vain:
            raise EngineBusy(expected)

    def _grant(self, turn: _Turn) -> None:
        self._served.append(turn)
        self._now = max(self._now, turn.finish)
        self._last = {person: tag for person, tag in self._last.items() if tag > self._now}
        turn.granted.set()

    def _await(self, turn: _Turn, deadline: float) -> None:
        while not turn.granted.wait(max(0.0, min(LOOK_SECONDS, deadline - time.monotonic()))):
            if turn.asker.is_gone():
                raise ClientDisconnected
            if time.monotonic() >= deadline:
                with self._lock:
                    raise EngineBusy(self._standing(turn.finish).seconds)

    def _leave(self, turn: _Turn) -> None:
        with self._lock:
            if turn in self._served:
                self._served.remove(turn)
            else:
                self._waiting.remove(turn)
                if self._last.get(turn.asker.person) == turn.finish:
                    self._last[turn.asker.person] = turn.start  # what was not done does not count against them
            while self._waiting and len(self._served) < self.places:
                following = min(self._waiting, key=lambda other: other.finish)
                self._waiting.remove(following)
                self._grant(following)

    def _learn(self, turn: _Turn) -> None:
        pace = (time.monotonic() - turn.since) / turn.cost
        with self._lock:
            self._pace = pace if self._pace is None else 0.7 * self._pace + 0.3 * pace

    def _standing(self, finish: float) -> QueuePosition:
        ahead = [*self._served, *(turn for turn in self._waiting if turn.finish < finish)]
        cost = sum(turn.cost for turn in ahead)
        return QueuePosition(len(ahead), max(1, ceil(cost * (self._pace or 1.0) / self.places)))

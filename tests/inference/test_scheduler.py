"""The queue for conversions: fair between people and sizes, bounded, and left by those who have gone."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from inference.errors import ClientDisconnected, EngineBusy
from inference.scheduler import FairQueue, Requester, current_requester, requested_by

PATIENT = 60.0
Ask = Callable[..., Future[None]]


class Line:
    """A queue of one place that is held, and those who came to it, in the order in which they were served."""

    def __init__(self, pool: ThreadPoolExecutor, **limits: int) -> None:
        self.queue = FairQueue(1, **({"max_waiting": 50, "max_waiting_per_requester": 50} | limits))
        self.served: list[str] = []
        self._pool, self._open = pool, threading.Event()
        self._holder = pool.submit(self._hold)
        self._wait_for(lambda: bool(self.queue._served))

    def _hold(self) -> None:
        with self.queue.slot(Requester("holder"), 1.0, PATIENT):
            self._open.wait(PATIENT)

    def _wait_for(self, happened: Callable[[], bool]) -> None:
        while not happened():
            time.sleep(0.001)

    def comes(self, name: str, cost: float | None = 1.0, *, wait: float = PATIENT, **options: Any) -> "Future[None]":
        """One more waits; `name` is the person and a number."""

        def ask() -> None:
            with self.queue.slot(Requester(name[0], request_id=name, **options), cost, wait):
                self.served.append(name)

        future = self._pool.submit(ask)
        self._wait_for(lambda: self.queue.queue_position(name, name[0]) is not None or future.done())
        return future

    def opens(self) -> list[str]:
        """The place is given up; all who waited are served."""
        self._open.set()
        self._wait_for(lambda: not self.queue._waiting and not self.queue._served)
        return self.served


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(64) as threads:
        yield threads


@pytest.fixture
def line(pool: ThreadPoolExecutor) -> Iterator[Line]:
    line = Line(pool)
    yield line
    line.opens()


def test_equals_are_served_in_the_order_they_came(line: Line) -> None:
    for name in ("a1", "b1", "c1"):
        line.comes(name)
    assert line.opens() == ["a1", "b1", "c1"]


def test_people_take_turns_however_much_one_of_them_asks_for(line: Line) -> None:
    for name in ("a1", "a2", "a3", "a4", "b1", "b2"):
        line.comes(name)
    assert line.opens() == ["a1", "b1", "a2", "b2", "a3", "a4"]


def test_a_small_picture_overtakes_a_large_one(line: Line) -> None:
    line.comes("a1", 10)
    line.comes("b1", 1)
    assert line.opens() == ["b1", "a1"]


def test_a_large_picture_is_overtaken_only_for_a_time(line: Line) -> None:
    line.comes("a1", 10)
    for number in range(1, 21):
        line.comes(f"b{number}", 1)
    served = line.opens()
    assert 5 <= served.index("a1") <= 10


def test_newcomers_do_not_hold_up_who_has_waited_longer(pool: ThreadPoolExecutor) -> None:
    """Each time somebody is served, another person with a small picture comes."""
    queue, served, done = FairQueue(1, max_waiting=50, max_waiting_per_requester=50), [], threading.Event()

    def ask(name: str, cost: float) -> None:
        with queue.slot(Requester(name), cost, PATIENT):
            served.append(name)
            if name != "large" and not done.is_set():
                before = len(queue._waiting)
                pool.submit(ask, f"person {len(served)}", 1.0)
                while len(queue._waiting) == before:
                    time.sleep(0.001)
        if name == "large":
            done.set()

    with queue.slot(Requester("holder"), 1.0, PATIENT):
        pool.submit(ask, "large", 10.0)
        pool.submit(ask, "person 0", 1.0)
        while len(queue._waiting) < 2:
            time.sleep(0.001)
    assert done.wait(PATIENT)
    assert served.index("large") <= 10


def test_one_person_cannot_fill_the_queue(pool: ThreadPoolExecutor) -> None:
    line = Line(pool, max_waiting=4, max_waiting_per_requester=2)
    for name in ("a1", "a2"):
        line.comes(name)
    with pytest.raises(EngineBusy):
        line.comes("a3").result()
    for name in ("b1", "c1"):
        line.comes(name)
    with pytest.raises(EngineBusy) as caught:
        line.comes("d1").result()
    assert caught.value.retry_after >= 1
    assert len(line.opens()) == 4


def test_who_waits_too_long_is_told_so_and_holds_nobody_up(line: Line) -> None:
    late = line.comes("a1", wait=0.05)
    line.comes("b1")
    with pytest.raises(EngineBusy):
        late.result(timeout=PATIENT)
    assert line.opens() == ["b1"]


def test_who_would_wait_in_vain_is_told_so_at_once(line: Line) -> None:
    line.queue._seconds_per_cost = 3.0
    line.comes("a1", 30, wait=PATIENT)
    refused = line.comes("b1", 40, wait=PATIENT)  # some 93 seconds behind the others
    assert refused.done()
    with pytest.raises(EngineBusy) as caught:
        refused.result()
    assert caught.value.retry_after == 93
    assert line.opens() == ["a1"]


def test_the_pace_is_learned_only_from_those_whose_cost_is_known() -> None:
    queue = FairQueue(1, max_waiting=9, max_waiting_per_requester=9)
    with queue.slot(Requester("a"), None, PATIENT):
        time.sleep(0.01)
    assert queue._seconds_per_cost is None, "nobody is refused by what was never measured"
    with queue.slot(Requester("a"), 0.001, PATIENT):
        time.sleep(0.01)
    learned = queue._seconds_per_cost
    assert learned is not None
    assert learned >= 10
    with queue.slot(Requester("b"), None, PATIENT):
        pass
    assert queue._seconds_per_cost == learned


def test_a_cost_that_is_not_known_counts_as_one(line: Line) -> None:
    for name, cost in (("a1", 1.1), ("b1", None), ("c1", 0.9)):
        line.comes(name, cost)
    assert line.opens() == ["c1", "b1", "a1"]


def test_who_has_gone_gives_up_their_place(line: Line) -> None:
    gone = threading.Event()
    first = line.comes("a1", is_disconnected=gone.is_set)
    line.comes("b1")
    gone.set()
    with pytest.raises(ClientDisconnected):
        first.result(timeout=PATIENT)
    assert line.opens() == ["b1"]


def test_what_was_not_done_does_not_count_against_a_person(line: Line) -> None:
    line.comes("b1", 2)
    with pytest.raises(EngineBusy):
        line.comes("a1", 50, wait=0.01).result(timeout=PATIENT)
    line.comes("a2", 1)
    assert line.opens() == ["a2", "b1"]


def test_who_waits_can_ask_how_many_come_first_and_for_how_long(line: Line) -> None:
    line.queue._seconds_per_cost = 3.0
    line.comes("a1", 2)
    line.comes("b1", 4)
    position = line.queue.queue_position("b1", "b")
    assert position is not None
    assert (position.ahead, position.seconds) == (2, 9)  # the holder's 1 and the 2 of a1
    assert line.queue.queue_position("b1", "a") is None, "somebody else's request"
    assert line.queue.queue_position("x1", "x") is None
    line.opens()
    assert line.queue.queue_position("b1", "b") is None


def test_several_places_are_filled_and_given_back_after_failures(pool: ThreadPoolExecutor) -> None:
    queue, inside = FairQueue(3, max_waiting=9, max_waiting_per_requester=9), threading.Barrier(3)

    def fail() -> None:
        with queue.slot(Requester("a"), 1.0, PATIENT):
            inside.wait(PATIENT)
            raise ValueError

    for future in [pool.submit(fail) for _ in range(9)]:
        with pytest.raises(ValueError):
            future.result(timeout=PATIENT)
    assert not queue._served


def test_the_requester_is_known_in_the_thread_that_asks_and_nowhere_else() -> None:
    requester, elsewhere = Requester("a"), []
    with requested_by(requester):
        assert current_requester.get() is requester
        other = threading.Thread(target=lambda: elsewhere.append(current_requester.get()))
        other.start()
        other.join()
    assert elsewhere == [None]
    assert current_requester.get() is None

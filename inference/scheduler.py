"""Who converts next: a queue that is fair between users, and between small pictures and large ones."""

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import ceil

from inference.errors import ClientDisconnected, EngineBusy

POLL_SECONDS = 0.5  # between two looks at whether the client is still connected


@dataclass(frozen=True)
class Requester:
    """On whose behalf a conversion is requested.

    `request_id` is what they can ask by how long it will take. Without a `user_id` (the command line) there is nobody
    to be fair to.
    """

    user_id: Hashable = None
    request_id: str = ""
    is_disconnected: Callable[[], bool] = lambda: False


# Set where a request comes in, read where it has to wait: what lies between need not know of it.
current_requester: ContextVar[Requester | None] = ContextVar("current_requester", default=None)


@contextmanager
def requested_by(requester: Requester) -> Iterator[None]:
    """Make what this thread converts meanwhile count as requested by `requester`."""
    token = current_requester.set(requester)
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
class _QueuedRequest:
    """One request for a slot, with its start and finish tag."""

    requester: Requester
    cost: float
    is_cost_known: bool
    start_tag: float
    finish_tag: float
    granted: threading.Event = field(default_factory=threading.Event)
    granted_at: float = 0.0  # on the monotonic clock


class FairQueue:
    """A number of slots, and who waits for one.

    Self-clocked fair queueing (Golestani, INFOCOM 1994): a request's finish tag is its cost added to the tag of the
    same user's request before it, or to the tag of the one in service if that is later; the smallest tag is next. So
    users take turns however much each of them requests, a small picture overtakes a large one, and the large one
    is overtaken only for a time, as the tags of newcomers grow. A cost is a number in any unit; the queue learns
    how many seconds the unit takes.
    """

    def __init__(self, slots: int, *, max_waiting: int, max_waiting_per_requester: int) -> None:
        self.slots = slots
        self.max_waiting, self.max_waiting_per_requester = max_waiting, max_waiting_per_requester
        self._lock = threading.Lock()
        self._waiting: list[_QueuedRequest] = []
        self._served: list[_QueuedRequest] = []
        self._virtual_time = 0.0  # the finish tag of the request that was served last
        self._last_tags: dict[Hashable, float] = {}  # user_id -> the finish tag of their last request
        self._seconds_per_cost: float | None = None  # None: not measured yet

    @contextmanager
    def slot(self, requester: Requester, cost: float | None, wait_seconds: float) -> Iterator[None]:
        """Hold a slot.

        Raise EngineBusy if none becomes free in time or too many wait, ClientDisconnected if the requester leaves. A
        cost that is not known counts as 1, and teaches nothing about the pace.
        """
        request = self._enter(requester, cost, wait_seconds)
        try:
            self._wait_for_slot(request, time.monotonic() + wait_seconds)
            request.granted_at = time.monotonic()
            yield
            if request.is_cost_known:
                self._update_pace(request)
        finally:
            self._leave(request)

    def queue_position(self, request_id: str, user_id: Hashable) -> QueuePosition | None:
        """Return the position of this user's request with that id; None if it does not wait here."""
        with self._lock:
            for request in self._waiting:
                if request.requester.request_id == request_id and request.requester.user_id == user_id:
                    return self._position_of(request.finish_tag)
        return None

    def _enter(self, requester: Requester, cost: float | None, wait_seconds: float) -> _QueuedRequest:
        counted = 1.0 if cost is None else cost
        with self._lock:
            start = max(self._virtual_time, self._last_tags.get(requester.user_id, 0.0))
            request = _QueuedRequest(requester, counted, cost is not None, start, start + counted)
            if len(self._served) < self.slots and not self._waiting:
                self._grant(request)
            else:
                self._check_limits(request, wait_seconds)
                self._waiting.append(request)
            self._last_tags[requester.user_id] = request.finish_tag
        return request

    def _check_limits(self, request: _QueuedRequest, wait_seconds: float) -> None:
        """Raise EngineBusy if too many wait, or this one would wait in vain: better now than after the wait."""
        user_id, expected = request.requester.user_id, self._position_of(request.finish_tag).seconds
        of_user = 0 if user_id is None else sum(other.requester.user_id == user_id for other in self._waiting)
        is_in_vain = self._seconds_per_cost is not None and expected > max(1, wait_seconds)
        if len(self._waiting) >= self.max_waiting or of_user >= self.max_waiting_per_requester or is_in_vain:
            raise EngineBusy(expected)

    def _grant(self, request: _QueuedRequest) -> None:
        self._served.append(request)
        self._virtual_time = max(self._virtual_time, request.finish_tag)
        # A tag that lies behind says no more than none does: without this the dict would keep every user for ever.
        self._last_tags = {user_id: tag for user_id, tag in self._last_tags.items() if tag > self._virtual_time}
        request.granted.set()

    def _wait_for_slot(self, request: _QueuedRequest, deadline: float) -> None:
        while not request.granted.wait(max(0.0, min(POLL_SECONDS, deadline - time.monotonic()))):
            if request.requester.is_disconnected():
                raise ClientDisconnected
            if time.monotonic() >= deadline:
                with self._lock:
                    raise EngineBusy(self._position_of(request.finish_tag).seconds)

    def _leave(self, request: _QueuedRequest) -> None:
        with self._lock:
            if request in self._served:
                self._served.remove(request)
            else:
                self._waiting.remove(request)
                user_id = request.requester.user_id
                if self._last_tags.get(user_id) == request.finish_tag:
                    self._last_tags[user_id] = request.start_tag  # what was not done does not count against them
            while self._waiting and len(self._served) < self.slots:
                following = min(self._waiting, key=lambda other: other.finish_tag)
                self._waiting.remove(following)
                self._grant(following)

    def _update_pace(self, request: _QueuedRequest) -> None:
        measured = (time.monotonic() - request.granted_at) / request.cost
        with self._lock:
            known = self._seconds_per_cost
            # A moving average: one conversion that the machine held up must not refuse everybody after it.
            self._seconds_per_cost = measured if known is None else 0.7 * known + 0.3 * measured

    def _position_of(self, finish_tag: float) -> QueuePosition:
        ahead = [*self._served, *(request for request in self._waiting if request.finish_tag < finish_tag)]
        cost = sum(request.cost for request in ahead)
        return QueuePosition(len(ahead), max(1, ceil(cost * (self._seconds_per_cost or 1.0) / self.slots)))

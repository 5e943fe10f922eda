"""Work spread over processes, with results in the order of the work."""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
MAX_PENDING_PER_WORKER = 4  # items a process: enough to keep it busy while an earlier, slow one is waited for


def map_in_order(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int, prepare: Callable[[], None]
) -> Iterator[Result]:
    """`work(item)` for each item, in their order. At most AHEAD results a process wait in memory.

    With one worker, in this process and without `prepare`. `work` and `prepare` must be importable.
    Raises BrokenProcessPool when a process dies.
    """
    if workers == 1:
        yield from map(work, items)
        return
    # Not forked: a copy of a process whose libraries run threads may wait for ever.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (prepare,))
    try:
        yield from _windowed(pool, work, iter(items), workers * MAX_PENDING_PER_WORKER)
    finally:
        pool.shutdown(cancel_futures=True)


def _windowed(
    pool: ProcessPoolExecutor, work: Callable[[Item], Result], items: Iterator[Item], ahead: int
) -> Iterator[Result]:
    waiting: deque[Future[Result]] = deque(pool.submit(work, item) for item in islice(items, ahead))
    while waiting:
        yield waiting.popleft().result()
        waiting.extend(pool.submit(work, item) for item in islice(items, 1))


def _begin(prepare: Callable[[], None]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the first one decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    prepare()


def _end_with_parent() -> None:
    """A parent that was killed takes nobody along, and its workers would wait for work for ever."""
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)

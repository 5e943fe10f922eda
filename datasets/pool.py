"""Spread work over processes, with results in the order of the work."""

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
MAX_PENDING_PER_WORKER = 4  # items: enough to keep a process busy while an earlier, slow one is waited for


def map_in_order(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int, initialize: Callable[[], None]
) -> Iterator[Result]:
    """Yield `work(item)` for each item, in their order.

    At most MAX_PENDING_PER_WORKER results a process wait in memory. `initialize` runs first in each process; with one
    worker all is done in this process, without it. Both functions must be importable. Raise BrokenProcessPool when a
    process dies.
    """
    if workers == 1:
        yield from map(work, items)
        return
    # Not forked: a copy of a process whose libraries run threads may wait for ever.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _initialize_worker, (initialize,))
    try:
        yield from _map_window(pool, work, iter(items), workers * MAX_PENDING_PER_WORKER)
    finally:
        pool.shutdown(cancel_futures=True)


def _map_window(
    pool: ProcessPoolExecutor, work: Callable[[Item], Result], items: Iterator[Item], max_pending: int
) -> Iterator[Result]:
    pending: deque[Future[Result]] = deque(pool.submit(work, item) for item in islice(items, max_pending))
    while pending:
        yield pending.popleft().result()
        pending.extend(pool.submit(work, item) for item in islice(items, 1))


def _initialize_worker(initialize: Callable[[], None]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the first one decides
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    initialize()


def _exit_with_parent() -> None:
    """A parent that was killed takes nobody along: without this its workers would wait for work for ever."""
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)

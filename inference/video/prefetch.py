"""Stages of work that run at the same time."""

import threading
from collections.abc import Callable, Generator, Iterator
from contextvars import copy_context
from queue import Empty, Full, Queue
from typing import TypeVar

Item = TypeVar("Item")
POLL_SECONDS = 0.1


def prefetch(
    items: Iterator[Item], max_ahead: int = 3, while_waiting: Callable[[], object] = lambda: None
) -> Generator[Item]:
    """Yield the same items, made by a thread that is at most `max_ahead` ahead.

    What the items' iterator raises is raised here, and what `while_waiting` does, which is called several times a
    second as long as an item takes. When this is closed, so is the iterator, and the thread ends. The
    thread has the context variables of who calls: whoever requests conversions there does so in their name.
    """
    ready: Queue[tuple[Item | None, BaseException | None]] = Queue(max_ahead)
    is_closed = threading.Event()

    def put(item: Item | None, error: BaseException | None) -> None:
        while not is_closed.is_set():
            try:
                ready.put((item, error), timeout=POLL_SECONDS)
                break
            except Full:
                continue

    def read_ahead() -> None:
        try:
            for item in items:
                put(item, None)
                if is_closed.is_set():
                    break
            put(None, StopIteration())
        except BaseException as error:
            put(None, error)
        finally:
            if hasattr(items, "close"):
                items.close()

    thread = threading.Thread(target=copy_context().run, args=(read_ahead,), name="video stage", daemon=True)
    thread.start()
    try:
        while True:
            try:
                item, error = ready.get(timeout=POLL_SECONDS)
            except Empty:
                while_waiting()
                continue
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]
    finally:
        is_closed.set()
        thread.join()

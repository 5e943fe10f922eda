"""Several things at the same moment, each in a thread and on a database connection of its own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier, Event, Thread

from django.db import connections

from inference.runtime import get_engine


def at_once(*actions: Callable[[], object]) -> list[object]:
    """Run the actions in threads that start together; their results, or the exceptions that they ended in."""
    start = Barrier(len(actions))

    def run(action: Callable[[], object]) -> object:
        start.wait(60)
        try:
            return action()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


@contextmanager
def engine_held(*, wait_seconds: float) -> Iterator[None]:
    """Another thread holds the engine's only place."""
    usual, held, done = get_engine().settings, Event(), Event()

    def hold() -> None:
        with get_engine().slot():
            held.set()
            done.wait()  # a page in a browser may take a minute until it shows that it waits

    get_engine().settings = replace(usual, wait_seconds=wait_seconds)
    thread = Thread(target=hold)
    thread.start()
    held.wait(30)
    try:
        yield
    finally:
        done.set()
        thread.join()
        get_engine().settings = usual

"""Several things at the same moment, each in a thread and on a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections


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

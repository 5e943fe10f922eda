"""What the tests have done in a process of its own: what libraries do with hostile files."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from imaging.files import write_atomically
from imaging.isolation import TaskResult

Source = Path | bytes


def echo(source: Source, options: dict[str, Any]) -> TaskResult:
    """Return what was sent."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    facts = {"options": options, "pid": os.getpid(), "names": sorted(os.environ)}
    return TaskResult(facts, (np.frombuffer(data, np.uint8),))


def spin(source: Source, options: dict[str, Any]) -> TaskResult:
    """Use the processor without end."""
    while True:
        pass


def sleep(source: Source, options: dict[str, Any]) -> TaskResult:
    """Wait without end."""
    time.sleep(10**6)
    return TaskResult({})


def grow(source: Source, options: dict[str, Any]) -> TaskResult:
    """Take more memory than there may be."""
    return TaskResult({"bytes": len(bytearray(options["bytes"]))})


def crash(source: Source, options: dict[str, Any]) -> TaskResult:
    """End as a library does that writes where it must not."""
    os.kill(os.getpid(), options.get("signal", signal.SIGSEGV))
    time.sleep(10)
    return TaskResult({})


def fail(source: Source, options: dict[str, Any]) -> TaskResult:
    """Raise what nobody expects."""
    raise ZeroDivisionError


def cut(source: Source, options: dict[str, Any]) -> TaskResult:
    """Keep the shared file, and cut it short once the file `when` is there, as a process that was taken over might.

    Then the file `said` holds whether that was allowed.
    """
    (file,) = [entry for entry in Path("/proc/self/fd").iterdir() if _is_shared_file(entry)]
    mine = os.dup(int(file.name))

    def cut_later() -> None:
        while not Path(options["when"]).exists():
            time.sleep(0.01)
        try:
            os.ftruncate(mine, 0)
            answer = "cut"
        except OSError:
            answer = "refused"
        os.close(mine)
        write_atomically(Path(options["said"]), answer)

    threading.Thread(target=cut_later, daemon=True).start()
    return TaskResult({}, (np.full(options["bytes"], 7, np.uint8),))


def _is_shared_file(entry: Path) -> bool:
    try:
        return str(entry.readlink()).startswith("/memfd:picture")
    except OSError:
        return False

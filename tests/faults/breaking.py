"""Ways to break what a site stands on, and to mend it again."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.needs import missing


def until(condition: Callable[[], object], *, seconds: float = 300) -> None:
    """Wait for it: long, as it may need a worker that starts and converts, with little of a busy machine."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


@contextmanager
def full_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """The folder is a disk of so few kilobytes."""
    with _mounted("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)):
        yield


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody writes below the folder; where we are not root, who may write anyway, its mode says so."""
    if os.geteuid() == 0:
        with _mounted("--bind", str(folder), str(folder)):
            subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
            yield
        return
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    try:
        yield
    finally:
        for path in folders:
            path.chmod(0o755)


@contextmanager
def _mounted(*arguments: str) -> Iterator[None]:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        missing(f"this machine lets us mount nothing: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", arguments[-1]], check=True)

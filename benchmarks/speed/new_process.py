"""(2) The original site's way: for each upload a new Python process, which imports torch and loads the weights anew."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.speed.material import Material

ROOT = Path(__file__).parents[2]


class Failed(Exception):
    """The process ended with an error; the message is the last line that it said."""


def prepare(material: Material, height: int, width: int) -> Callable[[], None]:
    photo, result = material.photo(height, width), material.folder / "new_process.jpg"
    files = map(str, (material.animegan2, photo, result))
    command = [sys.executable, "-m", "benchmarks.speed.published", *files]

    def run() -> None:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
            raise Failed(said[-1])

    return run

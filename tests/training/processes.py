"""Commands of training in processes of their own, and their sudden end."""

import os
import signal
import subprocess
import sys
import time
from typing import Any

from tests.needs import ROOT


def as_process(command: str, *arguments: str) -> dict[str, Any]:
    """What `subprocess` is to start: `manage.py command`, on one thread."""
    return {
        "args": [sys.executable, "-u", "manage.py", command, *arguments],
        "cwd": ROOT,
        "env": os.environ | {"OMP_NUM_THREADS": "1"},
        "text": True,
    }


def start_and_kill(command: str, *arguments: str, at: int, pause: float = 0.0) -> None:
    """Kill the command without a warning, so many seconds after it has told of this step."""
    with subprocess.Popen(**as_process(command, *arguments), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(f"step {at} "):
                time.sleep(pause)
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL, "it ended before it was killed"

"""Workers of a site as processes that can be killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.own_site import OwnSite
from tests.needs import ROOT


class Worker:
    """`manage.py run_worker` in one process that nobody watches over."""

    def __init__(self, site: OwnSite, processes: int = 1) -> None:
        command = [sys.executable, "manage.py", "run_worker", "--alone", "--processes", str(processes)]
        # Nobody waits long for what a killed one had. Of several, none takes one for killed that is only slow.
        environment = site.environment | {"VIDEO_LEASE_SECONDS": "2" if processes == 1 else "60"}
        with site.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    @property
    def name(self) -> str:
        """What the names begin with that it takes leases under."""
        return f"{os.uname().nodename[:50]}-{self._process.pid}-"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """By SIGTERM; its exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None


@contextmanager
def working(site: OwnSite, processes: int = 1) -> Iterator[list[Worker]]:
    """So many at once; none is left in the end."""
    workers = [Worker(site, processes) for _ in range(processes)]
    try:
        yield workers
    finally:
        for worker in workers:
            if worker.is_running:
                worker.kill()

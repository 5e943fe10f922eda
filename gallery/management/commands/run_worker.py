"""Run the workers that convert videos, beside the site."""

import logging
import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from gallery.styles import load_style_catalog
from gallery.videos import worker
from imaging.errors import ImagingError
from inference.runtime import get_engine, get_style_registry, set_process_count

logger = logging.getLogger(__name__)

NICENESS = 10  # pages and photos, which somebody waits for, come first
RESTART_DELAY_SECONDS = 2.0  # before a process that ended by itself is started again
STOP_TIMEOUT_SECONDS = 20.0  # then a process that does not stop is killed


class Command(BaseCommand):
    help = "Convert the videos that wait, until Ctrl-C or SIGTERM. What is under way then is given back at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--processes", type=int, default=settings.VIDEO_WORKERS, metavar="N", help="default: VIDEO_WORKERS"
        )
        parser.add_argument("--alone", action="store_true", help="in this process, which nobody watches over")

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop_requested.set())
        self.check(databases=["default"])
        processes = max(1, options["processes"])
        if options["alone"]:
            _run_worker(processes)
        else:
            self._supervise(processes)

    def _supervise(self, processes: int) -> None:
        """Start worker processes, and start those again that end by themselves."""
        command = [sys.executable, sys.argv[0], "run_worker", "--alone", "--processes", str(processes)]
        running = [subprocess.Popen(command) for _ in range(processes)]  # noqa: S603
        self.stdout.write(f"{processes} worker{'s'[: processes - 1]} for videos")
        while not worker.stop_requested.wait(0.2):
            for index, process in enumerate(running):
                if process.poll() is not None:
                    self.stderr.write(f"worker {process.pid} ended ({process.returncode})")
                    worker.stop_requested.wait(RESTART_DELAY_SECONDS)
                    running[index] = subprocess.Popen(command)  # noqa: S603
        _stop(running)


def _stop(running: list["subprocess.Popen[bytes]"]) -> None:
    for process in running:
        process.terminate()
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _run_worker(processes: int) -> None:
    os.nice(NICENESS)
    set_process_count(processes)
    parent = os.getppid()
    try:
        get_engine().load_session(
            get_style_registry().get_available(load_style_catalog().default_id or settings.DEFAULT_STYLE)
        )  # loaded before anybody waits for it
    except ImagingError as error:
        logger.error("the engine could not be made ready: %s", error)
    worker.run_until_stopped(is_orphan=lambda: os.getppid() != parent)

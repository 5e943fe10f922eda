"""How soon a serving process answers and is ready, and what it takes while idle, with and without torch in it."""

import multiprocessing
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from statistics import median
from typing import TYPE_CHECKING
from wsgiref.util import setup_testing_defaults

from benchmarks.speed import site
from benchmarks.speed.material import Material
from benchmarks.speed.memory import resident_mb

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

# What is measured, by name: the back end, and whether torch is imported whoever needs it.
START_KINDS = {
    "openvino, torch never imported": ("openvino", False),
    "openvino, torch imported": ("openvino", True),
    "torch": ("torch", True),
}
POLL_SECONDS = 0.01


@dataclass(frozen=True)
class Start:
    """Seconds until /healthz is answered and until the default style is ready; MiB when idle (VmRSS) then."""

    answers: float
    ready: float
    idle_mb: float
    has_torch: bool


def _status(application: "WSGIApplication") -> str:
    """That of /healthz."""
    environ: dict[str, object] = {"PATH_INFO": "/healthz"}
    setup_testing_defaults(environ)
    statuses: list[str] = []

    def start_response(status: str, headers: object, error: object = None) -> Callable[[bytes], object]:
        statuses.append(status)
        return lambda _data: None

    b"".join(application(environ, start_response))
    return statuses[0]


def serve(material: Material, style: str, backend: str, with_torch: bool, pipe: Connection) -> None:
    """What a server's process does when it starts; says when it answers, and what it has when it is ready."""
    site.set_up_django(material, backend, style)
    if with_torch:
        import torch  # noqa: F401
    from animegan_site.wsgi import application
    from inference import runtime

    pipe.send(_status(application))
    runtime.start_warm_up()
    while not runtime.warm_up.is_finished:
        time.sleep(POLL_SECONDS)
    pipe.send((resident_mb(), "torch" in sys.modules))


def _once(material: Material, style: str, kind: str) -> Start:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    started = time.perf_counter()
    process = spawn.Process(target=serve, args=(material, style, *START_KINDS[kind], theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        status = ours.recv()
        answers = time.perf_counter() - started
        if not status.startswith("200"):
            raise RuntimeError(f"/healthz: {status}")
        idle_mb, has_torch = ours.recv()
        return Start(answers, time.perf_counter() - started, idle_mb, has_torch)
    finally:
        process.join()


def measure_starts(material: Material, style: str, turns: int) -> dict[str, Start]:
    """The medians of `turns`, taken one after another, after one that traces and compiles what is then on disk."""
    for kind in START_KINDS:
        _once(material, style, kind)
    rounds = [{kind: _once(material, style, kind) for kind in START_KINDS} for _ in range(turns)]
    return {
        kind: Start(
            median(turn[kind].answers for turn in rounds),
            median(turn[kind].ready for turn in rounds),
            median(turn[kind].idle_mb for turn in rounds),
            any(turn[kind].has_torch for turn in rounds),
        )
        for kind in START_KINDS
    }

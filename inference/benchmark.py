"""Measures generators against the plain torch run of AnimeGANv2, as the published script does it.

Absolute times of a shared machine mean little; so the contestants take turns, and each ratio is the median of the
ratios to the baseline of the same turn.
"""

import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

import numpy as np
import torch

from .backends import Backend
from .backends.openvino_backend import OpenVINOBackend
from .backends.torch_backend import TorchBackend
from .checkpoints import build_network
from .styles import Style

Run = Callable[[], object]
Report = dict[str, float | int | str]
BASELINE = "animegan2.plain_torch"
MATRIX_SIZE = 2048


def _seconds(run: Run) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _plain_torch(batch: np.ndarray) -> Run:
    """As the published script: NCHW in memory, single precision, no_grad, everything else as torch has it."""
    network = build_network("animegan2").eval()
    x = torch.from_numpy(batch)

    def run() -> None:
        with torch.no_grad():
            network(x)

    return run


def _random_animegan2(folder: Path) -> Style:
    """AnimeGANv2 with random weights: its speed does not depend on them, and the published ones may not be here."""
    path = folder / "animegan2.pt"
    torch.save(build_network("animegan2").state_dict(), path)
    texts = {"en": "AnimeGANv2"}
    return Style("animegan2", texts, texts, "any", "animegan2", path, "", texts, "", 512)


def _sessions(styles: Iterable[Style], cache_dir: Path, batch: np.ndarray) -> dict[str, Run]:
    backends: dict[str, Backend] = {"torch": TorchBackend("cpu"), "openvino": OpenVINOBackend(cache_dir)}
    if torch.cuda.is_available():
        backends["cuda"] = TorchBackend("cuda")
    runs: dict[str, Run] = {}
    for style in styles:
        for name, backend in backends.items():
            session = backend.load(style)
            runs[f"{style.id}.{name}"] = lambda session=session: session.run(batch)  # type: ignore[misc]
    return runs


def matrix_gflops() -> float:
    """Rate of a single-precision matrix product in torch, in 1e9 operations a second: the machine's own measure."""
    a, b = torch.rand(MATRIX_SIZE, MATRIX_SIZE), torch.rand(MATRIX_SIZE, MATRIX_SIZE)
    torch.mm(a, b)
    return 2 * MATRIX_SIZE**3 / min(_seconds(lambda: torch.mm(a, b)) for _ in range(5)) / 1e9


def network_gflop(network: str, size: int) -> float:
    """Multiplications and additions of one picture, in 1e9."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        build_network(network).eval()(torch.zeros(1, 3, size, size))
    return counter.get_total_flops() / 1e9


def measure(styles: list[Style], cache_dir: Path, *, size: int = 512, repeats: int = 5) -> Report:
    """One report: `seconds.*`, `ratio.*` (plain torch over this one: larger is faster), `share_of_matrix_rate.*`.

    Names are `<style or network>.<back end>`; `peak_memory_mb` is of the whole process.
    """
    batch = np.random.default_rng(0).uniform(-1, 1, (1, 3, size, size)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        contestants = [_random_animegan2(Path(folder)), *styles]
        runs = {BASELINE: _plain_torch(batch)} | _sessions(contestants, cache_dir, batch)
        for run in runs.values():
            run()
        rounds = [{name: _seconds(run) for name, run in runs.items()} for _ in range(repeats)]
    rate = matrix_gflops()
    report: Report = {
        "machine": platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "torch_threads": torch.get_num_threads(),
        "size": size,
        "matrix_gflops": round(rate, 1),
    }
    gflop = {network: network_gflop(network, size) for network in {style.network for style in contestants}}
    networks = {style.id: style.network for style in contestants}
    for name in runs:
        seconds = median(turn[name] for turn in rounds)
        report[f"seconds.{name}"] = round(seconds, 4)
        report[f"ratio.{name}"] = round(median(turn[BASELINE] / turn[name] for turn in rounds), 2)
        report[f"share_of_matrix_rate.{name}"] = round(gflop[networks[name.split(".")[0]]] / seconds / rate, 3)
    report["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return report

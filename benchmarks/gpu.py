"""How many pictures a second a GPU converts, beside torch as it is.

    .venv/bin/python benchmarks/gpu.py [--turns 5] [--sizes 512 1024] [--batches 1 8 32]

Pictures are uint8 in the processor's memory before and after, as the site has them. "Plain torch" is what the
published scripts do with a batch: NCHW, single precision with torch's own settings, to the GPU, through the network,
back. Both take turns in the same run; numbers are medians. The matrix rate is what the GPU itself reaches in a large
matrix product in half precision, on random numbers. The weights of animegan2 are random: its speed does not depend on
them.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.speed.material import make_random_animegan2
from benchmarks.speed.matrix import network_gflop
from inference.backends.cuda_backend import CudaBackend, CudaSession
from inference.checkpoints import load_generator
from inference.styles import Style, read_manifest
from inference.tensors import images_to_batch

MIN_TURN_SECONDS = 0.2  # of a turn: shorter ones are repeated
MATRIX_SIZE = 8192
TABLE_HEAD = (
    *("network", "size", "batch", "format", "first run s", "GiB of the GPU"),
    *("pictures/s", "share of matrix rate", "plain torch pictures/s", "ratio"),
)
Run = Callable[[], object]


def measure_seconds(run: Run, times: int = 1) -> float:
    """For one of so many runs."""
    torch.cuda.synchronize()
    begun = time.perf_counter()
    for _ in range(times):
        run()
    torch.cuda.synchronize()
    return (time.perf_counter() - begun) / times


def measure_in_turns(runs: list[Run], turns: int) -> list[float]:
    """The median seconds of each."""
    for run in runs:  # a shape is tuned in its first run and recorded in its second
        measure_seconds(run, 2)
    times = [max(1, round(MIN_TURN_SECONDS / measure_seconds(run))) for run in runs]
    rounds = [[measure_seconds(run, count) for run, count in zip(runs, times, strict=True)] for _ in range(turns)]
    return [statistics.median(ones) for ones in zip(*rounds, strict=True)]


def measure_matrix_rate() -> float:
    """Operations a second of the GPU in half precision."""
    a, b = (torch.randn(MATRIX_SIZE, MATRIX_SIZE, device="cuda").half() for _ in range(2))
    torch.mm(a, b)
    return 2 * MATRIX_SIZE**3 / statistics.median(measure_seconds(lambda: torch.mm(a, b), 10) for _ in range(5))


def make_styles(folder: Path) -> list[Style]:
    """One of each network."""
    comic = read_manifest(Path(__file__).parents[1] / "weights" / "manifest.json")["comic"]
    return [comic, make_random_animegan2(folder / "animegan2.pt")]


def run_plain_torch(network: nn.Module, pictures: np.ndarray) -> Run:
    batch = images_to_batch(torch.from_numpy(pictures)).contiguous()

    def run() -> None:
        with torch.no_grad():
            network(batch.to("cuda")).cpu()

    return run


def without_tuning(run: Run) -> Run:
    """With cuDNN as torch has it from the start."""

    def as_it_is() -> None:
        torch.backends.cudnn.benchmark = False
        try:
            run()
        finally:
            torch.backends.cudnn.benchmark = True

    return as_it_is


def measure_first_run(run: Run) -> tuple[float, float]:
    """Seconds with all that is tuned in it, and the GiB of the GPU that it took."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    return measure_seconds(run), torch.cuda.max_memory_allocated() / 2**30


def format_row(
    style: Style, session: CudaSession, plain: nn.Module, size: int, batch: int, turns: int, rate: float
) -> str:
    """Of the table; "-" for plain torch where the GPU's memory is too small for it."""
    pictures = np.random.default_rng(0).integers(0, 256, (batch, size, size, 3), dtype=np.uint8)
    runs: list[Run] = [lambda: session.run(pictures), without_tuning(run_plain_torch(plain, pictures))]
    first, gibibytes = measure_first_run(runs[0])
    try:
        ours, theirs = measure_in_turns(runs, turns)
        compared = [f"{batch / theirs:.1f}", f"{theirs / ours:.2f}"]
    except torch.OutOfMemoryError:
        (ours,) = measure_in_turns(runs[:1], turns)
        compared = ["-", "-"]
    share = batch * network_gflop(style.architecture, size, size) * 1e9 / ours / rate
    name = str(session.precision).removeprefix("torch.")
    cells = [style.id, str(size), str(batch), name, f"{first:.2f}", f"{gibibytes:.2f}", f"{batch / ours:.1f}"]
    return "| " + " | ".join([*cells, f"{share:.3f}", *compared]) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=5, help="of each, of which the median counts (default: 5)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[512, 1024], help="pixels (default: 512 1024)")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8, 32], help="pictures (default: 1 8 32)")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("torch finds no CUDA card on this machine: there is nothing to measure.")
    rate = measure_matrix_rate()
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {rate / 1e12:.1f} TFLOP/s in half precision\n")
    print("| " + " | ".join(TABLE_HEAD) + " |")
    print("|" + "---|" * len(TABLE_HEAD))
    backend = CudaBackend()
    with tempfile.TemporaryDirectory() as folder:
        for style in make_styles(Path(folder)):
            session, plain = backend.load(style), load_generator(style).to("cuda")
            assert isinstance(session, CudaSession), "batches are made here, not by the back end"
            for size in options.sizes:
                for batch in options.batches:
                    print(format_row(style, session, plain, size, batch, options.turns, rate), flush=True)


if __name__ == "__main__":
    main()

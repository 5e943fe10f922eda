"""The GPU as the back end shares it out: one thread for its work, and a bound for its memory."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from inference.backends.torch_backend import require_cuda

MEMORY_SHARE = 0.8  # of what is free on the GPU at the start; a batch takes no more than half of this
T = TypeVar("T")


class GpuWorker:
    """One thread that does all work on the GPU, in a stream of its own.

    torch keeps what cuDNN has tuned for each thread by itself, so every thread would tune anew; and CUDA graphs that
    share memory must not run at the same time.
    """

    def __init__(self) -> None:
        """Raise DeviceUnavailable where there is none."""
        require_cuda()
        free, total = torch.cuda.mem_get_info()
        torch.cuda.set_per_process_memory_fraction(MEMORY_SHARE * free / total)
        self.batch_bytes = MEMORY_SHARE * free / 2
        self._stream = torch.cuda.Stream()
        self._thread = ThreadPoolExecutor(1, "gpu")

    def run(self, work: Callable[[], T]) -> T:
        """Return the result of `work`, run in the thread; what it started on the GPU may still be under way."""
        return self._thread.submit(self._run_in_stream, work).result()

    def _run_in_stream(self, work: Callable[[], T]) -> T:
        with torch.inference_mode(), torch.cuda.stream(self._stream):
            return work()

"""The card, as the back end shares it out: one thread for its work, and a bound for its memory."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from inference.backends.torch_backend import require_card

SHARE_OF_MEMORY = 0.8  # of what is free on the card at the start; a batch takes no more than half of this
T = TypeVar("T")


class Card:
    """One thread that does all work on the card, in a stream of its own.

    torch keeps what cuDNN has tuned for each thread by itself, so every thread would tune anew; and CUDA graphs that
    share memory must not run at the same time.
    """

    def __init__(self) -> None:
        """Raises DeviceUnavailable where there is none."""
        require_card()
        free, total = torch.cuda.mem_get_info()
        torch.cuda.set_per_process_memory_fraction(SHARE_OF_MEMORY * free / total)
        self.batch_bytes = SHARE_OF_MEMORY * free / 2
        self._stream = torch.cuda.Stream()
        self._thread = ThreadPoolExecutor(1, "card")

    def do(self, work: Callable[[], T]) -> T:
        """Its result; what it started on the card may still be under way."""
        return self._thread.submit(self._in_stream, work).result()

    def _in_stream(self, work: Callable[[], T]) -> T:
        with torch.inference_mode(), torch.cuda.stream(self._stream):
            return work()

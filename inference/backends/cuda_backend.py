"""Runs generators on a CUDA card: in half precision where that is as good, many pictures at a time.

Pictures are copied from pinned memory without waiting, so that the card goes from one batch to the next while the
threads that asked decode and encode.
"""

import logging
from contextlib import suppress
from math import prod

import numpy as np
import torch
from torch import Tensor, nn

from inference.backends import Session
from inference.backends.batching import BatchingSession
from inference.backends.card import Card
from inference.backends.graphs import Graphs
from inference.backends.pixels import PixelNetwork
from inference.backends.precision import PROBE_SIZE, choose_precision, probe
from inference.checkpoints import load_generator
from inference.styles import Style

MOST_AT_ONCE = 8
logger = logging.getLogger(__name__)


class CudaSession:
    """A generator on the card. Made by the card's own thread; `run` is for all others."""

    takes_pixels = True

    def __init__(self, network: PixelNetwork, card: Card) -> None:
        self.precision = network.dtype
        self.size_bytes = sum(p.numel() * p.element_size() for p in network.parameters())
        self._card = card
        self._graphs = Graphs(network, "cuda")
        self._pixel_bytes = _bytes_per_pixel(network)

    def fits(self, shape: tuple[int, ...]) -> int:
        """How many pictures of a shape, (3, H, W) or (H, W, 3), can be worked on at once."""
        return max(1, int(self._card.batch_bytes / (self._pixel_bytes * prod(shape) / 3)))

    def run(self, batch: np.ndarray) -> np.ndarray:
        """As of every session; and uint8 [N,H,W,3], in the network's colour order, to the same, which is faster."""
        dtype = torch.uint8 if batch.dtype == np.uint8 else torch.float32
        source = torch.empty(batch.shape, dtype=dtype, pin_memory=True)
        source.numpy()[...] = batch
        results, are_there = self._card.do(lambda: self._start(source))
        are_there.synchronize()
        return results[0].numpy() if len(results) == 1 else torch.cat(results).numpy()

    def _start(self, source: Tensor) -> tuple[list[Tensor], torch.cuda.Event]:
        with suppress(torch.OutOfMemoryError):
            return self._enqueue(source)
        logger.warning("the card's memory is full; graphs and buffers are given back")
        torch.cuda.synchronize()
        self._graphs.forget()
        torch.cuda.empty_cache()
        return self._enqueue(source)

    def _enqueue(self, source: Tensor) -> tuple[list[Tensor], torch.cuda.Event]:
        """The results' places in pinned memory, and the event after which they are there."""
        results = []
        for part in source.split(parts(len(source), self.fits(source.shape[1:]))):
            on_card = self._graphs.run(part)
            results.append(torch.empty(on_card.shape, dtype=on_card.dtype, pin_memory=True))
            results[-1].copy_(on_card, non_blocking=True)
        are_there = torch.cuda.Event(blocking=True)  # who waits for it leaves the processor to others
        are_there.record()
        return results, are_there


def parts(count: int, most: int) -> list[int]:
    """Powers of two that add up to `count`, so that few sizes of batches are tuned and recorded; none over `most`."""
    sizes = []
    while count:
        sizes.append(1 << (min(count, most).bit_length() - 1))
        count -= sizes[-1]
    return sizes


def _bytes_per_pixel(network: PixelNetwork) -> float:
    """What a pixel takes on the card while it is worked on."""
    x = probe(*PROBE_SIZE).to("cuda")
    network(x)  # what is made on first use is not for this picture alone
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    network(x)
    return (torch.cuda.max_memory_allocated() - before) / prod(PROBE_SIZE)


class CudaBackend:
    name = "torch"
    device = "cuda"

    def __init__(self, parallel: int = 1, *, single: bool = False) -> None:
        """`parallel`: conversions that may be under way at a time. `single`: precision, whatever is faster.

        Raises DeviceUnavailable where there is no card.
        """
        self._parallel, self._single = parallel, single
        self._card = Card()

    def load(self, style: Style) -> Session:
        network = load_generator(style)
        session = self._card.do(lambda: self._load(network))
        logger.info("%s runs in %s", style.id, session.precision)
        most = min(MOST_AT_ONCE, self._parallel)
        if most == 1:
            return session
        return BatchingSession(session, lambda shape: min(most, session.fits(shape)))

    def _load(self, network: nn.Module) -> CudaSession:
        network = network.to("cuda")
        torch.backends.cudnn.benchmark = False  # not to tune formats that are not taken
        precision = torch.float32 if self._single else choose_precision(network, "cuda")
        torch.backends.cudnn.benchmark = True
        return CudaSession(PixelNetwork(network, precision), self._card)

"""Runs generators on a CUDA GPU: in half precision where that is as good, many pictures at a time.

Pictures are copied from pinned memory without waiting, so that the GPU goes from one batch to the next while the
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
from inference.backends.cuda_graphs import GraphCache
from inference.backends.gpu_worker import GpuWorker
from inference.backends.pixel_network import PixelNetwork
from inference.backends.precision import PROBE_SIZE, choose_precision, make_probe
from inference.checkpoints import load_generator
from inference.styles import Style

MAX_BATCH = 8
logger = logging.getLogger(__name__)


class CudaSession:
    """A generator on the GPU. Made by the GPU's own thread; `run` is for all others."""

    accepts_pixels = True

    def __init__(self, network: PixelNetwork, worker: GpuWorker) -> None:
        self.precision = network.dtype
        self.size_bytes = sum(p.numel() * p.element_size() for p in network.parameters())
        self._worker = worker
        self._graphs = GraphCache(network, "cuda")
        self._pixel_bytes = _measure_pixel_bytes(network)

    def max_batch(self, shape: tuple[int, ...]) -> int:
        """Return how many pictures of a shape, (3, H, W) or (H, W, 3), can be worked on at once."""
        return max(1, int(self._worker.batch_bytes / (self._pixel_bytes * prod(shape) / 3)))

    def run(self, batch: np.ndarray) -> np.ndarray:
        """Convert as every session does; and uint8 [N,H,W,3], in the network's color order, which is faster."""
        dtype = torch.uint8 if batch.dtype == np.uint8 else torch.float32
        source = torch.empty(batch.shape, dtype=dtype, pin_memory=True)
        source.numpy()[...] = batch
        results, copied = self._worker.run(lambda: self._start(source))
        copied.synchronize()
        return results[0].numpy() if len(results) == 1 else torch.cat(results).numpy()

    def _start(self, source: Tensor) -> tuple[list[Tensor], torch.cuda.Event]:
        with suppress(torch.OutOfMemoryError):
            return self._enqueue(source)
        logger.warning("the GPU's memory is full; graphs and buffers are given back")
        torch.cuda.synchronize()
        self._graphs.clear()
        torch.cuda.empty_cache()
        return self._enqueue(source)

    def _enqueue(self, source: Tensor) -> tuple[list[Tensor], torch.cuda.Event]:
        """Return the results in pinned memory, and the event after which they are there."""
        results = []
        for part in source.split(split_batch(len(source), self.max_batch(source.shape[1:]))):
            on_gpu = self._graphs.run(part)
            results.append(torch.empty(on_gpu.shape, dtype=on_gpu.dtype, pin_memory=True))
            results[-1].copy_(on_gpu, non_blocking=True)
        copied = torch.cuda.Event(blocking=True)  # who waits for it leaves the processor to others
        copied.record()
        return results, copied


def split_batch(count: int, max_batch: int) -> list[int]:
    """Return powers of two, none over `max_batch`, that add up to `count`: few sizes are to be tuned and recorded."""
    sizes = []
    while count:
        sizes.append(1 << (min(count, max_batch).bit_length() - 1))
        count -= sizes[-1]
    return sizes


def _measure_pixel_bytes(network: PixelNetwork) -> float:
    """Return the bytes that a pixel takes on the GPU while it is worked on."""
    x = make_probe(*PROBE_SIZE).to("cuda")
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

        Raise DeviceUnavailable where there is no GPU.
        """
        self._parallel, self._single = parallel, single
        self._worker = GpuWorker()

    def load(self, style: Style) -> Session:
        network = load_generator(style)
        session = self._worker.run(lambda: self._load(network))
        logger.info("%s runs in %s", style.id, session.precision)
        max_batch = min(MAX_BATCH, self._parallel)
        if max_batch == 1:
            return session
        return BatchingSession(session, lambda shape: min(max_batch, session.max_batch(shape)))

    def _load(self, network: nn.Module) -> CudaSession:
        network = network.to("cuda")
        torch.backends.cudnn.benchmark = False  # not to tune formats that are not taken
        precision = torch.float32 if self._single else choose_precision(network, "cuda")
        torch.backends.cudnn.benchmark = True
        return CudaSession(PixelNetwork(network, precision), self._worker)

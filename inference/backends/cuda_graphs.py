"""Work on a GPU that is recorded once for a shape and then started as a whole.

A generator is some hundred small steps; for one picture, a fast GPU is through with each before the processor has
started the next. CUDA graphs: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

MAX_GRAPHS = 8
MAX_SEEN_SHAPES = 64
MAX_GRAPH_VALUES = 3 * 4_000_000  # in a batch; in larger ones each step is long enough to start the next meanwhile
logger = logging.getLogger(__name__)
Key = tuple[torch.dtype, torch.Size]


@dataclass(frozen=True)
class _Graph:
    """A replay reads `x` and writes `y`, always in the same place."""

    recorded: torch.cuda.CUDAGraph
    x: Tensor
    y: Tensor


class GraphCache:
    """A function of one tensor, recorded for each of the last few shapes that came more than once.

    Its graphs share their memory: all calls are for one thread and one stream, which must not be the default one.
    """

    def __init__(self, function: Callable[[Tensor], Tensor], device: str) -> None:
        self._function = function
        self._device = device
        self._seen: OrderedDict[Key, None] = OrderedDict()
        self._kept: OrderedDict[Key, _Graph | None] = OrderedDict()  # None: it cannot be recorded

    def run(self, source: Tensor) -> Tensor:
        """Return the function of `source`, which is in pinned memory or on the device.

        The result is on the device, and good until the next call.
        """
        graph = self._graph_for(source)
        if graph is None:
            return self._function(source.to(self._device, non_blocking=True))
        graph.x.copy_(source, non_blocking=True)
        graph.recorded.replay()
        return graph.y

    def clear(self) -> None:
        """Give back the memory of all graphs."""
        self._kept.clear()

    def _graph_for(self, source: Tensor) -> _Graph | None:
        key = (source.dtype, source.shape)
        if prod(source.shape) > MAX_GRAPH_VALUES or not self._has_come_before(key):
            return None
        if key not in self._kept:
            self._kept[key] = self._try_to_record(source)
            while len(self._kept) > MAX_GRAPHS:  # only now: recording has waited for what was still running
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _has_come_before(self, key: Key) -> bool:
        """Return whether it has, and note it: a shape that comes once is not worth a graph in place of a useful one."""
        is_known = key in self._seen
        self._seen[key] = None
        self._seen.move_to_end(key)
        while len(self._seen) > MAX_SEEN_SHAPES:
            self._seen.popitem(last=False)
        return is_known

    def _try_to_record(self, source: Tensor) -> _Graph | None:
        try:
            return self._record(source)
        except RuntimeError as error:
            logger.warning("no CUDA graph for %s, it runs step by step: %s", tuple(source.shape), error)
            return None

    def _record(self, source: Tensor) -> _Graph:
        x = source.to(self._device, copy=True)
        self._function(x)  # what is tuned or made on first use must not be while it is recorded
        graph, others = torch.cuda.CUDAGraph(), [kept for kept in self._kept.values() if kept]
        pool = others[0].recorded.pool() if others else None
        # "thread_local": threads that do something else with the GPU do not spoil the recording.
        stream = torch.cuda.current_stream()
        with torch.cuda.graph(graph, pool=pool, stream=stream, capture_error_mode="thread_local"):
            y = self._function(x)
        return _Graph(graph, x, y)

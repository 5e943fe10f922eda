"""Batches by the number of their step, made ahead by threads."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, Self, TypeVar

import torch
from torch import Tensor

PREFETCHED_BATCHES = 3  # made by threads while the network is busy


class DeviceBatch(Protocol):
    """What a step learns from."""

    def to(self, device: torch.device) -> Any: ...


@dataclass(frozen=True)
class TensorBatch:
    """A batch that is its tensors, and numbers that stay where they are."""

    def to(self, device: torch.device) -> Self:
        """Return it with all tensors on that device."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: value.to(device) for name, value in values.items() if isinstance(value, Tensor)})


BatchT_co = TypeVar("BatchT_co", bound=DeviceBatch, covariant=True)
BatchT = TypeVar("BatchT", bound=DeviceBatch)


class BatchSource(Protocol[BatchT_co]):
    """What gives the batch of a step, from the places of its pictures in endless rows."""

    def batch(self, step: int, places: Sequence[int]) -> BatchT_co: ...


def iterate_batches(
    source: BatchSource[BatchT], start: int, end: int, batch_size: int, *, rank: int = 0, world_size: int = 1
) -> Iterator[BatchT]:
    """Yield this process's share, `batch_size` of each kind, of steps `start` to `end`; made ahead by threads."""

    def places(step: int) -> list[int]:
        first = step * batch_size * world_size
        return list(range(first + rank, first + batch_size * world_size, world_size))

    with ThreadPoolExecutor(PREFETCHED_BATCHES) as pool:
        waiting: list[Future[BatchT]] = []
        for step in range(start, end):
            waiting.append(pool.submit(source.batch, step, places(step)))
            if len(waiting) == PREFETCHED_BATCHES:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()

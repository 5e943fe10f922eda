"""How fast a generator learns, and which parts more slowly: from few pictures, what it sees is best left alone."""

import math
from typing import Any

from torch import nn

ENCODER = ("head", "encode", "down", "middle")  # of a compact generator: the layers that see; the others draw


def learning_rate(step: int, steps: int, highest: float) -> float:
    """A short linear start, then half a cosine down to 1 % (Loshchilov, Hutter: SGDR, ICLR 2017)."""
    start = min(1.0, (step + 1) / 200)
    cosine = 0.5 * (1 + math.cos(math.pi * step / steps))
    return highest * start * (0.01 + 0.99 * cosine)


def shares(encoder_rate: float) -> tuple[float, ...]:
    """Of the learning rate, for each of the groups of `by_rate`."""
    return (1.0,) if encoder_rate == 1 else (encoder_rate, 1.0)


def by_rate(generator: nn.Module, encoder_rate: float) -> list[dict[str, Any]]:
    """All parameters, for an optimiser; the encoder's first, in a group of their own, if their rate is another."""
    if encoder_rate == 1:  # as in checkpoints that were made before there was a choice
        return [{"params": list(generator.parameters())}]
    sees: list[nn.Parameter] = []
    draws: list[nn.Parameter] = []
    for name, parameter in generator.named_parameters():
        (sees if name.removeprefix("base.").split(".")[0] in ENCODER else draws).append(parameter)
    return [{"params": sees}, {"params": draws}]

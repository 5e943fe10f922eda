"""What layers see on the way, for a student to learn from its teacher."""

from collections.abc import Iterable
from itertools import accumulate

from torch import Tensor, nn


def outputs_of_each(layers: Iterable[nn.Module], x: Tensor) -> list[Tensor]:
    """Return what each of the layers puts out, where each sees what the one before it put out, and the first sees x."""
    outputs: list[Tensor] = list(accumulate(layers, lambda seen, layer: layer(seen), initial=x))
    return outputs[1:]

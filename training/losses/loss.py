"""What a loss is: a function, how much it counts, and what people read about it; each stands beside its function."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

import torch
from django.utils.functional import Promise
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A term of what a generator minimizes.

    `name`: the key of its weight, and of the option `--NAME-weight`; `fn`: from tensors, by its parameters' names, to
    a scalar; `label`: its title on the page How it learns. `column`: its name in the log, and `aliases`: other
    spellings of its option, where earlier versions chose others; logs and command lines of theirs stay valid.
    """

    name: str
    fn: Callable[..., Tensor]
    default_weight: float = 1.0
    label: str | Promise | None = None
    column: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def log_column(self) -> str:
        return self.column or self.name


def default_weights(losses: Iterable[Loss], **others: float) -> dict[str, float]:
    """Return the weight of each loss by its name; `others` take the place of the losses' own."""
    return {loss.name: loss.default_weight for loss in losses} | others


def compute_losses(losses: Iterable[Loss], inputs: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return, by name, every loss whose function's parameters are all among the `inputs`."""
    found = {}
    for loss in losses:
        names = signature(loss.fn).parameters.keys()
        if names <= inputs.keys():
            found[loss.name] = loss.fn(**{name: inputs[name] for name in names})
    return found


def weighted_sum(losses: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Return Σ w_i L_i over the losses that have a weight: a scalar."""
    return torch.stack([weights[name] * losses[name] for name in weights if name in losses]).sum()

"""Optimizers, learning rates by step, and the running average of weights."""

import math
from typing import Any

import torch
from torch import nn

WARMUP_STEPS = 200
# Of a compact generator, and of a U-Net, the layers that see; the others draw.
ENCODER_LAYERS = ("head", "encode", "down", "middle", "encoders", "downs")


def gan_adam(network: nn.Module, learning_rate: float, beta2: float = 0.999) -> torch.optim.Optimizer:
    """Return Adam with the short memory that adversarial training takes (DCGAN, ICLR 2016: beta1 0.5)."""
    return torch.optim.Adam(network.parameters(), lr=learning_rate, betas=(0.5, beta2))


def scheduled_learning_rate(step: int, steps: int, max_learning_rate: float, falls_from: float = 0.0) -> float:
    """Return a short linear start, then half a cosine down to 1 % (Loshchilov, Hutter: SGDR, ICLR 2017).

    `falls_from`: the share of the run after which the cosine begins.
    """
    warmup = min(1.0, (step + 1) / WARMUP_STEPS)
    first = falls_from * steps
    cosine = 0.5 * (1 + math.cos(math.pi * max(0.0, step - first) / (steps - first)))
    return max_learning_rate * warmup * (0.01 + 0.99 * cosine)


def parameter_groups(generator: nn.Module, encoder_share: float) -> list[dict[str, Any]]:
    """Return all parameters, for an optimizer.

    The encoder's come first, in a group of their own, if their rate is another: from few pictures, what it sees is best
    left alone.
    """
    if encoder_share == 1:  # as in checkpoints that were made before there was a choice
        return [{"params": list(generator.parameters())}]
    encoder: list[nn.Parameter] = []
    decoder: list[nn.Parameter] = []
    for name, parameter in generator.named_parameters():
        is_encoder = name.removeprefix("base.").split(".")[0] in ENCODER_LAYERS
        (encoder if is_encoder else decoder).append(parameter)
    return [{"params": encoder}, {"params": decoder}]


def learning_rate_shares(encoder_share: float) -> tuple[float, ...]:
    """Return the share of the learning rate of each of the `parameter_groups`."""
    return (1.0,) if encoder_share == 1 else (encoder_share, 1.0)


def update_average(average: nn.Module, network: nn.Module, step: int, ema: float) -> None:
    """Move the running average of the weights a share of 1 - `ema` toward the network; faster at the start."""
    share = 1 - min(ema, (step + 1) / (step + 10))
    torch._foreach_lerp_(list(average.parameters()), [p.detach() for p in network.parameters()], share)

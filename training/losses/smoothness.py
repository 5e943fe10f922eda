"""Losses on the differences between neighbouring pixels."""

import torch
from torch import Tensor


def gradients(x: Tensor) -> tuple[Tensor, Tensor]:
    """Differences to the right and to the lower neighbour: where lines are."""
    return x[..., :, 1:] - x[..., :, :-1], x[..., 1:, :] - x[..., :-1, :]


def gradient_loss(output: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference of the image gradients (Mathieu et al., ICLR 2016, eq. 6 with alpha 1)."""
    pairs = zip(gradients(output), gradients(target), strict=True)
    return torch.stack([(a - b).abs().mean() for a, b in pairs]).sum()


def total_variation_loss(x: Tensor) -> Tensor:
    """½ E[(x_{i,j+1} - x_{i,j})²] + ½ E[(x_{i+1,j} - x_{i,j})²]: fewer specks.

    Total variation (Rudin, Osher, Fatemi 1992) with squares in place of absolute values, as AnimeGANv2 (2020) has it.
    """
    across, down = gradients(x)
    return (across.square().mean() + down.square().mean()) / 2

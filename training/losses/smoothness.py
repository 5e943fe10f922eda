"""Losses on the differences between neighboring pixels."""

import torch
from django.utils.translation import gettext_lazy as _
from torch import Tensor

from training.losses.loss import Loss


def image_gradients(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the differences to the right and to the lower neighbor: where lines are."""
    return x[..., :, 1:] - x[..., :, :-1], x[..., 1:, :] - x[..., :-1, :]


def gradient_loss(output: Tensor, target: Tensor) -> Tensor:
    """Return the mean absolute difference of the image gradients (Mathieu et al., ICLR 2016, eq. 6 with alpha 1)."""
    pairs = zip(image_gradients(output), image_gradients(target), strict=True)
    return torch.stack([(a - b).abs().mean() for a, b in pairs]).sum()


def total_variation_loss(result: Tensor) -> Tensor:
    """Return ½ E[(x_{i,j+1} - x_{i,j})²] + ½ E[(x_{i+1,j} - x_{i,j})²]: less noise.

    Total variation (Rudin, Osher, Fatemi 1992) with squares in place of absolute values, as AnimeGANv2 (2020) has it.
    """
    across, down = image_gradients(result)
    return (across.square().mean() + down.square().mean()) / 2


GRADIENT = Loss(name="gradient", fn=gradient_loss, label=_("Lines"))
TOTAL_VARIATION = Loss(name="total_variation", fn=total_variation_loss, default_weight=0.0, label=_("Total variation"))

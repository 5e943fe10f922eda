"""Losses. All take [N,C,H,W] in [-1,1] and return a scalar tensor."""

import torch
import torch.nn.functional as F
from torch import Tensor


def gradients(x: Tensor) -> tuple[Tensor, Tensor]:
    """Differences to the right and to the lower neighbour: where lines are."""
    return x[..., :, 1:] - x[..., :, :-1], x[..., 1:, :] - x[..., :-1, :]


def gradient_loss(output: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference of the image gradients (Mathieu et al., ICLR 2016, eq. 6 with alpha 1)."""
    pairs = zip(gradients(output), gradients(target), strict=True)
    return torch.stack([(a - b).abs().mean() for a, b in pairs]).sum()


def hinge_discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """max(0, 1 - D(real)) + max(0, 1 + D(fake)) (Lim, Ye: Geometric GAN, 2017)."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def hinge_generator_loss(fake: Tensor) -> Tensor:
    """-D(fake), the generator's side of the hinge loss."""
    return -fake.mean()

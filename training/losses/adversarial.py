"""Losses on a discriminator's scores: tensors of any shape, a score a patch."""

import torch.nn.functional as F
from torch import Tensor

from .weights import Weights


def hinge_discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """max(0, 1 - D(real)) + max(0, 1 + D(fake)) (Lim, Ye: Geometric GAN, 2017)."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def hinge_generator_loss(fake: Tensor) -> Tensor:
    """-D(fake), the generator's side of the hinge loss."""
    return -fake.mean()


def lsgan_discriminator_loss(anime: Tensor, fake: Tensor, grey: Tensor, smooth: Tensor, weights: Weights) -> Tensor:
    """w_a E[(D(a) - 1)²] + w_f E[D(G(p))²] + w_x E[D(x)²] + w_y E[D(y)²], not yet times `weights.adversarial`.

    Chen, Liu, Chen: AnimeGAN, ISICA 2019, section 3.2, L(D), upon Mao et al.: Least Squares GAN, ICCV 2017, eq. 9.
    The scores are of anime pictures a, of results G(p) of photos p, of grey anime pictures x, which teach that the
    colours of anime are wanted, and of grey anime pictures y without clear edges, which teach that its lines are.
    """
    return (
        weights.real * (anime - 1).square().mean()
        + weights.fake * fake.square().mean()
        + weights.grey * grey.square().mean()
        + weights.smooth * smooth.square().mean()
    )


def lsgan_generator_loss(fake: Tensor) -> Tensor:
    """E[(D(G(p)) - 1)²], the generator's side (the first term of L(G) there)."""
    return (fake - 1).square().mean()

"""Losses on a discriminator's scores: tensors of any shape, a score a patch."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from torch import Tensor

from training.losses.loss import Loss

# How much each term of AnimeGAN's discriminator counts; see `lsgan_discriminator_loss`.
DISCRIMINATOR_WEIGHTS = {"real": 1.0, "fake": 1.0, "gray": 1.0, "smooth": 0.1}


def lsgan_discriminator_loss(
    anime: Tensor, fake: Tensor, gray: Tensor, smooth: Tensor, weights: Mapping[str, float]
) -> Tensor:
    """Return w_a E[(D(a) - 1)²] + w_f E[D(G(p))²] + w_x E[D(x)²] + w_y E[D(y)²], weighted as DISCRIMINATOR_WEIGHTS are.

    Chen, Liu, Chen: AnimeGAN, ISICA 2019, section 3.2, L(D), upon Mao et al.: Least Squares GAN, ICCV 2017, eq. 9.
    The scores are of anime pictures a, of results G(p) of photos p, of gray anime pictures x, which teach that the
    colors of anime are wanted, and of gray anime pictures y without clear edges, which teach that its lines are.
    """
    return (
        weights["real"] * (anime - 1).square().mean()
        + weights["fake"] * fake.square().mean()
        + weights["gray"] * gray.square().mean()
        + weights["smooth"] * smooth.square().mean()
    )


def lsgan_pair_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return ½ E[(D(c) - 1)²] + ½ E[D(G(p))²]: the discriminator's side of Mao et al.: Least Squares GAN, ICCV 2017.

    White-box Cartoonization's code takes it for surface and texture, in place of the logarithms of the paper.
    """
    return ((real - 1).square().mean() + fake.square().mean()) / 2


def lsgan_generator_loss(fake: Tensor) -> Tensor:
    """Return E[(D(G(p)) - 1)²], the generator's side of both (the first term of L(G) there)."""
    return (fake - 1).square().mean()


ADVERSARIAL = Loss(name="adversarial", fn=lsgan_generator_loss, default_weight=300.0, label=_("Adversarial loss"))

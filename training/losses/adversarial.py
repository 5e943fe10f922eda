"""Losses on a discriminator's scores: tensors of any shape, a score a patch."""

from torch import Tensor

from training.losses.weights import Weights


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


def lsgan_pair_loss(real: Tensor, fake: Tensor) -> Tensor:
    """½ E[(D(c) - 1)²] + ½ E[D(G(p))²], the discriminator's side as Mao et al.: Least Squares GAN, ICCV 2017, has it.

    White-box Cartoonization's code takes it for surface and texture, in place of the logarithms of the paper.
    """
    return ((real - 1).square().mean() + fake.square().mean()) / 2


def lsgan_generator_loss(fake: Tensor) -> Tensor:
    """E[(D(G(p)) - 1)²], the generator's side of both (the first term of L(G) there)."""
    return (fake - 1).square().mean()

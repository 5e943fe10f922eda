"""White-box Cartoonization's surface: what remains of a picture when textures and details are smoothed away."""

from torch import Tensor

from inference.architectures.guided import guided_filter

RADIUS, EPS = 5, 0.2  # as the authors' code has them, for values in [-1,1]


def surface_of(x: Tensor) -> Tensor:
    """F_dgf(x, x): [N,C,H,W] in [-1,1] to the same shape and range, in single precision or what is finer.

    Wang, Yu: White-box Cartoon Representations, CVPR 2020, section 3.1: the guided filter (He et al., ECCV 2010) with
    the picture as its own guide, a q = mean(a) I + mean(b) with a = var(I) / (var(I) + eps) in each window: edges are
    kept where the variance is far above eps. A discriminator D_s sees it in place of the picture, and the losses are
    `lsgan_pair_loss(D_s(F(c)), D_s(F(G(p))))` and `lsgan_generator_loss(D_s(F(G(p))))` (there eq. 1).
    """
    return guided_filter(x, x, radius=RADIUS, eps=EPS)

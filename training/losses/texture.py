"""White-box Cartoonization's texture: lines and luminance without colour."""

import numpy as np
import torch
from torch import Tensor

from training.losses.color import YUV

SPREAD = 0.1  # of a colour's share of luminance; as the authors' code has it


def random_grey_weights(chance: np.random.Generator) -> tuple[float, float, float]:
    """(red, green, blue), each uniform within SPREAD of its share of luminance, and scaled to the sum 1."""
    weights = np.array(YUV[0]) + chance.uniform(-SPREAD, SPREAD, 3)
    red, green, blue = weights / weights.sum()
    return float(red), float(green), float(blue)


def texture_of(x: Tensor, weights: tuple[float, float, float]) -> Tensor:
    """F_rcs(x) = β₁ R + β₂ G + β₃ B: RGB [N,3,H,W] to [N,1,H,W] in the same range.

    Wang, Yu: White-box Cartoon Representations, CVPR 2020, section 3.3, eq. 4, "random colour shift", as their code
    has it: β sums to 1, and the luminance has no part of its own. Result and cartoon get the same β, another each step,
    so that a discriminator D_t can go by lines alone: `lsgan_pair_loss` and `lsgan_generator_loss` of its scores (there
    eq. 5).
    """
    shares = torch.tensor(weights, dtype=x.dtype, device=x.device).reshape(1, 3, 1, 1)
    return (x * shares).sum(1, keepdim=True)

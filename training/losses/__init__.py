"""Losses. All take [N,C,H,W], pictures in [-1,1], and return a scalar tensor.

`adversarial` judges scores of a discriminator; `features` and `pyramid` compare what is drawn; `colour` how it is
coloured; `smoothness` looks at neighbours; `weights` says how much each counts in AnimeGAN.
"""

from .adversarial import least_squares_discriminator_loss, lsgan_discriminator_loss, lsgan_generator_loss
from .colour import colour_loss, grey, rgb_to_yuv
from .features import content_loss, feature_loss, gram, style_loss
from .pyramid import laplacian_pyramid, mean_pyramid, pyramid_loss
from .smoothness import gradient_loss, gradients, total_variation_loss
from .weights import PRESETS, Weights

__all__ = [
    "PRESETS",
    "Weights",
    "colour_loss",
    "content_loss",
    "feature_loss",
    "gradient_loss",
    "gradients",
    "gram",
    "grey",
    "laplacian_pyramid",
    "least_squares_discriminator_loss",
    "lsgan_discriminator_loss",
    "lsgan_generator_loss",
    "mean_pyramid",
    "pyramid_loss",
    "rgb_to_yuv",
    "style_loss",
    "total_variation_loss",
]

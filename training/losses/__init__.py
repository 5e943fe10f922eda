"""Losses. All take [N,C,H,W], pictures in [-1,1], and return a scalar tensor.

`adversarial` judges scores of a discriminator; `features`, `patches` and `pyramid` compare what is drawn; `colour` how
it is coloured; `smoothness` looks at neighbours; `surface` and `texture` show a discriminator one side of a picture;
`landmarks` compares places in faces; `weights` says how much each counts.
"""

from training.losses.adversarial import lsgan_discriminator_loss, lsgan_generator_loss, lsgan_pair_loss
from training.losses.color import colour_loss, grey, rgb_to_yuv
from training.losses.features import content_loss, feature_loss, gram, hint_loss, style_loss
from training.losses.landmarks import heat_maps, landmark_loss, location_loss
from training.losses.patches import patch_distance, patch_loss, random_filters
from training.losses.pyramid import laplacian_pyramid, mean_pyramid, pyramid_loss
from training.losses.smoothness import gradient_loss, gradients, total_variation_loss
from training.losses.surface import surface_of
from training.losses.texture import random_grey_weights, texture_of
from training.losses.weights import PRESETS, WHITEBOX_PRESETS, Weights, WhiteboxWeights

__all__ = [
    "PRESETS",
    "WHITEBOX_PRESETS",
    "Weights",
    "WhiteboxWeights",
    "colour_loss",
    "content_loss",
    "feature_loss",
    "gradient_loss",
    "gradients",
    "gram",
    "grey",
    "heat_maps",
    "hint_loss",
    "landmark_loss",
    "laplacian_pyramid",
    "location_loss",
    "lsgan_discriminator_loss",
    "lsgan_generator_loss",
    "lsgan_pair_loss",
    "mean_pyramid",
    "patch_distance",
    "patch_loss",
    "pyramid_loss",
    "random_filters",
    "random_grey_weights",
    "rgb_to_yuv",
    "style_loss",
    "surface_of",
    "texture_of",
    "total_variation_loss",
]

"""Losses. All take [N,C,H,W], pictures in [-1,1], and return a scalar tensor.

`loss` says what a loss is; each stands beside its function. `adversarial` compares scores of a discriminator;
`features`, `patches` and `pyramid` what is drawn; `color` how it is colored; `smoothness` neighbors; `landmarks` places
in faces; `representations` are White-box Cartoonization's three views of a picture, and `perceptual` the networks that
content and style are seen with. A recipe lists its losses, and its presets are weights by their names.
"""

from django.utils.translation import gettext_lazy as _

from training.losses.adversarial import (
    ADVERSARIAL,
    DISCRIMINATOR_WEIGHTS,
    lsgan_discriminator_loss,
    lsgan_generator_loss,
    lsgan_pair_loss,
)
from training.losses.color import COLOR, color_loss, grayscale, rgb_to_yuv
from training.losses.features import (
    CONTENT,
    FEATURE_DISTILLATION,
    FEATURE_MATCHING,
    STYLE,
    content_loss,
    feature_distillation_loss,
    feature_matching_loss,
    gram_matrix,
    style_loss,
)
from training.losses.landmarks import LANDMARK, landmark_loss, location_loss, make_heatmaps
from training.losses.loss import Loss, compute_losses, default_weights, weighted_sum
from training.losses.patches import (
    PATCH_DISTRIBUTION,
    patch_distribution_distance,
    patch_distribution_loss,
    random_filters,
)
from training.losses.pyramid import laplacian_pyramid, mean_pyramid, pyramid_loss
from training.losses.representations import (
    REGIONS,
    STRUCTURE,
    SURFACE,
    TEXTURE,
    extract_structure,
    extract_surface,
    extract_texture,
    random_gray_weights,
)
from training.losses.smoothness import GRADIENT, TOTAL_VARIATION, gradient_loss, image_gradients, total_variation_loss
from training.losses.target import L1, LPIPS, SSIM, l1_loss

LOSSES = (
    L1,
    GRADIENT,
    SSIM,
    LPIPS,
    PATCH_DISTRIBUTION,
    FEATURE_DISTILLATION,
    FEATURE_MATCHING,
    ADVERSARIAL,
    CONTENT,
    STYLE,
    COLOR,
    TOTAL_VARIATION,
    REGIONS,
    SURFACE,
    TEXTURE,
    STRUCTURE,
    LANDMARK,
)
LABELS = {loss.log_column: loss.label for loss in LOSSES if loss.label is not None} | {
    "discriminator": _("Discriminator loss"),
    "surface_discriminator": _("Surface discriminator loss"),
    "texture_discriminator": _("Texture discriminator loss"),
}

__all__ = [
    "ADVERSARIAL",
    "COLOR",
    "CONTENT",
    "DISCRIMINATOR_WEIGHTS",
    "FEATURE_DISTILLATION",
    "FEATURE_MATCHING",
    "GRADIENT",
    "L1",
    "LABELS",
    "LANDMARK",
    "LOSSES",
    "LPIPS",
    "PATCH_DISTRIBUTION",
    "REGIONS",
    "SSIM",
    "STRUCTURE",
    "STYLE",
    "SURFACE",
    "TEXTURE",
    "TOTAL_VARIATION",
    "Loss",
    "color_loss",
    "compute_losses",
    "content_loss",
    "default_weights",
    "extract_structure",
    "extract_surface",
    "extract_texture",
    "feature_distillation_loss",
    "feature_matching_loss",
    "gradient_loss",
    "gram_matrix",
    "grayscale",
    "image_gradients",
    "l1_loss",
    "landmark_loss",
    "laplacian_pyramid",
    "location_loss",
    "lsgan_discriminator_loss",
    "lsgan_generator_loss",
    "lsgan_pair_loss",
    "make_heatmaps",
    "mean_pyramid",
    "patch_distribution_distance",
    "patch_distribution_loss",
    "pyramid_loss",
    "random_filters",
    "random_gray_weights",
    "rgb_to_yuv",
    "style_loss",
    "total_variation_loss",
    "weighted_sum",
]

"""Losses on the features that a network sees in pictures: VGG19's conv4_4, in AnimeGAN, or a discriminator's."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from django.utils.translation import gettext_lazy as _
from torch import Tensor

from training.losses.loss import Loss


def content_loss(photo_features: Tensor, result_features: Tensor) -> Tensor:
    """Return ||F(p) - F(G(p))||₁ as a mean, of features [N,C,H,W]: the same things at the same places.

    Chen, Liu, Chen: AnimeGAN, ISICA 2019, section 3.2, L_con (first in CartoonGAN, CVPR 2018).
    """
    return F.l1_loss(result_features, photo_features)


def gram_matrix(features: Tensor) -> Tensor:
    """Return [N,C,C] of [N,C,H,W]: which features come together, F Fᵀ / (C H W).

    Gatys, Ecker, Bethge: Image Style Transfer Using Convolutional Neural Networks, CVPR 2016, eq. 3, over the number
    of values as in Johnson, Alahi, Fei-Fei: Perceptual Losses, ECCV 2016, eq. 3.
    """
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / (flat.shape[1] * flat.shape[2])


def style_loss(anime_features: Tensor, result_features: Tensor) -> Tensor:
    """Return ||Gram(F(x)) - Gram(F(G(p)))||₁ as a mean, of features [N,C,H,W] of anime and result.

    Chen, Liu, Chen: AnimeGAN, ISICA 2019, section 3.2, L_gra, where x is the gray anime picture: its textures
    without its colors.
    """
    return F.l1_loss(gram_matrix(result_features), gram_matrix(anime_features))


def feature_distillation_loss(teacher_features: Sequence[Tensor], student_features: Sequence[Tensor]) -> Tensor:
    """Return the mean over layers and channels of mean (f - h)² / var h, of features f and a teacher's h.

    Each [N,C,H,W]; 1 is what features that know nothing come to. Romero et al.: FitNets, Hints for Thin Deep Nets,
    ICLR 2015, eq. 3, over the variance of each channel, so that quiet ones count as much; in single precision or finer.
    """
    layers = []
    for teacher, student in zip(teacher_features, student_features, strict=True):
        exact = torch.promote_types(teacher.dtype, torch.float32)
        target = teacher.to(exact)
        squared_error = (student.to(exact) - target).square().mean((0, 2, 3))
        layers.append((squared_error / (target.var((0, 2, 3), correction=0) + 1e-3)).mean())
    return torch.stack(layers).mean()


def feature_matching_loss(targets: Sequence[Tensor], results: Sequence[Tensor]) -> Tensor:
    """Return the mean over a discriminator's layers of the mean |D_i(target) - D_i(result)|.

    Wang et al.: pix2pixHD, CVPR 2018, eq. 4.
    """
    layers = zip(targets, results, strict=True)
    return torch.stack([F.l1_loss(result.float(), target.float()) for target, result in layers]).mean()


CONTENT = Loss(name="content", fn=content_loss, default_weight=1.5, label=_("Content"))
STYLE = Loss(name="style", fn=style_loss, default_weight=3.0, label=_("Textures"))
FEATURE_DISTILLATION = Loss(
    name="feature_distillation",
    fn=feature_distillation_loss,
    default_weight=0.0,
    label=_("Feature distillation"),
    column="hint",
    aliases=("hint",),
)
FEATURE_MATCHING = Loss(
    name="feature_matching",
    fn=feature_matching_loss,
    default_weight=0.0,
    label=_("Feature matching"),
    column="features",
    aliases=("feature",),
)

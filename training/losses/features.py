"""Losses on the features that a network sees in pictures: VGG19's conv4_4, in AnimeGAN, or a discriminator's."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def content_loss(photo: Tensor, result: Tensor) -> Tensor:
    """||F(p) - F(G(p))||₁ as a mean, of features [N,C,H,W] of photo and result: the same things at the same places.

    Chen, Liu, Chen: AnimeGAN, ISICA 2019, section 3.2, L_con (first in CartoonGAN, CVPR 2018).
    """
    return F.l1_loss(result, photo)


def gram(features: Tensor) -> Tensor:
    """[N,C,H,W] to [N,C,C]: which features come together, F Fᵀ / (C H W).

    Gatys, Ecker, Bethge: Image Style Transfer Using Convolutional Neural Networks, CVPR 2016, eq. 3, over the number
    of values as in Johnson, Alahi, Fei-Fei: Perceptual Losses, ECCV 2016, eq. 3.
    """
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / (flat.shape[1] * flat.shape[2])


def style_loss(anime: Tensor, result: Tensor) -> Tensor:
    """||Gram(F(x)) - Gram(F(G(p)))||₁ as a mean, of features [N,C,H,W] of anime and result.

    Chen, Liu, Chen: AnimeGAN, ISICA 2019, section 3.2, L_gra, where x is the grey anime picture: its textures
    without its colours.
    """
    return F.l1_loss(gram(result), gram(anime))


def hint_loss(hints: Sequence[Tensor], features: Sequence[Tensor]) -> Tensor:
    """The mean over layers and channels of mean (f - h)² / var h, of features f and a teacher's h, each [N,C,H,W].

    1 is what features that know nothing come to. Romero et al.: FitNets, Hints for Thin Deep Nets, ICLR 2015, eq. 3,
    over the variance of each channel, so that quiet ones count as much; in single precision or finer.
    """
    layers = []
    for hint, own in zip(hints, features, strict=True):
        exact = torch.promote_types(hint.dtype, torch.float32)
        target = hint.to(exact)
        far = (own.to(exact) - target).square().mean((0, 2, 3))
        layers.append((far / (target.var((0, 2, 3), correction=0) + 1e-3)).mean())
    return torch.stack(layers).mean()


def feature_loss(targets: Sequence[Tensor], results: Sequence[Tensor]) -> Tensor:
    """The mean over a discriminator's layers of the mean |D_i(target) - D_i(result)|.

    Wang et al.: pix2pixHD, CVPR 2018, eq. 4, the feature matching loss.
    """
    layers = zip(targets, results, strict=True)
    return torch.stack([F.l1_loss(result.float(), target.float()) for target, result in layers]).mean()

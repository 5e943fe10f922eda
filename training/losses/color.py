"""Losses on colors."""

import torch
import torch.nn.functional as F
from django.utils.translation import gettext_lazy as _
from torch import Tensor

from training.losses.loss import Loss

# Rows Y, U, V of ITU-R BT.470 (analog PAL), to as many digits as TensorFlow has, which AnimeGAN was trained with.
YUV = (
    (0.299, 0.587, 0.114),
    (-0.14714119, -0.28886916, 0.43601035),
    (0.61497538, -0.51496512, -0.10001026),
)


def rgb_to_yuv(x: Tensor) -> Tensor:
    """Return Y in [0,1], U in [-0.436,0.436] and V in [-0.615,0.615], [N,3,H,W], of RGB [N,3,H,W] in [-1,1]."""
    matrix = torch.tensor(YUV, dtype=x.dtype, device=x.device)
    return torch.einsum("yc,nchw->nyhw", matrix, (x + 1) / 2)


def grayscale(x: Tensor) -> Tensor:
    """Return three equal channels of the luminance Y of RGB [N,3,H,W], in the same range."""
    red, green, blue = YUV[0]
    return (red * x[:, :1] + green * x[:, 1:2] + blue * x[:, 2:]).expand_as(x)


def color_loss(photo: Tensor, result: Tensor) -> Tensor:
    """Return L1 of Y plus Huber of U plus Huber of V, each a mean over all pixels: the result keeps the photo's colors.

    Chen, Liu, Chen: AnimeGAN, ISICA 2019, section 3.2, L_col. Huber (1964) has the delta 1, which only opposite
    colors exceed; below it is half the square.
    """
    (y, u, v), (other_y, other_u, other_v) = (rgb_to_yuv(x).unbind(1) for x in (photo, result))
    return F.l1_loss(other_y, y) + F.huber_loss(other_u, u) + F.huber_loss(other_v, v)


COLOR = Loss(name="color", fn=color_loss, default_weight=10.0, label=_("Colors"), column="colour", aliases=("colour",))

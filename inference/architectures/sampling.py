"""Changes of size as TensorFlow 1 makes them by default, which networks that were trained with it expect."""

import torch
from torch import Tensor


def upsample_2x(x: Tensor) -> Tensor:
    """Return [N,C,H,W] as [N,C,2H,2W], bilinear, where output pixel i reads source position i/2.

    Even outputs copy a source pixel, odd ones average two neighbors; the last row and column repeat.
    """
    n, c, h, w = x.shape
    right = torch.cat([x[..., 1:], x[..., -1:]], dim=3)
    x = torch.stack([x, (x + right) / 2], dim=4).reshape(n, c, h, 2 * w)
    below = torch.cat([x[:, :, 1:], x[:, :, -1:]], dim=2)
    return torch.stack([x, (x + below) / 2], dim=3).reshape(n, c, 2 * h, 2 * w)


def downsample_2x(x: Tensor) -> Tensor:
    """Return [N,C,H,W] as [N,C,H/2,W/2], H and W even: "bilinear" at whole source positions is every second pixel."""
    return x[..., ::2, ::2]

"""Changes of size as TensorFlow 1 makes them by default, which networks that were trained with it expect."""

import torch
from torch import Tensor


def double(x: Tensor) -> Tensor:
    """[N,C,H,W] to [N,C,2H,2W], bilinear, where output pixel i reads source position i/2.

    Even outputs copy a source pixel, odd ones average two neighbours; the last row and column repeat.
    """
    n, c, h, w = x.shape
    right = torch.cat([x[..., 1:], x[..., -1:]], dim=3)
    x = torch.stack([x, (x + right) / 2], dim=4).reshape(n, c, h, 2 * w)
    below = torch.cat([x[:, :, 1:], x[:, :, -1:]], dim=2)
    return torch.stack([x, (x + below) / 2], dim=3).reshape(n, c, 2 * h, 2 * w)


def halve(x: Tensor) -> Tensor:
    """[N,C,H,W] to [N,C,H/2,W/2], H and W even: "bilinear" at whole source positions is every second pixel."""
    return x[..., ::2, ::2]

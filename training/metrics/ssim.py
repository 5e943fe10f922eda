"""SSIM: how alike two pictures are in structure."""

import torch
import torch.nn.functional as F
from torch import Tensor


def _gaussian_mean(x: Tensor, *, sigma: float = 1.5, size: int = 11) -> Tensor:
    """Return the Gaussian mean of the valid pixels, rows after columns."""
    at = torch.arange(size, device=x.device, dtype=x.dtype) - size // 2
    line = torch.exp(-(at**2) / (2 * sigma**2))
    line = (line / line.sum()).expand(x.shape[1], 1, 1, size)
    x = F.conv2d(x, line, groups=x.shape[1])
    return F.conv2d(x, line.transpose(2, 3), groups=x.shape[1])


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Return the mean structural similarity of [N,C,H,W] in [-1,1]: a scalar tensor; 1 is equal.

    Wang et al., Image quality assessment: from error visibility to structural similarity, IEEE TIP 2004:
    Gaussian window of 11x11, sigma 1.5, K1 0.01, K2 0.03, here for a dynamic range of 2; valid pixels only.
    """
    c1, c2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    mean_a, mean_b = _gaussian_mean(a), _gaussian_mean(b)
    var_a = _gaussian_mean(a * a) - mean_a**2
    var_b = _gaussian_mean(b * b) - mean_b**2
    covariance = _gaussian_mean(a * b) - mean_a * mean_b
    numerator = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return (numerator / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean()

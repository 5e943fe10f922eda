"""How near one picture is to another."""

import torch
import torch.nn.functional as F
from torch import Tensor


def mean_error(a: Tensor, b: Tensor) -> float:
    """Mean absolute difference in steps of 1/255, of [N,3,H,W] in [-1,1]; both are clipped first."""
    return float((a.clamp(-1, 1) - b.clamp(-1, 1)).abs().mean() * 127.5)


def _blur(x: Tensor, *, sigma: float = 1.5, size: int = 11) -> Tensor:
    """Gaussian mean of the valid pixels, rows after columns."""
    at = torch.arange(size, device=x.device, dtype=x.dtype) - size // 2
    line = torch.exp(-(at**2) / (2 * sigma**2))
    line = (line / line.sum()).expand(x.shape[1], 1, 1, size)
    x = F.conv2d(x, line, groups=x.shape[1])
    return F.conv2d(x, line.transpose(2, 3), groups=x.shape[1])


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Mean structural similarity of [N,C,H,W] in [-1,1] (a scalar tensor, 1 is equal).

    Wang et al., Image quality assessment: from error visibility to structural similarity, IEEE TIP 2004:
    Gaussian window of 11x11, sigma 1.5, K1 0.01, K2 0.03, here for a dynamic range of 2; valid pixels only.
    """
    c1, c2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    mean_a, mean_b = _blur(a), _blur(b)
    var_a = _blur(a * a) - mean_a**2
    var_b = _blur(b * b) - mean_b**2
    covariance = _blur(a * b) - mean_a * mean_b
    numerator = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return (numerator / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean()

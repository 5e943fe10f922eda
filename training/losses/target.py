"""Losses on how far a result is from its target, where there is one."""

from django.utils.translation import gettext_lazy as _
from torch import Tensor

from training.losses.loss import Loss
from training.metrics import lpips
from training.metrics.ssim import ssim


def l1_loss(output: Tensor, target: Tensor) -> Tensor:
    """Return the mean absolute difference."""
    return (output - target).abs().mean()


def ssim_loss(output: Tensor, target: Tensor) -> Tensor:
    """Return 1 less the structural similarity (Wang et al., IEEE TIP 2004)."""
    return 1 - ssim(output, target)


def lpips_loss(output: Tensor, target: Tensor, lpips_network: lpips.LPIPS) -> Tensor:
    """Return the mean LPIPS over the pictures (Zhang et al., CVPR 2018, eq. 1)."""
    return lpips_network(output, target).mean()


L1 = Loss(name="l1", fn=l1_loss, label=_("Colors"))
SSIM = Loss(name="ssim", fn=ssim_loss, default_weight=0.1)
LPIPS = Loss(name="lpips", fn=lpips_loss, default_weight=0.0, label=_("Perceptual distance (LPIPS)"))

"""The AnimeGANv2 generator, with the key names of the state dicts published for PyTorch.

Chen, Liu, Chen: AnimeGAN, ISICA 2019; second version 2020. 2,143,552 parameters.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from inference.architectures.sampling import upsample_2x

SLOPE = 0.2
Norm = Callable[[int], nn.Module]  # from a number of channels


def _norm(channels: int) -> nn.GroupNorm:
    # One group: mean and variance over the whole picture and all channels.
    return nn.GroupNorm(1, channels)


class ConvNormAct(nn.Sequential):
    """Reflection padding, convolution, norm, leaky ReLU; `stride` 2 pads right and below only."""

    def __init__(
        self,
        cin: int,
        cout: int,
        kernel: int = 3,
        *,
        stride: int = 1,
        groups: int = 1,
        bias: bool = False,
        norm: Norm = _norm,
    ) -> None:
        half = kernel // 2
        padding = (0, 1, 0, 1) if stride == 2 else (half,) * 4
        super().__init__(
            nn.ReflectionPad2d(padding),
            nn.Conv2d(cin, cout, kernel, stride, groups=groups, bias=bias),
            norm(cout),
            nn.LeakyReLU(SLOPE),
        )


class InvertedResidual(nn.Module):
    """1x1 expansion, 3x3 depthwise, 1x1 projection without activation (Sandler et al.: MobileNetV2)."""

    def __init__(self, cin: int, cout: int, expansion: int = 2) -> None:
        super().__init__()
        inner = cin * expansion
        self.has_shortcut = cin == cout
        self.layers = nn.Sequential(
            ConvNormAct(cin, inner, 1),
            ConvNormAct(inner, inner, groups=inner, bias=True),
            nn.Conv2d(inner, cout, 1, bias=False),
            _norm(cout),
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.layers(x)
        return x + y if self.has_shortcut else y


class AnimeGAN2Generator(nn.Module):
    """[N,3,H,W] RGB in [-1,1] to the same range.

    With `align_corners` the result has the size of the input; without it, height and width are cut to
    multiples of 4, as the published code does. `upsampling` is half_pixel, or legacy for checkpoints of the first
    publication, which was trained with TensorFlow 1.
    """

    def __init__(self, align_corners: bool = False, upsampling: str = "half_pixel") -> None:
        super().__init__()
        self.align_corners, self.upsampling = align_corners, upsampling
        self.block_a = nn.Sequential(ConvNormAct(3, 32, 7), ConvNormAct(32, 64, stride=2), ConvNormAct(64, 64))
        self.block_b = nn.Sequential(ConvNormAct(64, 128, stride=2), ConvNormAct(128, 128))
        self.block_c = nn.Sequential(
            ConvNormAct(128, 128),
            InvertedResidual(128, 256),
            *[InvertedResidual(256, 256) for _ in range(3)],
            ConvNormAct(256, 128),
        )
        self.block_d = nn.Sequential(ConvNormAct(128, 128), ConvNormAct(128, 128))
        self.block_e = nn.Sequential(ConvNormAct(128, 64), ConvNormAct(64, 64), ConvNormAct(64, 32, 7))
        self.out_layer = nn.Sequential(nn.Conv2d(32, 3, 1, bias=False), nn.Tanh())

    def _enlarge(self, x: Tensor, size: torch.Size) -> Tensor:
        if self.align_corners:
            return F.interpolate(x, tuple(size), mode="bilinear", align_corners=True)
        if self.upsampling == "legacy":
            return upsample_2x(x)
        return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)

    def forward(self, x: Tensor) -> Tensor:
        half = self.block_a(x)
        quarter = self.block_c(self.block_b(half))
        up = self.block_d(self._enlarge(quarter, half.shape[-2:]))
        return self.out_layer(self.block_e(self._enlarge(up, x.shape[-2:])))

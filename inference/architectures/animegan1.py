"""The first AnimeGAN generator (Chen, Liu, Chen: AnimeGAN, ISICA 2019, figure 2), 3.96 million parameters.

As its authors' code has it, where the last enlargement has 128 channels and not the 64 of the figure.
"""

from functools import partial

import torch
from torch import Tensor, nn

from inference.architectures.animegan2 import SLOPE, ConvNormAct
from inference.architectures.sampling import downsample_2x, upsample_2x

_norm = partial(nn.InstanceNorm2d, affine=True)
_conv = partial(ConvNormAct, norm=_norm)


class SeparableConv(nn.Sequential):
    """3x3 depthwise, then 1x1, norm, leaky ReLU (Chollet: Xception); `stride` 2 pads right and below only."""

    def __init__(self, cin: int, cout: int, *, stride: int = 1) -> None:
        super().__init__(
            nn.ReflectionPad2d((0, 1, 0, 1) if stride == 2 else 1),
            nn.Conv2d(cin, cin, 3, stride, groups=cin, bias=False),
            nn.Conv2d(cin, cout, 1, bias=False),
            _norm(cout),
            nn.LeakyReLU(SLOPE),
        )


class Down(nn.Module):
    """Half the size, twice: by a stride of 2, and by a smaller picture, so that less is lost; the two are added."""

    def __init__(self, cin: int, cout: int) -> None:
        super().__init__()
        self.strided = SeparableConv(cin, cout, stride=2)
        self.resized = SeparableConv(cin, cout)

    def forward(self, x: Tensor) -> Tensor:
        return self.strided(x) + self.resized(downsample_2x(x))


class Up(nn.Module):
    """Enlarged, then convolved: transposed convolutions leave a chequerboard (Odena et al., Distill 2016)."""

    def __init__(self, cin: int, cout: int) -> None:
        super().__init__()
        self.layers = SeparableConv(cin, cout)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(upsample_2x(x))


class InvertedResidual(nn.Module):
    """1x1 to `inner` channels, 3x3 depthwise, 1x1 back without activation, and the input added (MobileNetV2)."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _conv(channels, inner, 1),
            _conv(inner, inner, groups=inner),
            nn.Conv2d(inner, channels, 1, bias=False),
            _norm(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class AnimeGAN1Generator(nn.Module):
    """[N,3,H,W] RGB in [-1,1] to the same shape and range; H and W divisible by 4, and 8 or more."""

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Sequential(_conv(3, 64), _conv(64, 64), Down(64, 128))
        self.encode_more = nn.Sequential(_conv(128, 128), SeparableConv(128, 128), Down(128, 256))
        blocks = [InvertedResidual(256, 512) for _ in range(8)]
        self.middle = nn.Sequential(_conv(256, 256), *blocks, _conv(256, 256))
        self.decode = nn.Sequential(Up(256, 128), SeparableConv(128, 128), _conv(128, 128))
        self.decode_more = nn.Sequential(Up(128, 128), _conv(128, 64), _conv(64, 64))
        self.out_layer = nn.Conv2d(64, 3, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        features = self.middle(self.encode_more(self.encode(x)))
        return torch.tanh(self.out_layer(self.decode_more(self.decode(features))))

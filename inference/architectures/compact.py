"""`compact`: the project's own small generator, made for fast conversion on a plain CPU.

Almost all of its work is done at two small sizes, in plain 3x3 convolutions without normalization (so that a tile of a
photo converts exactly as the whole would); a thin layer at full size turns that into a correction of the photo itself,
and a guided filter lets the photo's own edges through. Pixel (un)shuffle changes the size: Shi et al., CVPR 2016.

`compact` works at a quarter and an eighth of the photo's size; `compact_fine`, at a half and a quarter, sees and draws
finer lines, and has layers like those of the generator that taught it.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from inference.architectures.features import outputs_of_each
from inference.architectures.guided import guided_filter

SLOPE = 0.2
MULTIPLE = 8  # height and width must be divisible by this


class ResidualBlock(nn.Module):
    """[N,C,H,W] plus what two 3x3 convolutions make of it, without normalization."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        # Without normalization the start must be near the identity, or a deep stack grows its signal.
        with torch.no_grad():
            self.conv2.weight.mul_(0.1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(F.leaky_relu(self.conv1(x), SLOPE))


class CompactGenerator(nn.Module):
    """[N,3,H,W] RGB in [-1,1] to the same shape (unclipped); H and W divisible by 8.

    `width` and `deep_width`: channels at 1/`shrink` of the size and at half of that; `blocks` residual blocks stand
    before and as many after the `deep_blocks` ones; `thin_width`: channels of the layer at full size.
    """

    def __init__(
        self,
        width: int = 64,
        deep_width: int = 96,
        blocks: int = 3,
        deep_blocks: int = 4,
        thin_width: int = 16,
        shrink: int = 4,
    ) -> None:
        super().__init__()
        self.shrink = shrink
        self.head = nn.Conv2d(3 * shrink**2, width, 3, padding=1)
        self.encode = nn.Sequential(*[ResidualBlock(width) for _ in range(blocks)])
        self.down = nn.Conv2d(width, deep_width, 3, stride=2, padding=1)
        self.middle = nn.Sequential(*[ResidualBlock(deep_width) for _ in range(deep_blocks)])
        self.up = nn.Conv2d(deep_width, width * 4, 1)
        self.decode = nn.Sequential(*[ResidualBlock(width) for _ in range(blocks)])
        self.expand = nn.Conv2d(width, thin_width * shrink**2, 3, padding=1)
        self.mix = nn.Conv2d(thin_width + 3, thin_width, 3, padding=1)
        self.tail = nn.Conv2d(thin_width, 3, 3, padding=1)
        with torch.no_grad():
            self.tail.weight.mul_(0.1)

    def _mix(self, features: Tensor, x: Tensor) -> Tensor:
        """mix(cat([features, x])) without the copy at full size, which would cost as much as the convolution."""
        own, photo = self.mix.weight.split([features.shape[1], 3], dim=1)
        return F.conv2d(features, own, self.mix.bias, padding=1) + F.conv2d(x, photo, padding=1)

    def _shallow(self, x: Tensor) -> Tensor:
        """Return features at 1/`shrink` of the size."""
        return self.encode(self.head(F.pixel_unshuffle(x, self.shrink)))

    def _joined(self, shallow: Tensor, deep: Tensor) -> Tensor:
        return shallow + F.pixel_shuffle(self.up(deep), 2)

    def _drawn(self, shallow: Tensor, x: Tensor) -> Tensor:
        """Return the last features, [N,thin_width,H,W], from those at 1/`shrink` of the size and the photo itself."""
        features = F.pixel_shuffle(self.expand(shallow), self.shrink)
        return F.leaky_relu(self._mix(features, x), SLOPE)

    def _result(self, shallow: Tensor, deep: Tensor, x: Tensor) -> Tensor:
        drawn = self._drawn(self.decode(self._joined(shallow, deep)), x)
        return guided_filter(x, x + self.tail(drawn), radius=1, eps=5e-3)

    def with_deep_features(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return what `forward` gives, and the features after each deep block, [N,deep_width,H/2s,W/2s].

        s is `shrink`.
        """
        shallow = self._shallow(x)
        deep = outputs_of_each(self.middle, self.down(shallow))
        return self._result(shallow, deep[-1], x), deep

    def forward(self, x: Tensor) -> Tensor:
        shallow = self._shallow(x)
        return self._result(shallow, self.middle(self.down(shallow)), x)

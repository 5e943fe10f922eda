"""`compact`: the project's own small generator, made for fast conversion on a plain CPU.

Almost all of its work is done at a quarter and an eighth of the photo's size, in plain 3x3 convolutions
without normalisation (so that a tile of a photo converts exactly as the whole would); a thin layer at
full size turns that into a correction of the photo itself, and a guided filter lets the photo's own
edges through. Pixel (un)shuffle changes the size: Shi et al., CVPR 2016.

`compact_fine` has a few layers at half the size too, which draw the finer lines.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .guided import guided_filter

SLOPE = 0.2
MULTIPLE = 8  # height and width must be divisible by this
FINE = {"width2": 32, "blocks2": 4}  # what makes a `compact` a `compact_fine`


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        # Without normalisation the start must be near the identity, or a deep stack grows its signal.
        with torch.no_grad():
            self.conv2.weight.mul_(0.1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(F.leaky_relu(self.conv1(x), SLOPE))


class _Fine(nn.Module):
    """Adds to the last features what is seen at half the size: [N,width4,H/4,W/4] and photo to [N,width1,H,W]."""

    def __init__(self, width4: int, width2: int, blocks: int, width1: int) -> None:
        super().__init__()
        self.head = nn.Conv2d(3 * 4, width2, 3, padding=1)
        self.up = nn.Conv2d(width4, width2 * 4, 1)
        self.blocks = nn.Sequential(*[_Residual(width2) for _ in range(blocks)])
        self.expand = nn.Conv2d(width2, width1 * 4, 3, padding=1)
        with torch.no_grad():  # begins as nothing: a network without it can be taken further with it
            for parameter in self.expand.parameters():
                parameter.zero_()

    def forward(self, quarter: Tensor, x: Tensor) -> Tensor:
        half = self.head(F.pixel_unshuffle(x, 2)) + F.pixel_shuffle(self.up(quarter), 2)
        return F.pixel_shuffle(self.expand(self.blocks(F.leaky_relu(half, SLOPE))), 2)


class CompactGenerator(nn.Module):
    """[N,3,H,W] RGB in [-1,1] to the same shape (unclipped); H and W divisible by 8.

    `width4`, `width8`: channels at 1/4 and 1/8 of the size; `blocks4` residual blocks stand before and as
    many after the `blocks8` ones at 1/8; `width1`: channels of the layer at full size; `width2` and `blocks2`:
    channels and residual blocks at half the size, if any.
    """

    def __init__(
        self,
        width4: int = 64,
        width8: int = 96,
        blocks4: int = 3,
        blocks8: int = 4,
        width1: int = 16,
        width2: int = 0,
        blocks2: int = 0,
    ) -> None:
        super().__init__()
        self.head = nn.Conv2d(3 * 16, width4, 3, padding=1)
        self.encode = nn.Sequential(*[_Residual(width4) for _ in range(blocks4)])
        self.down = nn.Conv2d(width4, width8, 3, stride=2, padding=1)
        self.middle = nn.Sequential(*[_Residual(width8) for _ in range(blocks8)])
        self.up = nn.Conv2d(width8, width4 * 4, 1)
        self.decode = nn.Sequential(*[_Residual(width4) for _ in range(blocks4)])
        self.expand = nn.Conv2d(width4, width1 * 16, 3, padding=1)
        self.mix = nn.Conv2d(width1 + 3, width1, 3, padding=1)
        self.tail = nn.Conv2d(width1, 3, 3, padding=1)
        self.fine = _Fine(width4, width2, blocks2, width1) if width2 else None
        with torch.no_grad():
            self.tail.weight.mul_(0.1)

    def _mix(self, features: Tensor, x: Tensor) -> Tensor:
        """mix(cat([features, x])) without the copy at full size, which would cost as much as the convolution."""
        own, photo = self.mix.weight.split([features.shape[1], 3], dim=1)
        return F.conv2d(features, own, self.mix.bias, padding=1) + F.conv2d(x, photo, padding=1)

    def _encoded(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features at a quarter and at an eighth of the size."""
        quarter = self.encode(self.head(F.pixel_unshuffle(x, 4)))
        return quarter, self.middle(self.down(quarter))

    def _drawn(self, quarter: Tensor, x: Tensor) -> Tensor:
        """The last features, [N,width1,H,W], from those at a quarter of the size and the photo itself."""
        features = F.pixel_shuffle(self.expand(quarter), 4)
        if self.fine is not None:
            features = features + self.fine(quarter, x)
        return F.leaky_relu(self._mix(features, x), SLOPE)

    def forward(self, x: Tensor) -> Tensor:
        quarter, eighth = self._encoded(x)
        quarter = self.decode(quarter + F.pixel_shuffle(self.up(eighth), 2))
        return guided_filter(x, x + self.tail(self._drawn(quarter, x)), radius=1, eps=5e-3)

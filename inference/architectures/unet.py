"""`unet`: the project's generator for styles that change shapes, such as the eyes of a face.

A U-Net (Ronneberger, Fischer, Brox: MICCAI 2015) without normalization. Half of a level's residual blocks stand before
the next level and half after it. The deepest levels work at 1/8 and 1/16 of the photo's size, where a convolution
costs little and sees a whole face. What the whole picture is like scales and shifts the features on the way up
(Perez et al.: FiLM, AAAI 2018), since the generators that teach it have norms over the whole picture. Tone goes through
a guided filter along the photo's edges; lines, and what moves, are drawn on top of it.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from inference.architectures.compact import SLOPE, ResidualBlock
from inference.architectures.guided import guided_filter
from inference.architectures.statistics import channel_statistics

SHRINK = 2  # the first level works at half of the photo's size


class UNetGenerator(nn.Module):
    """[N,3,H,W] RGB in [-1,1] to the same shape (unclipped); H and W divisible by 2 to the power of the levels.

    `widths`: channels of each level, from 1/2 of the photo's size on, each at half the size of the one before;
    `blocks`: residual blocks of each level, before and after the next one each; of the last level, all of them.
    `thin_width`: channels at full size; `hidden`: numbers that the context is made from.
    """

    def __init__(
        self,
        widths: tuple[int, ...] = (32, 64, 96, 96),
        blocks: tuple[int, ...] = (1, 1, 2, 2),
        *,
        thin_width: int = 16,
        hidden: int = 64,
        has_filter: bool = True,
    ) -> None:
        super().__init__()
        self.has_filter = has_filter
        self.head = nn.Conv2d(3 * SHRINK**2, widths[0], 3, padding=1)
        pairs = list(pairwise(widths))
        self.encoders = nn.ModuleList(_residual_blocks(w, n) for w, n in zip(widths, blocks, strict=True))
        self.downs = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairs)
        self.ups = nn.ModuleList(nn.Conv2d(b, 4 * a, 1) for a, b in pairs)
        self.decoders = nn.ModuleList(_residual_blocks(w, n) for w, n in zip(widths[:-1], blocks[:-1], strict=True))
        self.summary = nn.Linear(2 * (3 + widths[-1]), hidden)
        self.modulation = nn.Linear(hidden, 2 * sum(widths))
        self.widths = list(widths)
        self.expand = nn.Conv2d(widths[0], thin_width * SHRINK**2, 1)
        self.mix = nn.Conv2d(thin_width + 3, thin_width, 3, padding=1)
        self.tail = nn.Conv2d(thin_width, 3, 3, padding=1)
        self.lines = nn.Conv2d(thin_width, 3, 3, padding=1) if has_filter else None
        with torch.no_grad():
            self.tail.weight.mul_(0.1)
            for parameter in (*self.modulation.parameters(), *(self.lines.parameters() if self.lines else ())):
                parameter.zero_()

    def _modulations(self, x: Tensor, deepest: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return scale and shift of each level's channels, [N,C,1,1] each, the first level first."""
        with torch.autocast(x.device.type, enabled=False):
            seen = torch.cat([channel_statistics(x), channel_statistics(deepest)], dim=1).to(self.summary.weight.dtype)
            numbers = self.modulation(F.leaky_relu(self.summary(seen), SLOPE))[..., None, None]
        scales, shifts = (half.split(self.widths, dim=1) for half in numbers.to(deepest.dtype).chunk(2, dim=1))
        return list(zip(scales, shifts, strict=True))

    def _mix(self, features: Tensor, x: Tensor) -> Tensor:
        """mix(cat([features, x])) without the copy at full size, which would cost as much as the convolution."""
        own, photo = self.mix.weight.split([features.shape[1], 3], dim=1)
        return F.conv2d(features, own, self.mix.bias, padding=1) + F.conv2d(x, photo, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        features = self.head(F.pixel_unshuffle(x, SHRINK))
        skips = []
        for encoder, down in zip(self.encoders[:-1], self.downs, strict=True):
            skips.append(encoder(features))
            features = F.leaky_relu(down(skips[-1]), SLOPE)
        features = self.encoders[-1](features)
        *modulations, (scale, shift) = self._modulations(x, features)
        features = features * (1 + scale) + shift
        for up, decoder, skip, (scale, shift) in list(zip(self.ups, self.decoders, skips, modulations, strict=True))[
            ::-1
        ]:
            features = decoder((skip + F.pixel_shuffle(up(features), 2)) * (1 + scale) + shift)
        drawn = F.leaky_relu(self._mix(F.pixel_shuffle(self.expand(features), SHRINK), x), SLOPE)
        toned = x + self.tail(drawn)
        return guided_filter(x, toned, radius=1, eps=5e-3) + self.lines(drawn) if self.lines else toned


def _residual_blocks(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*[ResidualBlock(width) for _ in range(count)])

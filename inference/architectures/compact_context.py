"""`compact_context`: the `compact` generator, told what the whole picture is like.

A purely local network cannot change the tone of a picture by what else is in it, as generators with a norm over the
whole picture do. Here a few numbers of the whole picture, its context, steer the local part: they move its colors, and
scale and shift its features (Perez et al.: FiLM, AAAI 2018). Tone and lines have ways of their own: what goes through
the guided filter follows the photo's edges, and lines are drawn on top of it.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from inference.architectures.compact import SLOPE, CompactGenerator
from inference.architectures.guided import guided_filter
from inference.architectures.statistics import channel_statistics


class CompactContextGenerator(CompactGenerator):
    """[N,3,H,W] RGB in [-1,1] to the same shape (unclipped); H and W divisible by 8.

    It has all tensors of `CompactGenerator`; with those of one that is trained, and its own as they are at first, it
    computes what that one does. Of a picture that is converted in tiles, every pixel that is further from the
    tile's border than the network sees comes out as from the whole, if each tile is given the `context` of the whole.
    `shape` is of that generator. `hidden`: numbers that the context is made from; `dropout`: the share of them that
    training leaves out each time.
    """

    def __init__(self, *, hidden: int = 64, dropout: float = 0.0, **shape: int) -> None:
        super().__init__(**shape)
        width, places = self.head.out_channels, len(self.decode) + 1
        self.modulated = (places, 2, width)  # scale and shift of each channel at each place
        self.summary = nn.Linear(2 * (3 + self.down.out_channels), hidden)
        self.context_out = nn.Linear(hidden, 12 + places * 2 * width)
        self.dropout = nn.Dropout(dropout)
        self.lines = nn.Conv2d(self.tail.in_channels, 3, 3, padding=1)
        with torch.no_grad():
            for parameter in (*self.context_out.parameters(), *self.lines.parameters()):
                parameter.zero_()

    def _context(self, x: Tensor, deep: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            seen = torch.cat([channel_statistics(x), channel_statistics(deep)], dim=1).to(self.summary.weight.dtype)
            return self.context_out(self.dropout(F.leaky_relu(self.summary(seen), SLOPE)))

    def context(self, x: Tensor) -> Tensor:
        """Return [N,K] of whole pictures [N,3,H,W]: what `forward` needs to know of them."""
        return self._context(x, self.middle(self.down(self._shallow(x))))

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        shallow = self._shallow(x)
        deep = self.middle(self.down(shallow))
        if context is None:
            context = self._context(x, deep)
        color, modulation = context.split([12, context.shape[1] - 12], dim=1)
        features = self._joined(shallow, deep)
        steps = modulation.to(features.dtype).unflatten(1, self.modulated)[..., None, None].unbind(1)
        for block, step in zip((nn.Identity(), *self.decode), steps, strict=True):
            features = block(features) * (1 + step[:, 0]) + step[:, 1]
        drawn = self._drawn(features, x)
        toned = _recolor(x, color.unflatten(1, (3, 4))) + self.tail(drawn)
        return guided_filter(x, toned, radius=1, eps=5e-3) + self.lines(drawn)


def _recolor(x: Tensor, change: Tensor) -> Tensor:
    """Return x + A x + b for each pixel of [N,3,H,W], where `change` is A and b side by side, [N,3,4]."""
    change = change[..., None, None].to(x.dtype)
    red, green, blue, offset = change.unbind(2)
    return x + red * x[:, :1] + green * x[:, 1:2] + blue * x[:, 2:] + offset

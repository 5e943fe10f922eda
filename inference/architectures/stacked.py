"""One generator after another: the second sees a blend of the photo and of what the first makes of it.

What is learned from few pairs gets their colors, hardly their lines. Stacked on a generator that draws firm lines and
flat areas, it colors a drawing in place of a photo.
"""

from torch import Tensor, nn


class StackedGenerator(nn.Module):
    """[N,3,H,W] RGB in [-1,1] to the same shape, as `top` gives it; `blend`: of what `base` makes, from 0 to 1."""

    def __init__(self, top: nn.Module, base: nn.Module, blend: float) -> None:
        super().__init__()
        self.top, self.base, self.blend = top, base, blend

    def forward(self, x: Tensor) -> Tensor:
        drawn = self.base(x).clamp(-1, 1)
        return self.top(x + self.blend * (drawn - x))

"""One generator after another: the second sees a mix of the photo and of what the first makes of it.

What is learnt from few pairs gets their colours, hardly their lines. Laid over a generator that draws firm lines and
flat areas, it colours a drawing in place of a photo.
"""

from torch import Tensor, nn


class LaidOver(nn.Module):
    """[N,3,H,W] RGB in [-1,1] to the same shape, as `over` gives it. `share`: of what `under` makes, from 0 to 1."""

    def __init__(self, over: nn.Module, under: nn.Module, share: float) -> None:
        super().__init__()
        self.over, self.under, self.share = over, under, share

    def forward(self, x: Tensor) -> Tensor:
        drawn = self.under(x).clamp(-1, 1)
        return self.over(x + self.share * (drawn - x))

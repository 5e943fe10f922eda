"""Pictures at several sizes, and a content loss that needs no trained network."""

import torch
import torch.nn.functional as F
from torch import Tensor

from inference.architectures.sampling import upsample_2x

LEVELS = 4
MIN_SIDE_PX = 3  # pixels of a level that can still be mirrored by two


def _blur(x: Tensor) -> Tensor:
    """Blur with the binomial kernel 1 4 6 4 1 in both directions, mirrored at the border."""
    line = torch.tensor([1.0, 4, 6, 4, 1], dtype=x.dtype, device=x.device) / 16
    kernel = torch.outer(line, line).expand(x.shape[1], 1, 5, 5)
    return F.conv2d(F.pad(x, (2,) * 4, mode="reflect"), kernel, groups=x.shape[1])


def laplacian_pyramid(x: Tensor, levels: int = LEVELS) -> list[Tensor]:
    """Return what each octave adds to [N,C,H,W], [N,C,H/2^j,W/2^j], and the small picture that remains, last.

    Burt, Adelson: The Laplacian Pyramid as a Compact Image Code, 1983. Fewer levels where the picture is too small.
    """
    bands: list[Tensor] = []
    while len(bands) < levels and min(x.shape[-2:]) >= 2 * MIN_SIDE_PX:
        small = _blur(x)[..., ::2, ::2]
        # Every second pixel was kept, so enlarging puts them back there, and means between them.
        bands.append(x - upsample_2x(small)[..., : x.shape[-2], : x.shape[-1]])
        x = small
    return [*bands, x]


def pyramid_loss(photo: Tensor, result: Tensor) -> Tensor:
    """Return the sum over the bands of the mean |L_j(p) - L_j(G(p))|.

    Bojanowski et al.: Optimizing the Latent Space of Generative Networks, ICML 2018, Lap₁: there sums times 2^(2j),
    which is the same up to a factor, since band j has 2^(-2j) as many pixels. The small picture that remains is left
    out: it holds the mean colors, which the color loss is for.
    """
    bands = zip(laplacian_pyramid(photo)[:-1], laplacian_pyramid(result)[:-1], strict=True)
    return torch.stack([F.l1_loss(b, a) for a, b in bands]).sum()


def mean_pyramid(x: Tensor, levels: int) -> list[Tensor]:
    """Return [N,C,H,W] halved `levels` - 1 times, each the mean of four pixels; sides divisible by 2^(levels-1)."""
    pictures = [x]
    while len(pictures) < levels:
        pictures.append(F.avg_pool2d(pictures[-1], 2))
    return pictures

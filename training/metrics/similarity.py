"""How near one picture is to another."""

import math
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F
from skimage.color import rgb2lab
from torch import Tensor

from training.losses import gradients, grey


def mean_error(a: Tensor, b: Tensor) -> float:
    """Mean absolute difference in steps of 1/255, of [N,3,H,W] in [-1,1]; both are clipped first."""
    return float((a.clamp(-1, 1) - b.clamp(-1, 1)).abs().mean() * 127.5)


def _blur(x: Tensor, *, sigma: float = 1.5, size: int = 11) -> Tensor:
    """Gaussian mean of the valid pixels, rows after columns."""
    at = torch.arange(size, device=x.device, dtype=x.dtype) - size // 2
    line = torch.exp(-(at**2) / (2 * sigma**2))
    line = (line / line.sum()).expand(x.shape[1], 1, 1, size)
    x = F.conv2d(x, line, groups=x.shape[1])
    return F.conv2d(x, line.transpose(2, 3), groups=x.shape[1])


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Mean structural similarity of [N,C,H,W] in [-1,1] (a scalar tensor, 1 is equal).

    Wang et al., Image quality assessment: from error visibility to structural similarity, IEEE TIP 2004:
    Gaussian window of 11x11, sigma 1.5, K1 0.01, K2 0.03, here for a dynamic range of 2; valid pixels only.
    """
    c1, c2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    mean_a, mean_b = _blur(a), _blur(b)
    var_a = _blur(a * a) - mean_a**2
    var_b = _blur(b * b) - mean_b**2
    covariance = _blur(a * b) - mean_a * mean_b
    numerator = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return (numerator / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean()


def _gabor_filters(waves: float, orientations: int, device: torch.device) -> Tensor:
    """Pairs of even and odd filters, [2*orientations,1,K,K], of `waves` pixels a wave; none sees mere brightness."""
    sigma = 0.56 * waves  # an octave wide
    half = math.ceil(2.5 * sigma)
    y, x = torch.meshgrid(*[torch.arange(-half, half + 1.0, device=device)] * 2, indexing="ij")
    window = torch.exp(-(x**2 + y**2) / (2 * sigma**2))
    window = window / window.sum()
    filters = []
    for number in range(orientations):
        angle = math.pi * number / orientations
        phase = 2 * math.pi / waves * (x * math.cos(angle) + y * math.sin(angle))
        filters += [window * (phase.cos() - (window * phase.cos()).sum()), window * phase.sin()]
    return torch.stack(filters)[:, None]


def gabor_distance(a: Tensor, b: Tensor, *, scales: int = 4, orientations: int = 4) -> float:
    """How differently lines and textures are drawn in [N,3,H,W] in [-1,1]: 0 in the same way, 1 in another.

    Gabor energy (Adelson, Bergen 1985: the length of an even and an odd answer, which hardly changes where a line moves
    by a pixel) of the luminance, four pixels a wave, at `scales` sizes a half of the one before; between the energies
    the distance of Bray and Curtis (1957), sum |x - y| / sum (x + y), of each size, and their mean. A measure of our
    own that needs no trained network: it is not LPIPS, and its numbers are not to be compared with LPIPS's.
    """
    luminances = [grey(x.clamp(-1, 1))[:, :1] for x in (a, b)]
    filters = _gabor_filters(4.0, orientations, a.device)
    distances = []
    for _ in range(scales):
        if min(luminances[0].shape[-2:]) < filters.shape[-1]:
            break
        answers = [F.conv2d(y, filters).unflatten(1, (orientations, 2)) for y in luminances]
        one, other = (answer.square().sum(2).sqrt() for answer in answers)
        distances.append(float((one - other).abs().sum() / (one + other).sum().clamp(min=1e-6)))
        luminances = [F.avg_pool2d(y, 2) for y in luminances]
    if not distances:
        raise ValueError(f"a picture of {tuple(a.shape[-2:])} is too small to look for lines in")
    return sum(distances) / len(distances)


def best_shift(result: Tensor, target: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """The common parts of two [N,C,H,W] after the shift of up to `most` pixels each way with the least mean error.

    Published pairs are often a pixel apart, which costs a sharp picture more than a blurred one. All shifts are judged
    on parts of one size, 2 `most` smaller than the picture.
    """
    height, width = result.shape[-2:]
    part = result[..., most : height - most, most : width - most]
    size = part.shape[-2:]

    def shifted(down: int, across: int) -> Tensor:
        return target[..., down : down + size[0], across : across + size[1]]

    places = product(range(2 * most + 1), repeat=2)
    return part, min((shifted(*place) for place in places), key=lambda other: mean_error(part, other))


def edge_strength(x: Tensor) -> float:
    """The mean length of the gradient of luminance, of [N,3,H,W] in [-1,1], in steps of 1/255 a pixel."""
    across, down = gradients(grey(x.clamp(-1, 1))[:, :1])
    return float(torch.hypot(across[..., :-1, :], down[..., :-1]).mean() * 127.5)


def colour_distance(a: np.ndarray, b: np.ndarray) -> float:
    """The mean distance in CIELAB of two uint8 [H,W,3]; about 2.3 is just seen (CIE 1976; Mahy et al. 1994)."""
    return float(np.linalg.norm(rgb2lab(a) - rgb2lab(b), axis=2).mean())

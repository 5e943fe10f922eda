"""The Gabor distance: how differently lines and textures are drawn in two pictures."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from training.losses.color import grayscale


def _gabor_filters(waves: float, orientations: int, device: torch.device) -> Tensor:
    """Return pairs of even and odd filters, [2*orientations,1,K,K], `waves` pixels a wave; blind to mere brightness."""
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
    """Return how differently lines and textures are drawn in [N,3,H,W] in [-1,1]: 0 in the same way, 1 in another.

    Gabor energy (Adelson, Bergen 1985: the length of an even and an odd answer, which hardly changes where a line moves
    by a pixel) of the luminance, four pixels a wave, at `scales` sizes a half of the one before; between the energies
    the distance of Bray and Curtis (1957), sum |x - y| / sum (x + y), of each size, and their mean. A measure of our
    own that needs no trained network: it is not LPIPS, and its numbers are not to be compared with LPIPS's.
    """
    luminances = [grayscale(x.clamp(-1, 1))[:, :1] for x in (a, b)]
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

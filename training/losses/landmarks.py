"""Where the landmarks of a face are, as probabilities over places, and how far two such answers are apart.

A picture of h x w cells has h w + 1 places for a landmark: its cells, row by row, and, last, "nowhere".
"""

import torch
from django.utils.translation import gettext_lazy as _
from torch import Tensor

from training.losses.loss import Loss

SIGMA = 1.0  # cells


def make_heatmaps(points: Tensor, height: int, width: int, sigma: float = SIGMA) -> Tensor:
    """Return a distribution over [N,K,height*width+1] for each of [N,K,2] (x, y in cells; not a number: nowhere).

    H(u) ∝ exp(-|u - x|² / 2σ²), by the center u of each cell (Tompson et al.: Joint Training of a Convolutional Network
    and a Graphical Model, NIPS 2014), scaled to the sum 1; a landmark outside of the picture has 1 in the last place.
    """
    across = torch.arange(width, dtype=points.dtype, device=points.device) + 0.5
    down = torch.arange(height, dtype=points.dtype, device=points.device) + 0.5
    x, y = points.unbind(-1)
    square = (across - x[..., None]).square()[..., None, :] + (down - y[..., None]).square()[..., None]
    maps = torch.softmax(-square.flatten(2) / (2 * sigma**2), dim=2)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)  # not so where they are not numbers
    maps = torch.where(inside[..., None], maps, 0)
    return torch.cat([maps, (~inside)[..., None].to(maps.dtype)], dim=2)


def location_loss(log_places: Tensor, target: Tensor, is_known: Tensor) -> Tensor:
    """Return -Σ_u H(u) log N(u), the cross-entropy, as a mean over landmarks: what the landmark network N learns by.

    `log_places` and `target`: [N,K,places]; `is_known` [N]: of which pictures the detector's answer is taken as true.
    0 where it is of none. Sun et al.: Integral Human Pose Regression, ECCV 2018, has heatmaps as distributions.
    """
    entropy = -(target * log_places).sum(2).mean(1)
    return (entropy * is_known).sum() / is_known.sum().clamp(min=1)


def landmark_loss(photo_landmarks: Tensor, result_landmarks: Tensor) -> Tensor:
    """Return Σ_u N_p(u) (log N_p(u) - log N_G(p)(u)), in nats, as a mean over landmarks.

    So both faces have them in one place: the Kullback-Leibler divergence between what the landmark network sees in the
    photo and in the result, each [N,K,places] of log-probabilities. After the landmark consistency loss of Wu et al.:
    Landmark Assisted CycleGAN, 2019, eq. 3, which is the squared distance of points; as distributions, a landmark that
    is nowhere has its place, too, and one that the network is not sure of counts less.
    """
    return (photo_landmarks.exp() * (photo_landmarks - result_landmarks)).sum(2).mean()


LANDMARK = Loss(name="landmark", fn=landmark_loss, default_weight=0.1, label=_("Faces"))

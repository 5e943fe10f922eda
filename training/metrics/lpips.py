"""LPIPS: how different two pictures look, by a network's features and weights that people's judgements taught.

Zhang et al.: The Unreasonable Effectiveness of Deep Features as a Perceptual Metric, CVPR 2018; its version 0.1 with
AlexNet. The weights are two published files, neither of which is part of this project.
"""

import pickle
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.checkpoints import summarize_error

WIDTHS = (3, 64, 192, 384, 256, 256)
KERNELS = ((11, 4, 2), (5, 1, 2), (3, 1, 1), (3, 1, 1), (3, 1, 1))  # size, stride, padding
PUBLISHED = (0, 3, 6, 8, 10)  # the numbers of torchvision's layers
POOLED = (1, 2)  # convolutions that see the maxima of 3x3, stride 2, of the one before
# What the authors take off pictures in [-1,1], and divide by.
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)


class LPIPS(nn.Module):
    """Two RGB [N,3,H,W] in [-1,1], sides of 32 or more, to distances [N]; 0 is equal. Not trainable.

    Σ_l mean_hw Σ_c w_lc (â_lhwc - b̂_lhwc)²: eq. 1 there, with features of unit length over the channels.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        layers = zip(pairwise(WIDTHS), KERNELS, strict=True)
        self.convs = nn.ModuleList(nn.Conv2d(*widths, *kernel) for widths, kernel in layers)
        self.weights = nn.ParameterList(torch.zeros(1, width, 1, 1) for width in WIDTHS[1:])
        self.register_buffer("shift", torch.tensor(SHIFT).reshape(3, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor(SCALE).reshape(3, 1, 1), persistent=False)
        self.eval().requires_grad_(False)

    def _features(self, x: Tensor) -> list[Tensor]:
        x, features = (x - self.shift) / self.scale, []
        for number, conv in enumerate(self.convs):
            x = F.relu(conv(F.max_pool2d(x, 3, 2) if number in POOLED else x))
            # The least addend keeps the gradient finite where no feature is seen.
            features.append(x / ((x.square().sum(1, keepdim=True) + 1e-20).sqrt() + 1e-10))
        return features

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        layers = zip(self.weights, self._features(a), self._features(b), strict=True)
        return torch.stack([(w * (x - y).square()).sum(1).mean((1, 2)) for w, x, y in layers]).sum(0)


def load_lpips(alexnet: Path, linear: Path) -> LPIPS:
    """From torchvision's AlexNet (alexnet-owt-7be5be79.pth) and the authors' weights (lpips, v0.1/alex.pth).

    Raise ValueError, naming both, for a file that is not there or holds something else.
    """
    network = LPIPS()
    try:
        features, weights = (torch.load(path, "cpu", weights_only=True) for path in (alexnet, linear))
        state = {
            f"convs.{ours}.{kind}": features[f"features.{theirs}.{kind}"]
            for ours, theirs in enumerate(PUBLISHED)
            for kind in ("weight", "bias")
        }
        network.load_state_dict(state | {f"weights.{n}": weights[f"lin{n}.model.1.weight"] for n in range(5)})
    except (OSError, pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = summarize_error(error)
        raise ValueError(f"{alexnet}, {linear}: not AlexNet and the weights of LPIPS ({reason})") from error
    return network

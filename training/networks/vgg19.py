"""VGG19's convolutions, whose features AnimeGAN compares pictures by.

Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015, table 1, column E.
"""

import pickle
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from inference.vgg19 import VGG19_FILE_NAME
from training.checkpoints import summarize_error

# Channels of the sixteen 3x3 convolutions, in five stages with a 2x2 maximum between them.
STAGES = ((64, 64), (128, 128), (256, 256, 256, 256), (512, 512, 512, 512), (512, 512, 512, 512))
CONV4_4 = 12  # how many convolutions there are up to it, which is the fourth of the fourth stage
# Torchvision's weights were learned from RGB in [0,1] less these means and over these deviations (of ImageNet).
# AnimeGAN's own were Caffe's, for BGR in [0,255] less a mean; each set sees well only what it was trained on.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class MissingVGG19(ValueError):
    """The weights are not there; the message says how to get them."""


class VGG19(nn.Module):
    """RGB [N,3,H,W] in [-1,1] to the features of a layer before its activation: conv4_4 as [N,512,H/8,W/8].

    `depth`: how many of the sixteen convolutions to run. Not trainable.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, depth: int = CONV4_4) -> None:
        super().__init__()
        self.depth = depth
        widths = [3, *(width for stage in STAGES for width in stage)]
        self.convs = nn.ModuleList(nn.Conv2d(cin, cout, 3, padding=1) for cin, cout in pairwise(widths))
        starts = [sum(map(len, STAGES[:number])) for number in range(len(STAGES))]
        self.pool_before = set(starts[1:])
        self.register_buffer("mean", torch.tensor(MEAN).reshape(3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(DEVIATION).reshape(3, 1, 1), persistent=False)
        self.eval().requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        x = ((x + 1) / 2 - self.mean) / self.deviation
        for number, conv in enumerate(self.convs[: self.depth]):
            if number:
                x = F.relu(x)
            if number in self.pool_before:
                x = F.max_pool2d(x, 2)
            x = conv(x)
        return x


def torchvision_layer_numbers() -> list[int]:
    """The numbers that torchvision's layers have: a convolution and its activation count, and each maximum."""
    numbers, at = [], 0
    for stage in STAGES:
        numbers += [at + 2 * place for place in range(len(stage))]
        at += 2 * len(stage) + 1
    return numbers


def require_vgg19(path: Path) -> None:
    """Raise MissingVGG19 where there is no file."""
    if not path.is_file():
        raise MissingVGG19(
            f"{path}: VGG19's weights are not there. Download them with: manage.py fetch_weights vgg19; or give "
            f"torchvision's file {VGG19_FILE_NAME} with --vgg19 FILE; or train without them, with --perceptual pyramid"
        )


def load_vgg19(path: Path) -> VGG19:
    """From torchvision's file, whose convolutions are named `features.N`; the classifier behind them is left out.

    Raise MissingVGG19, or ValueError, naming the file, where it holds something else.
    """
    require_vgg19(path)
    network = VGG19()
    try:
        published = torch.load(path, "cpu", weights_only=True)
        state = {
            f"convs.{ours}.{kind}": published[f"features.{theirs}.{kind}"]
            for ours, theirs in enumerate(torchvision_layer_numbers())
            for kind in ("weight", "bias")
        }
        network.load_state_dict(state)
    except (pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path}: not torchvision's VGG19 ({summarize_error(error)})") from error
    return network.eval()

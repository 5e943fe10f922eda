"""The features that content and style are compared by: VGG19's, or a pyramid that needs no download, or none."""

from pathlib import Path

import torch
from torch import Tensor, nn

from training.losses.features import content_loss, style_loss
from training.losses.pyramid import pyramid_loss
from training.networks.vgg19 import load_vgg19

PERCEPTUAL_CHOICES = ("vgg19", "pyramid", "none")


class Perceptual(nn.Module):
    """Of (photo, result, gray anime or None), each [N,3,H,W] in [-1,1], unweighted losses by name.

    `content` says how far the result is from drawing what is in the photo, `style` how far from the anime's textures;
    without the third picture there is no `style`. This one knows no losses.
    """

    def forward(self, photo: Tensor, result: Tensor, anime: Tensor | None = None) -> dict[str, Tensor]:
        return {}


class PyramidPerceptual(Perceptual):
    """Only content, by a Laplacian pyramid."""

    def forward(self, photo: Tensor, result: Tensor, anime: Tensor | None = None) -> dict[str, Tensor]:
        return {"content": pyramid_loss(photo, result.float())}


class VGGPerceptual(Perceptual):
    """As AnimeGAN: the L1 distance of conv4_4's features, and of their Gram matrices."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, photo: Tensor, result: Tensor, anime: Tensor | None = None) -> dict[str, Tensor]:
        with torch.no_grad():
            target = self.network(photo).float()
            example = None if anime is None else self.network(anime).float()
        # Gram matrices are sums over thousands of products: too much for half precision.
        features = self.network(result).float()
        losses = {"content": content_loss(target, features)}
        return losses if example is None else losses | {"style": style_loss(example, features)}


def load_perceptual(choice: str, vgg19: Path) -> Perceptual:
    """Return the one of PERCEPTUAL_CHOICES. Raise what `load_vgg19` raises."""
    if choice == "vgg19":
        return VGGPerceptual(load_vgg19(vgg19))
    return PyramidPerceptual() if choice == "pyramid" else Perceptual()

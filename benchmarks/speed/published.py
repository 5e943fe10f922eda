"""(1) The published script's way: AnimeGANv2 in plain torch, at the photo's own size, however large that is.

After what test.py of github.com/bryandlee/animegan2-pytorch does with --x32 on a processor; written anew. It loads
the network once and then takes one file after another. The script imports torchvision to turn a picture into a tensor
and back; this does the same without, which costs less.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from benchmarks.speed.material import Material

if TYPE_CHECKING:
    from torch import nn

MULTIPLE = 32  # pixels
MIN_SIDE_PX = 256  # pixels


def resized_side(side: int) -> int:
    """The side in pixels that the script works at: down to a multiple of 32, and no less than 256."""
    return MIN_SIDE_PX if side < MIN_SIDE_PX else side - side % MULTIPLE


def load(weights: Path) -> "nn.Module":
    """The network as the script has it: NCHW in memory, single precision, everything else as torch comes."""
    import torch

    from inference.architectures.animegan2 import AnimeGAN2Generator

    network = AnimeGAN2Generator()
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    return network.eval()


def convert(network: "nn.Module", photo: Path, result: Path) -> None:
    import torch

    image = Image.open(photo).convert("RGB")
    image = image.resize((resized_side(image.width), resized_side(image.height)))
    with torch.no_grad():
        x = torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous().float().div(255).unsqueeze(0) * 2 - 1
        y = network(x).squeeze(0).clip(-1, 1) * 0.5 + 0.5
        Image.fromarray(y.mul(255).byte().permute(1, 2, 0).numpy()).save(result)


def prepare(material: Material, height: int, width: int) -> Callable[[], None]:
    network, result = load(material.animegan2), material.folder / "published.jpg"
    return lambda: convert(network, material.photo(height, width), result)


def prepare_network(material: Material, height: int, width: int) -> Callable[[], None]:
    """The network alone."""
    import torch

    network, x = load(material.animegan2), torch.rand(1, 3, height, width) * 2 - 1

    def run() -> None:
        with torch.no_grad():
            network(x)

    return run


if __name__ == "__main__":  # for (2): WEIGHTS PHOTO RESULT
    convert(load(Path(sys.argv[1])), Path(sys.argv[2]), Path(sys.argv[3]))

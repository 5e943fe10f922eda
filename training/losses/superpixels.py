"""White-box Cartoonization's structure: a picture as a few blocks of one colour each.

Wang, Yu: White-box Cartoon Representations, CVPR 2020, section 3.2: Felzenszwalb's segments, merged as selective search
does, each in a colour of its own. SLIC, which the authors' code takes by default, is quicker and needs no merging.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from scipy import ndimage
from skimage.color import rgb2lab
from skimage.segmentation import felzenszwalb, slic
from torch import Tensor

from training.data.pairs import to_tensor
from training.losses.regions import merge_regions

SEGMENTS = 200
CALM, BUSY = 20, 40  # standard deviations, of 255, between which a block's colour goes from mean to median
METHODS = ("slic", "selective")


def segment(pixels: np.ndarray, method: str = "slic", count: int = SEGMENTS) -> np.ndarray:
    """uint8 [H,W,3] to labels int [H,W], 0, 1, …: at most about `count`. Parameters as in the authors' code."""
    if method == "slic":
        return slic(pixels, n_segments=count, sigma=1, compactness=10, start_label=0)
    labels = felzenszwalb(pixels, scale=10, sigma=0.8, min_size=100)
    return merge_regions(labels, rgb2lab(pixels), count)


def adaptive_colours(pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The colour of each label of uint8 [H,W,3], float [labels,3]: θ₁ mean + θ₂ median, by the label's deviation σ.

    (θ₁, θ₂) is (1, 0) for σ up to CALM, (½, ½) up to BUSY, (0, 1) above: in a block of two colours the mean is neither,
    and pales. Paper, eq. 3, in the direction of the authors' code, which has values in [-1,1] there and so never leaves
    the mean; here σ is of 255, as the paper has it, over all three channels.
    """
    numbers = np.arange(labels.max() + 1)
    channels = [pixels[..., i].astype(np.float64) for i in range(3)]
    means = np.stack([ndimage.mean(channel, labels, numbers) for channel in channels], 1)
    medians = np.stack([ndimage.median(channel, labels, numbers) for channel in channels], 1)
    squares = np.stack([ndimage.mean(channel**2, labels, numbers) for channel in channels], 1)
    deviation = np.sqrt(np.maximum(squares.mean(1) - means.mean(1) ** 2, 0))
    share = np.select([deviation <= CALM, deviation <= BUSY], [0.0, 0.5], 1.0)[:, None]
    return (1 - share) * means + share * medians


def colour_blocks(pixels: np.ndarray, method: str = "slic", count: int = SEGMENTS) -> np.ndarray:
    """uint8 [H,W,3] to the same: every segment in its adaptive colour. The paper's exponent of 1.2 is left out.

    The authors' code passes it only with `use_enhance`, off by default, where a comment advises 1 as more stable.
    """
    labels = segment(pixels, method, count)
    return np.round(adaptive_colours(pixels, labels)).astype(np.uint8)[labels]


def structure_of(x: Tensor, method: str = "slic", count: int = SEGMENTS) -> Tensor:
    """F_st(x): [N,3,H,W] in [-1,1] to the same, without a gradient.

    The structure loss is ||VGG(G(p)) - VGG(F_st(G(p)))||₁ (paper, eq. 2): the result is to be as flat as its blocks.
    """
    pixels = torch.round((x.detach().float().clamp(-1, 1) + 1) * 127.5).to(torch.uint8)
    pictures = list(pixels.permute(0, 2, 3, 1).cpu().numpy())
    with ThreadPoolExecutor() as pool:
        blocks = list(pool.map(lambda picture: colour_blocks(picture, method, count), pictures))
    return to_tensor(blocks).to(x.device)

"""White-box Cartoonization's three representations of a picture: surface, texture and structure.

Wang, Yu: Learning to Cartoonize Using White-box Cartoon Representations, CVPR 2020, section 3. Of surface and texture a
discriminator each sees what is left of the picture; the structure is compared by features.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from django.utils.translation import gettext_lazy as _
from torch import Tensor

from inference.architectures.guided import guided_filter
from inference.tensors import batch_to_images, images_to_batch
from training.losses.adversarial import lsgan_generator_loss
from training.losses.color import YUV
from training.losses.features import content_loss
from training.losses.loss import Loss
from training.losses.regions import merge_regions

SURFACE_RADIUS, SURFACE_EPS = 5, 0.2  # as the authors' code has them, for values in [-1,1]
GRAY_SPREAD = 0.1  # of a color's share of luminance; as the authors' code has it
SEGMENT_COUNT = 200
CALM, BUSY = 20, 40  # standard deviations, of 255, between which a block's color goes from mean to median
SUPERPIXEL_METHODS = ("slic", "selective")


def extract_surface(x: Tensor) -> Tensor:
    """Return F_dgf(x, x): [N,C,H,W] in [-1,1] in the same shape and range, in single precision or what is finer.

    Section 3.1: the guided filter (He et al., ECCV 2010) with the picture as its own guide, q = mean(a) I + mean(b)
    with a = var(I) / (var(I) + eps) in each window: edges are kept where the variance is far above eps. The losses are
    `lsgan_pair_loss(D_s(F(c)), D_s(F(G(p))))` and `lsgan_generator_loss(D_s(F(G(p))))` (there eq. 1).
    """
    return guided_filter(x, x, radius=SURFACE_RADIUS, eps=SURFACE_EPS)


def random_gray_weights(rng: np.random.Generator) -> tuple[float, float, float]:
    """Return (red, green, blue), each uniform within GRAY_SPREAD of its share of luminance, scaled to the sum 1."""
    weights = np.array(YUV[0]) + rng.uniform(-GRAY_SPREAD, GRAY_SPREAD, 3)
    red, green, blue = weights / weights.sum()
    return float(red), float(green), float(blue)


def extract_texture(x: Tensor, weights: tuple[float, float, float]) -> Tensor:
    """Return F_rcs(x) = β₁ R + β₂ G + β₃ B: [N,1,H,W] of RGB [N,3,H,W], in the same range.

    Section 3.3, eq. 4, "random color shift", as the authors' code has it: β sums to 1, and the luminance has no part of
    its own. Result and cartoon get the same β, another each step, so that a discriminator D_t can go by lines alone:
    `lsgan_pair_loss` and `lsgan_generator_loss` of its scores (there eq. 5).
    """
    shares = torch.tensor(weights, dtype=x.dtype, device=x.device).reshape(1, 3, 1, 1)
    return (x * shares).sum(1, keepdim=True)


def segment_superpixels(pixels: np.ndarray, method: str = "slic", count: int = SEGMENT_COUNT) -> np.ndarray:
    """Return labels int [H,W] (0, 1, …) of uint8 [H,W,3]: at most about `count`. Parameters as in the authors' code.

    Section 3.2: Felzenszwalb's segments, merged as selective search does. SLIC, which the authors' code takes by
    default, is quicker and needs no merging.
    """
    # Only the structure loss needs it, and importing it takes as long as all other losses together.
    from skimage.color import rgb2lab
    from skimage.segmentation import felzenszwalb, slic

    if method == "slic":
        return slic(pixels, n_segments=count, sigma=1, compactness=10, start_label=0)
    labels = felzenszwalb(pixels, scale=10, sigma=0.8, min_size=100)
    return merge_regions(labels, rgb2lab(pixels), count)


def adaptive_colors(pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the color of each label of uint8 [H,W,3], float [labels,3]: θ₁ mean + θ₂ median, by its deviation σ.

    (θ₁, θ₂) is (1, 0) for σ up to CALM, (½, ½) up to BUSY, (0, 1) above: in a block of two colors the mean is neither,
    and pales. Paper, eq. 3, in the direction of the authors' code, which has values in [-1,1] there and so never leaves
    the mean; here σ is of 255, as the paper has it, over all three channels.
    """
    from scipy import ndimage

    numbers = np.arange(labels.max() + 1)
    channels = [pixels[..., i].astype(np.float64) for i in range(3)]
    means = np.stack([ndimage.mean(channel, labels, numbers) for channel in channels], 1)
    medians = np.stack([ndimage.median(channel, labels, numbers) for channel in channels], 1)
    squares = np.stack([ndimage.mean(channel**2, labels, numbers) for channel in channels], 1)
    deviation = np.sqrt(np.maximum(squares.mean(1) - means.mean(1) ** 2, 0))
    share = np.select([deviation <= CALM, deviation <= BUSY], [0.0, 0.5], 1.0)[:, None]
    return (1 - share) * means + share * medians


def flatten_superpixels(pixels: np.ndarray, method: str = "slic", count: int = SEGMENT_COUNT) -> np.ndarray:
    """Return uint8 [H,W,3] with every segment in its adaptive color. The paper's exponent of 1.2 is left out.

    The authors' code passes it only with `use_enhance`, off by default, where a comment advises 1 as more stable.
    """
    labels = segment_superpixels(pixels, method, count)
    return np.round(adaptive_colors(pixels, labels)).astype(np.uint8)[labels]


def extract_structure(x: Tensor, method: str = "slic", count: int = SEGMENT_COUNT) -> Tensor:
    """Return F_st(x): [N,3,H,W] in [-1,1], each segment in one color, without a gradient.

    The structure loss is ||VGG(G(p)) - VGG(F_st(G(p)))||₁ (eq. 2): the result is to be as flat as its blocks.
    """
    pictures = list(batch_to_images(x.detach()).cpu().numpy())
    with ThreadPoolExecutor() as pool:
        blocks = list(pool.map(lambda picture: flatten_superpixels(picture, method, count), pictures))
    return images_to_batch(torch.from_numpy(np.stack(blocks))).to(x.device)


SURFACE = Loss(name="surface", fn=lsgan_generator_loss, default_weight=0.1, label=_("Surface"))
TEXTURE = Loss(name="texture", fn=lsgan_generator_loss, default_weight=1.0, label=_("Texture"))
STRUCTURE = Loss(name="structure", fn=content_loss, default_weight=0.1, label=_("Structure"))
# The region smoothing of AnimeGANv3 (Liu, Chen, Gao: A Novel Double-Tail GAN for Fast Photo Animation, IEICE Trans.
# E107.D(1), 2024), the term of the result's own regions: the same as the structure loss, as AnimeGAN's recipe has it.
REGIONS = Loss(name="regions", fn=content_loss, default_weight=0.0, label=_("Structure"))

"""How near one picture is to another, pixel by pixel, and how its edges and colors are."""

from itertools import product

import numpy as np
import torch
from torch import Tensor

from imaging.tensors import LEVELS_PER_UNIT
from training.losses.color import grayscale
from training.losses.smoothness import image_gradients


def mean_error(a: Tensor, b: Tensor) -> float:
    """Return the mean absolute difference in steps of 1/255, of [N,3,H,W] in [-1,1]; both are clipped first."""
    return float((a.clamp(-1, 1) - b.clamp(-1, 1)).abs().mean() * LEVELS_PER_UNIT)


def best_shift(result: Tensor, target: Tensor, max_shift: int) -> tuple[Tensor, Tensor]:
    """Return the common parts of two [N,C,H,W] after the shift with the least mean error.

    Shifts go up to `max_shift` pixels each way: published pairs are often a pixel apart, which costs a sharp picture
    more than a blurred one. All shifts are judged on parts of one size, 2 `max_shift` smaller than the picture.
    """
    height, width = result.shape[-2:]
    part = result[..., max_shift : height - max_shift, max_shift : width - max_shift]
    size = part.shape[-2:]

    def shifted(down: int, across: int) -> Tensor:
        return target[..., down : down + size[0], across : across + size[1]]

    places = product(range(2 * max_shift + 1), repeat=2)
    return part, min((shifted(*place) for place in places), key=lambda other: mean_error(part, other))


def edge_strength(x: Tensor) -> float:
    """Return the mean length of the gradient of luminance, of [N,3,H,W] in [-1,1], in steps of 1/255 a pixel."""
    across, down = image_gradients(grayscale(x.clamp(-1, 1))[:, :1])
    return float(torch.hypot(across[..., :-1, :], down[..., :-1]).mean() * LEVELS_PER_UNIT)


def gradient_energy(x: Tensor) -> float:
    """Return the mean squared length of the gradient of luminance, of [N,3,H,W] in [-1,1], in (1/255 a pixel)²."""
    across, down = image_gradients(grayscale(x.clamp(-1, 1))[:, :1])
    return float((across[..., :-1, :].square() + down[..., :-1].square()).mean() * LEVELS_PER_UNIT**2)


def color_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the mean distance in CIELAB of two uint8 [H,W,3]; about 2.3 is just seen (CIE 1976; Mahy et al. 1994)."""
    from skimage.color import rgb2lab  # takes 0.2 s to load, and most who measure ask for no colors

    return float(np.linalg.norm(rgb2lab(a) - rgb2lab(b), axis=2).mean())

"""Between pixels and what networks take and give, as torch tensors: the rule of `imaging.tensors`."""

import torch
from torch import Tensor

from imaging.tensors import LEVELS_PER_UNIT


def normalize_pixels(pixels: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return uint8 of any shape as numbers in [-1,1]."""
    return (pixels.float() / LEVELS_PER_UNIT - 1).to(dtype)


def denormalize_pixels(values: Tensor) -> Tensor:
    """Return numbers of any shape, about [-1,1], as uint8, clipped and rounded half up."""
    return ((values.float() + 1) * LEVELS_PER_UNIT + 0.5).clamp(0, 255).to(torch.uint8)


def images_to_batch(images: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return uint8 [N,H,W,3] as [N,3,H,W] in [-1,1]: what lies there last is channels-last already."""
    return normalize_pixels(images.permute(0, 3, 1, 2), dtype)


def batch_to_images(batch: Tensor) -> Tensor:
    """Return [N,3,H,W], about [-1,1], as uint8 [N,H,W,3], clipped and rounded half up."""
    return denormalize_pixels(batch).permute(0, 2, 3, 1).contiguous()

"""Patch distributions: lines as crisp as the target's, about where it has them."""

import torch
import torch.nn.functional as F
from django.utils.translation import gettext_lazy as _
from torch import Tensor

from training.losses.loss import Loss
from training.losses.pyramid import mean_pyramid

BLOCK_PX = 48  # pixels: how far a line may be from the target's
WINDOW_PX = 200  # pixels of the sides that are looked at in a step: sorting is slow
FILTER_COUNT, FILTER_SIZE_PX = 12, 5


def random_filters(count: int, size: int) -> Tensor:
    """Return [count,3,size,size] that answer 0 to a flat color, each of norm 1, from torch's own random numbers."""
    filters = torch.randn(count, 3, size, size)
    filters = filters - filters.mean((2, 3), keepdim=True)
    return filters / filters.flatten(1).norm(dim=1)[:, None, None, None]


def _sorted_by_block(x: Tensor, filters: Tensor, block: int) -> Tensor:
    """What filters answer, [N,K,H,W], as [N,K,blocks,pixels of one]: the answers in each block in their order."""
    answers = F.conv2d(x, filters)
    tall, wide = (min(side, block) for side in answers.shape[2:])
    height, width = answers.shape[2] // tall * tall, answers.shape[3] // wide * wide
    tiles = answers[..., :height, :width].unflatten(2, (-1, tall)).unflatten(4, (-1, wide))
    return tiles.transpose(3, 4).flatten(4).flatten(2, 3).sort(dim=-1).values


def patch_distribution_distance(output: Tensor, target: Tensor, filters: Tensor, block: int = BLOCK_PX) -> Tensor:
    """Return how differently the patches in each block of `block` x `block` pixels are distributed; 0 for the same.

    1 / (K B) Σ_k Σ_b W1(f_k * output in b, f_k * target in b), where W1 of two lists of one length is the mean distance
    of what is at the same place after sorting: the sliced Wasserstein distance of Elnekave, Weiss: Generating Natural
    Images with Direct Patch Distribution Matching, ECCV 2022, block by block where theirs is over the whole picture.
    A line beside the target's costs nothing here; one that is blurred, or is not there, does.
    """
    return (_sorted_by_block(output, filters, block) - _sorted_by_block(target, filters, block)).abs().mean()


def patch_distribution_loss(output: Tensor, target: Tensor) -> Tensor:
    """Return the distance by random filters, in a random window of the pictures and in another one of their halves."""
    filters = random_filters(FILTER_COUNT, FILTER_SIZE_PX).to(output)
    distances = []
    for a, b in zip(mean_pyramid(output, 2), mean_pyramid(target, 2), strict=True):
        height, width = (min(side, WINDOW_PX) for side in a.shape[2:])
        top, left = (int(torch.randint(s - w + 1, ())) for s, w in zip(a.shape[2:], (height, width), strict=True))
        window = (..., slice(top, top + height), slice(left, left + width))
        distances.append(patch_distribution_distance(a[window], b[window], filters))
    return torch.stack(distances).mean()


PATCH_DISTRIBUTION = Loss(
    name="patch_distribution",
    fn=patch_distribution_loss,
    default_weight=0.0,
    label=_("Patch distribution"),
    column="patches",
    aliases=("patch",),
)

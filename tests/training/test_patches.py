"""The loss that looks for lines about where the target has them."""

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance
from torch import Tensor

from training.losses import patch_distribution_distance, patch_distribution_loss, random_filters

pytestmark = pytest.mark.no_database


def _noise(seed: int, *shape: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, shape))


def _answers(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The correlation of [3,H,W] with [3,k,k], place by place."""
    size = weights.shape[-1]
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
    return np.einsum("chwij,cij->hw", windows, weights)


def test_it_is_the_mean_wasserstein_distance_of_the_blocks() -> None:
    output, target, filters = _noise(1, 2, 3, 22, 18), _noise(2, 2, 3, 22, 18), _noise(3, 4, 3, 5, 5)
    expected = []
    for a, b in zip(output.numpy(), target.numpy(), strict=True):
        for one in filters.numpy():
            of_a, of_b = _answers(a, one), _answers(b, one)  # 18 x 14: blocks of 8 leave the last rows and columns out
            for top, left in ((0, 0), (8, 0)):
                block = (slice(top, top + 8), slice(left, left + 8))
                expected.append(wasserstein_distance(of_a[block].ravel(), of_b[block].ravel()))
    assert float(patch_distribution_distance(output, target, filters, block=8)) == pytest.approx(
        np.mean(expected), rel=1e-10
    )


def test_its_gradients_are_right() -> None:
    output, target, filters = _noise(4, 1, 3, 9, 8), _noise(5, 1, 3, 9, 8), _noise(6, 2, 3, 3, 3)
    assert torch.autograd.gradcheck(
        lambda x: patch_distribution_distance(x, target, filters, 3), (output.requires_grad_(),)
    )


def _with_line(column: int, strength: float = 1.0, width: int = 1) -> Tensor:
    picture = torch.zeros(1, 3, 64, 64)
    picture[..., column : column + width] = -strength
    return picture


def test_a_line_may_be_somewhere_else_but_must_be_there_and_as_dark_and_as_thin() -> None:
    torch.manual_seed(1)
    filters = random_filters(32, 5)
    target = _with_line(20)

    def distance(output: Tensor) -> float:
        return float(patch_distribution_distance(output, target, filters, 60))

    assert distance(target) == 0
    beside = distance(_with_line(26))
    others = [
        distance(_with_line(26, strength=0.5)),
        distance(_with_line(26, 1 / 3, 3)),
        distance(torch.zeros(1, 3, 64, 64)),
    ]
    assert beside < 1e-6
    assert min(others) > 0.01


def test_the_filters_see_no_flat_color_and_are_others_each_time() -> None:
    torch.manual_seed(2)
    one, other = random_filters(6, 5), random_filters(6, 5)
    assert torch.allclose(one.sum((2, 3)), torch.zeros(6, 3), atol=1e-5)
    assert torch.allclose(one.flatten(1).norm(dim=1), torch.ones(6))
    assert not torch.allclose(one, other)


@pytest.mark.parametrize("size", [(24, 32), (64, 96), (416, 240)])
def test_pictures_of_any_size_are_compared_the_same_way_from_the_same_seed(size: tuple[int, int]) -> None:
    output, target = _noise(7, 1, 3, *size).float(), _noise(8, 1, 3, *size).float() / 2
    found = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        found.append(float(patch_distribution_loss(output, target)))
    assert found[0] == found[1] > 0
    assert found[0] != found[2]


def test_what_is_blurred_gets_its_lines_back() -> None:
    torch.manual_seed(5)
    target = _with_line(20)
    output = torch.nn.functional.avg_pool2d(target, 5, 1, 2).requires_grad_()
    optimizer = torch.optim.Adam([output], lr=0.02)
    before = output.detach().std()
    for _ in range(120):
        optimizer.zero_grad()
        patch_distribution_loss(output, target).backward()
        optimizer.step()
    assert float(output.detach().std()) > 1.5 * float(before)

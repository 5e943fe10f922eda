"""The figures of evaluate_style against the same in NumPy."""

import numpy as np
import pytest
import scipy.linalg
import torch

from training.metrics.feature_distances import frechet_distance, kernel_distance
from training.metrics.similarity import best_shift, color_distance, edge_strength, mean_error

pytestmark = pytest.mark.no_database


def _sets(seed: int, apart: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    return chance.normal(size=(30, 6)), 0.7 * chance.normal(size=(25, 6)) + apart


def test_the_frechet_distance_is_that_of_two_normal_distributions() -> None:
    a, b = _sets(1)
    cov_a, cov_b = np.cov(a.T), np.cov(b.T)
    root = scipy.linalg.sqrtm(cov_a @ cov_b).real
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(cov_a + cov_b - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_the_frechet_distance_is_right_for_fewer_pictures_than_features() -> None:
    a = np.random.default_rng(2).normal(size=(4, 512))
    assert frechet_distance(a, a + 0.1) == pytest.approx(512 * 0.01, rel=1e-6)


def test_the_kernel_distance_is_the_mean_over_pairs_of_different_pictures() -> None:
    a, b = _sets(3)

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return float((x @ y / 6 + 1) ** 3)

    own = [np.mean([kernel(s[i], s[j]) for i in range(len(s)) for j in range(len(s)) if i != j]) for s in (a, b)]
    across = np.mean([kernel(x, y) for x in a for y in b])
    assert kernel_distance(a, b) == pytest.approx(sum(own) - 2 * across, rel=1e-9)
    one, same = _sets(4, apart=0)[0], np.random.default_rng(5).normal(size=(30, 6))
    assert abs(kernel_distance(one, same)) < 0.2 * kernel_distance(a, a + 1)


def test_the_best_shift_is_found_and_judged_on_the_common_part() -> None:
    wide = torch.rand(1, 3, 30, 34, generator=torch.Generator().manual_seed(6)) * 2 - 1
    picture, moved = wide[..., 2:28, 2:30], wide[..., 3:29, 0:28]
    assert mean_error(picture, moved) > 30
    part, other = best_shift(picture, moved, 2)
    assert torch.equal(part, other)
    assert part.shape == (1, 3, 22, 24)
    for one, whole in zip(best_shift(picture, moved, 0), (picture, moved), strict=True):
        assert torch.equal(one, whole)


def test_edges_are_as_strong_as_their_steps_are_high() -> None:
    step = torch.full((1, 3, 9, 9), -1.0)
    step[..., 4:] = 1
    assert edge_strength(step) == pytest.approx(255 / 8, rel=1e-4)  # one of eight columns
    assert edge_strength(0.5 * step) == pytest.approx(255 / 16, rel=1e-4)


def test_the_color_distance_is_that_of_lab() -> None:
    black, white = np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 255, np.uint8)
    assert color_distance(black, white) == pytest.approx(100, rel=1e-3)
    assert color_distance(white, white) == 0

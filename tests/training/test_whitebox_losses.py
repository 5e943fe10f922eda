"""The losses of White-box Cartoonization against the same in NumPy, in double precision, from the equations."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from training.losses import (
    extract_surface,
    extract_texture,
    landmark_loss,
    location_loss,
    lsgan_pair_loss,
    make_heatmaps,
    random_gray_weights,
)
from training.recipes.whitebox import PRESETS

pytestmark = pytest.mark.no_database


def _values(seed: int, *shape: int) -> Tensor:
    """In [-1,1], float64."""
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, shape))


def _windows(x: np.ndarray, radius: int) -> np.ndarray:
    """Means over windows that are cut at the border, pixel by pixel."""
    result = np.zeros_like(x)
    for row, column in np.ndindex(*x.shape):
        part = x[max(0, row - radius) : row + radius + 1, max(0, column - radius) : column + radius + 1]
        result[row, column] = part.mean()
    return result


def test_a_surface_is_the_picture_filtered_by_itself() -> None:
    picture = _values(1, 2, 3, 14, 12)
    for n, c in np.ndindex(2, 3):
        x = picture[n, c].numpy()
        mean = _windows(x, 5)
        variance = _windows(x * x, 5) - mean**2
        slope = variance / (variance + 0.2)
        expected = _windows(slope, 5) * x + _windows(mean - slope * mean, 5)
        assert np.abs(extract_surface(picture)[n, c].numpy() - expected).max() < 1e-12


def test_a_surface_keeps_an_edge_and_loses_grain() -> None:
    edge = torch.ones(1, 1, 32, 32)
    edge[..., :16] = -1
    grain = 0.1 * torch.from_numpy(np.random.default_rng(2).choice([-1.0, 1.0], (1, 1, 32, 32))).float()
    assert float((extract_surface(edge)[..., 16] - extract_surface(edge)[..., 15]).min()) > 1.4
    assert float(extract_surface(grain).std()) < 0.3 * float(grain.std())


def test_a_texture_is_one_weighted_sum_of_the_channels() -> None:
    picture, weights = _values(3, 2, 3, 6, 5), (0.2, 0.5, 0.3)
    expected = np.einsum("c,nchw->nhw", np.array(weights), picture.numpy())
    assert np.abs(extract_texture(picture, weights)[:, 0].numpy() - expected).max() < 1e-7


def test_gray_weights_are_near_those_of_luminance_and_their_sum_is_one() -> None:
    drawn = np.array([random_gray_weights(np.random.default_rng(seed)) for seed in range(300)])
    assert np.abs(drawn.sum(1) - 1).max() < 1e-12
    assert np.abs(drawn.mean(0) - (0.299, 0.587, 0.114)).max() < 0.01
    assert drawn.min() > 0
    assert drawn[:, 0].max() - drawn[:, 0].min() > 0.15
    assert random_gray_weights(np.random.default_rng([1, 7])) == random_gray_weights(np.random.default_rng([1, 7]))


def test_the_loss_of_a_pair_is_half_of_both_squares() -> None:
    real, fake = _values(4, 2, 1, 4, 4), _values(5, 2, 1, 4, 4)
    expected = ((real.numpy() - 1) ** 2).mean() / 2 + (fake.numpy() ** 2).mean() / 2
    assert float(lsgan_pair_loss(real, fake)) == pytest.approx(expected, rel=1e-12)


def test_a_heat_map_is_a_bell_round_its_point_and_sums_to_one() -> None:
    points = torch.tensor([[[2.5, 1.0], [7.9, 5.2]]], dtype=torch.float64)
    maps = make_heatmaps(points, 6, 8)
    assert maps.shape == (1, 2, 49)
    for k, (x, y) in enumerate(points[0].numpy()):
        squares = [(column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2 for row in range(6) for column in range(8)]
        bell = np.exp(-np.array(squares) / 2)
        assert np.abs(maps[0, k, :-1].numpy() - bell / bell.sum()).max() < 1e-12
    assert float(maps[..., -1].abs().max()) == 0


@pytest.mark.parametrize("point", [(float("nan"), float("nan")), (-0.1, 3.0), (8.0, 3.0), (3.0, 6.5)])
def test_a_landmark_outside_of_the_picture_is_nowhere(point: tuple[float, float]) -> None:
    maps = make_heatmaps(torch.tensor([[point]]), 6, 8)
    assert float(maps[0, 0, -1]) == 1
    assert float(maps[0, 0, :-1].abs().max()) == 0


def test_the_location_loss_is_the_cross_entropy_of_what_is_known() -> None:
    scores, target = _values(6, 3, 2, 13), torch.softmax(_values(7, 3, 2, 13), 2)
    known = torch.tensor([True, False, True])
    probabilities = np.exp(scores.numpy()) / np.exp(scores.numpy()).sum(2, keepdims=True)
    entropy = -(target.numpy() * np.log(probabilities)).sum(2)
    found = location_loss(torch.log_softmax(scores, 2), target, known)
    assert float(found) == pytest.approx(entropy[[0, 2]].mean(), rel=1e-12)
    assert float(location_loss(torch.log_softmax(scores, 2), target, torch.zeros(3, dtype=torch.bool))) == 0


def test_the_landmark_loss_is_the_divergence_of_the_result_from_the_photo() -> None:
    photo, result = (torch.log_softmax(4 * _values(seed, 2, 3, 17), 2) for seed in (8, 9))
    p, q = np.exp(photo.numpy()), np.exp(result.numpy())
    assert float(landmark_loss(photo, result)) == pytest.approx((p * np.log(p / q)).sum(2).mean(), rel=1e-12)
    assert float(landmark_loss(photo, photo)) == 0
    assert float(landmark_loss(photo, result)) > 0


def test_the_landmark_loss_grows_with_the_way_that_an_eye_has_moved() -> None:
    def seen_at(x: float) -> Tensor:
        return (make_heatmaps(torch.tensor([[[x, 4.0]]]), 8, 16) + 1e-6).log()

    losses = [float(landmark_loss(seen_at(4.0), seen_at(4.0 + way))) for way in (0.0, 0.5, 1.0, 2.0)]
    assert losses == sorted(losses)
    assert losses[-1] > 4 * losses[1] > 0


LOSSES: dict[str, tuple[Callable[..., Tensor], list[tuple[int, ...]]]] = {
    "surface": (extract_surface, [(1, 1, 7, 6)]),
    "texture": (lambda x: extract_texture(x, (0.3, 0.5, 0.2)), [(1, 3, 4, 4)]),
    "pair": (lsgan_pair_loss, [(1, 1, 4, 4), (1, 1, 4, 4)]),
    "location": (
        lambda x: location_loss(
            torch.log_softmax(x, 2), make_heatmaps(torch.tensor([[[1.0, 2.0]]]), 3, 4).double(), torch.tensor([True])
        ),
        [(1, 1, 13)],
    ),
    "landmark": (lambda x, y: landmark_loss(x.log_softmax(2), y.log_softmax(2)), [(1, 2, 7), (1, 2, 7)]),
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_is_right(name: str) -> None:
    loss, shapes = LOSSES[name]
    inputs = tuple(_values(10 + n, *shape).requires_grad_() for n, shape in enumerate(shapes))
    assert torch.autograd.gradcheck(loss, inputs)


def test_the_weights_are_the_published_ones_of_sums_as_means() -> None:
    """Total variation: over 3 h w, and without the half of ours. VGG19: over C h w of conv4_4, times 255."""
    ours = PRESETS["authors"]
    assert (ours["surface"], ours["texture"]) == (0.1, 1.0)
    assert ours["total_variation"] == pytest.approx(1e4 * 2 / (3 * 256**2), rel=0.05)
    assert ours["content"] == ours["structure"] == pytest.approx(2e2 * 255 / (512 * 32**2), rel=0.05)
    faces = PRESETS["faces"]  # w0 to w4: 1e5, 0.2, 5, 20, 0.6, at 128 pixels
    assert (faces["surface"], faces["texture"]) == (0.2, 5.0)
    assert faces["total_variation"] == pytest.approx(1e5 * 2 / (3 * 128**2), rel=0.05)
    assert faces["content"] == pytest.approx(20 * 255 / (512 * 16**2), rel=0.05)
    assert faces["structure"] == pytest.approx(0.6 * 255 / (512 * 16**2), rel=0.05)

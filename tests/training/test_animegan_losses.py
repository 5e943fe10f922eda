"""The losses of AnimeGAN against the same written in NumPy, in double precision, from the papers' equations."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from training.losses import (
    color_loss,
    content_loss,
    gram_matrix,
    grayscale,
    laplacian_pyramid,
    lsgan_discriminator_loss,
    lsgan_generator_loss,
    pyramid_loss,
    rgb_to_yuv,
    style_loss,
    total_variation_loss,
)
from training.recipes.animegan import PRESETS, WEIGHTS

pytestmark = pytest.mark.no_database


def _pictures(seed: int, count: int = 2, shape: tuple[int, ...] = (2, 3, 8, 10)) -> list[Tensor]:
    """Values in [-1,1], float64."""
    return list(torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, (count, *shape))))


def _huber(a: np.ndarray, b: np.ndarray) -> float:
    apart = np.abs(a - b)
    return float(np.where(apart <= 1, apart**2 / 2, apart - 0.5).mean())


def _yuv(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By the definition: U and V are the blue and the red less the luminance, scaled to their greatest values."""
    red, green, blue = ((rgb[:, i] + 1) / 2 for i in range(3))
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    return y, 0.436 * (blue - y) / (1 - 0.114), 0.615 * (red - y) / (1 - 0.299)


def test_the_discriminators_loss_has_four_terms_with_their_weights() -> None:
    anime, fake, gray_anime, smooth = scores = _pictures(1, 4, (2, 1, 5, 6))
    a, f, x, y = (s.numpy() for s in scores)
    weights = {"real": 1.7, "fake": 1.3, "gray": 0.9, "smooth": 0.1}
    expected = 1.7 * ((a - 1) ** 2).mean() + 1.3 * (f**2).mean() + 0.9 * (x**2).mean() + 0.1 * (y**2).mean()
    result = lsgan_discriminator_loss(anime, fake, gray_anime, smooth, weights)
    assert float(result) == pytest.approx(expected, rel=1e-12)


def test_a_discriminator_that_is_right_has_no_loss_and_the_generator_all() -> None:
    ones, zeros = torch.ones(1, 1, 4, 4), torch.zeros(1, 1, 4, 4)
    assert float(lsgan_discriminator_loss(ones, zeros, zeros, zeros, WEIGHTS)) == 0
    assert float(lsgan_generator_loss(zeros)) == 1
    assert float(lsgan_generator_loss(ones)) == 0


def test_the_generators_adversarial_loss_is_the_squared_distance_to_one() -> None:
    (scores,) = _pictures(2, 1)
    assert float(lsgan_generator_loss(scores)) == pytest.approx(((scores.numpy() - 1) ** 2).mean(), rel=1e-12)


def test_the_content_loss_is_the_mean_absolute_difference() -> None:
    photo, result = _pictures(3)
    expected = np.abs(photo.numpy() - result.numpy()).mean()
    assert float(content_loss(photo, result)) == pytest.approx(expected, rel=1e-12)


def test_a_gram_matrix_has_the_mean_products_of_each_two_channels() -> None:
    (features,) = _pictures(4, 1)
    values = features.numpy()
    for n, one, other in np.ndindex(2, 3, 3):
        expected = (values[n, one] * values[n, other]).sum() / (3 * 8 * 10)
        assert float(gram_matrix(features)[n, one, other]) == pytest.approx(expected, rel=1e-12)


def test_the_style_loss_is_the_mean_difference_of_gram_matrices_whatever_the_places() -> None:
    anime, result = _pictures(5)
    a, b = (np.einsum("nihw,njhw->nij", x.numpy(), x.numpy()) / 240 for x in (anime, result))
    assert float(style_loss(anime, result)) == pytest.approx(np.abs(a - b).mean(), rel=1e-12)
    assert float(style_loss(anime, anime.flip(-1).roll(3, -2))) == pytest.approx(0, abs=1e-12)


def test_colors_become_luminance_and_two_differences() -> None:
    (picture,) = _pictures(6, 1)
    for ours, expected in zip(rgb_to_yuv(picture).unbind(1), _yuv(picture.numpy()), strict=True):
        # TensorFlow rounds 0.436 and 0.615 a little differently, in the sixth digit.
        assert np.abs(ours.numpy() - expected).max() < 5e-5


def test_the_color_loss_is_l1_of_y_and_huber_of_u_and_v() -> None:
    photo, result = _pictures(7)
    (y, u, v), (other_y, other_u, other_v) = _yuv(photo.numpy()), _yuv(result.numpy())
    expected = np.abs(y - other_y).mean() + _huber(u, other_u) + _huber(v, other_v)
    assert float(color_loss(photo, result)) == pytest.approx(expected, rel=1e-4)
    far = torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64).reshape(1, 3, 1, 1)  # V is 1.1 off: beyond Huber's delta
    (y, u, v), (other_y, other_u, other_v) = _yuv(far.numpy()), _yuv(-far.numpy())
    expected = np.abs(y - other_y).mean() + _huber(u, other_u) + _huber(v, other_v)
    assert np.abs(v - other_v).max() > 1
    assert float(color_loss(far, -far)) == pytest.approx(expected, rel=1e-4)


def test_a_gray_picture_has_its_luminance_in_three_channels() -> None:
    (picture,) = _pictures(8, 1)
    expected = 2 * _yuv(picture.numpy())[0] - 1
    for channel in grayscale(picture).unbind(1):
        assert np.abs(channel.numpy() - expected).max() < 1e-12


def test_total_variation_is_half_the_mean_squared_difference_of_neighbors() -> None:
    (picture,) = _pictures(9, 1)
    across, down = (np.diff(picture.numpy(), axis=axis) for axis in (3, 2))
    expected = ((across**2).sum() / 2) / across.size + ((down**2).sum() / 2) / down.size
    assert float(total_variation_loss(picture)) == pytest.approx(expected, rel=1e-12)


def _reduced(x: np.ndarray) -> np.ndarray:
    """One octave down: 1 4 6 4 1 over 16 in both directions, mirrored at the border, each second pixel."""
    for axis in (2, 3):
        length = x.shape[axis]
        at = np.arange(0, length, 2)
        taps = [np.abs(at + offset) for offset in range(-2, 3)]
        taps = [np.where(tap >= length, 2 * length - 2 - tap, tap) for tap in taps]
        x = sum(w * np.take(x, tap, axis) for w, tap in zip((1, 4, 6, 4, 1), taps, strict=True)) / 16
    return x


def _enlarged(x: np.ndarray) -> np.ndarray:
    """Twice the size: pixels at even places, means of two between them, the last one repeated."""
    for axis in (2, 3):
        places = np.arange(2 * x.shape[axis])
        nearer, farther = places // 2, np.minimum((places + 1) // 2, x.shape[axis] - 1)
        x = (np.take(x, nearer, axis) + np.take(x, farther, axis)) / 2
    return x


def test_the_pyramid_loss_is_the_sum_of_the_mean_differences_of_the_bands() -> None:
    photo, result = _pictures(10, 2, (1, 3, 24, 16))
    expected, a, b = 0.0, photo.numpy(), result.numpy()
    for _ in range(2):
        small_a, small_b = _reduced(a), _reduced(b)
        expected += np.abs((a - _enlarged(small_a)) - (b - _enlarged(small_b))).mean()
        a, b = small_a, small_b
    assert [tuple(band.shape[2:]) for band in laplacian_pyramid(photo)] == [(24, 16), (12, 8), (6, 4)]
    assert float(pyramid_loss(photo, result)) == pytest.approx(expected, rel=1e-12)


def test_a_soft_slope_is_in_no_band_but_at_the_border() -> None:
    slope = torch.linspace(-1, 1, 64, dtype=torch.float64).expand(1, 3, 64, 64)
    first, *_ = laplacian_pyramid(slope)
    assert float(first[..., 4:-4].abs().max()) < 1e-12


def test_pictures_of_odd_sizes_have_a_pyramid_too() -> None:
    (photo,) = _pictures(13, 1, (1, 3, 25, 17))
    assert [tuple(band.shape[2:]) for band in laplacian_pyramid(photo)] == [(25, 17), (13, 9), (7, 5)]


def test_the_pyramid_loss_sees_lines_and_hardly_the_tone() -> None:
    (photo,) = _pictures(11, 1, (1, 3, 64, 64))
    assert float(pyramid_loss(photo, photo + 0.5)) < 1e-12
    assert float(pyramid_loss(photo, 0.5 * photo)) > 0.05


LOSSES: dict[str, tuple[Callable[..., Tensor], int]] = {
    "discriminator": (lambda a, f, x, y: lsgan_discriminator_loss(a, f, x, y, PRESETS["hayao"]), 4),
    "generator": (lsgan_generator_loss, 1),
    "content": (content_loss, 2),
    "style": (style_loss, 2),
    "color": (color_loss, 2),
    "total variation": (total_variation_loss, 1),
    "pyramid": (pyramid_loss, 2),
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_is_right(name: str) -> None:
    loss, count = LOSSES[name]
    inputs = tuple(x.requires_grad_() for x in _pictures(12, count, (1, 3, 6, 6)))
    assert torch.autograd.gradcheck(loss, inputs)


def test_the_presets_are_those_of_the_publications() -> None:
    order = ("adversarial", "content", "style", "color", "total_variation", "real", "fake", "gray", "smooth")
    values = {name: tuple(weights[field] for field in order) for name, weights in PRESETS.items()}
    assert values == {
        "1": (300, 1.5, 3, 10, 0, 1, 1, 1, 0.1),
        "hayao": (300, 1.5, 2.5, 15, 1, 1.2, 1.2, 1.2, 0.8),
        "paprika": (300, 2, 0.6, 50, 0.1, 1, 1, 1, 0.005),
        "shinkai": (300, 1.2, 2, 10, 1, 1.7, 1.7, 1.7, 1),
    }

import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view
from skimage.metrics import structural_similarity

from training.metrics.gabor import gabor_distance
from training.metrics.similarity import gradient_energy, mean_error
from training.metrics.ssim import ssim

pytestmark = pytest.mark.no_database


def _pictures(seed: int, shape: tuple[int, ...] = (2, 3, 19, 23), noise: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """Two float64 pictures in [-1,1] that have something in common."""
    rng = np.random.default_rng(seed)
    a = rng.uniform(-1, 1, shape)
    return a, np.clip(a + rng.normal(0, noise, shape), -1, 1)


def _ssim_of_windows(a: np.ndarray, b: np.ndarray) -> float:
    """Equations 13 to 17 of the paper, window by window, with the moments about the mean."""
    at = np.arange(-5, 6)
    weights = np.exp(-(at[:, None] ** 2 + at[None] ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    c1, c2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    windows_a, windows_b = (sliding_window_view(x, (11, 11), axis=(-2, -1)) for x in (a, b))
    values = []
    for x, y in zip(windows_a.reshape(-1, 11, 11), windows_b.reshape(-1, 11, 11), strict=True):
        mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
        var_x, var_y = (weights * (x - mean_x) ** 2).sum(), (weights * (y - mean_y) ** 2).sum()
        covariance = (weights * (x - mean_x) * (y - mean_y)).sum()
        luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
        values.append(luminance * (2 * covariance + c2) / (var_x + var_y + c2))
    return float(np.mean(values))


@pytest.mark.parametrize("noise", [0.05, 0.3, 2.0])
def test_ssim_is_that_of_the_paper(noise: float) -> None:
    a, b = _pictures(1, noise=noise)
    assert float(ssim(torch.from_numpy(a), torch.from_numpy(b))) == pytest.approx(_ssim_of_windows(a, b), abs=1e-12)


def test_ssim_is_that_of_scikit_image() -> None:
    a, b = _pictures(2, (1, 1, 40, 31))
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 2}
    expected = structural_similarity(a[0, 0], b[0, 0], **options)
    assert float(ssim(torch.from_numpy(a), torch.from_numpy(b))) == pytest.approx(expected, abs=1e-12)


def test_single_precision_is_enough_for_ssim_also_where_a_picture_is_flat() -> None:
    a, b = _pictures(3)
    a[..., :10, :], b[..., :10, :] = 0.9, 0.9
    single = float(ssim(torch.from_numpy(a).float(), torch.from_numpy(b).float()))
    assert single == pytest.approx(_ssim_of_windows(a, b), abs=1e-4)


@pytest.mark.parametrize("value", [None, -1.0, 0.0, 1.0])
def test_ssim_of_equal_pictures_is_one(value: float | None) -> None:
    a = torch.from_numpy(_pictures(4)[0]).float()
    a = a if value is None else torch.full_like(a, value)
    assert float(ssim(a, a.clone())) == pytest.approx(1, abs=1e-6)


def test_ssim_falls_as_noise_grows() -> None:
    values = []
    for noise in (0.0, 0.1, 0.3, 1.0):
        a, b = _pictures(5, noise=noise)
        values.append(float(ssim(torch.from_numpy(a), torch.from_numpy(b))))
    assert values == sorted(values, reverse=True)


def test_the_gradient_of_ssim_is_right() -> None:
    a, b = (torch.from_numpy(x).requires_grad_() for x in _pictures(6, (1, 2, 12, 13)))
    assert torch.autograd.gradcheck(ssim, (a, b))


def test_mean_error_is_in_steps_of_one_in_255_after_clipping() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.normal(0, 1, (2, 2, 3, 8, 9))
    as_bytes = [np.clip(x, -1, 1) * 127.5 for x in (a, b)]
    expected = np.abs(as_bytes[0] - as_bytes[1]).mean()
    assert mean_error(torch.from_numpy(a), torch.from_numpy(b)) == pytest.approx(expected, rel=1e-12)


def test_black_and_white_are_255_steps_apart() -> None:
    black, white = torch.full((1, 3, 4, 4), -1.0), torch.full((1, 3, 4, 4), 1.0)
    assert mean_error(black, white) == 255
    assert mean_error(white, white * 3) == 0


def _lines(at: int, *, across: bool = True, dark: float = -0.8) -> torch.Tensor:
    """A bright picture with a dark line every 16 pixels."""
    x = torch.full((1, 3, 64, 64), 0.6)
    x[..., at::16, :] = dark
    return x if across else x.transpose(2, 3)


def test_the_gabor_distance_is_nought_for_the_same_and_grows_with_noise() -> None:
    values = []
    for noise in (0.0, 0.05, 0.2, 0.6):
        a, b = (torch.from_numpy(x).float() for x in _pictures(8, (1, 3, 64, 80), noise))
        values.append(gabor_distance(a, b))
    assert values[0] == 0
    assert values == sorted(values)
    assert values[-1] < 1


def test_the_gabor_distance_sees_lines_and_not_brightness() -> None:
    lines = _lines(8)
    assert gabor_distance(lines, lines - 0.1) == pytest.approx(0, abs=1e-3)
    assert gabor_distance(lines, torch.full_like(lines, 0.6)) == pytest.approx(1, abs=1e-3)
    assert gabor_distance(lines, _lines(8, across=False)) > 0.5


def test_the_gabor_distance_minds_a_soft_line_more_than_one_a_pixel_aside() -> None:
    lines = _lines(8)
    soft = torch.nn.functional.avg_pool2d(lines, 5, 1, 2, count_include_pad=False)
    assert gabor_distance(lines, _lines(9)) < 0.5 * gabor_distance(lines, soft)


def test_a_picture_too_small_for_lines_is_told() -> None:
    with pytest.raises(ValueError, match=r"\(8, 40\) is too small"):
        gabor_distance(torch.zeros(1, 3, 8, 40), torch.zeros(1, 3, 8, 40))


def test_the_gradient_energy_is_the_square_of_a_slope() -> None:
    slope = torch.linspace(-1, 1, 256).expand(1, 3, 20, 256)  # a level of 255 a pixel
    assert gradient_energy(slope) == pytest.approx(1, abs=1e-4)
    assert gradient_energy(slope.mT / 2) == pytest.approx(0.25, abs=1e-4)
    assert gradient_energy(torch.zeros(1, 3, 8, 8)) == 0

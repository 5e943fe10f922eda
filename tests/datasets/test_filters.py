"""Pictures without their clear edges."""

import cv2
import numpy as np
import pytest

from datasets.filters import find_edge_region, smooth_edges
from tests.datasets.helpers import draw_patchwork

pytestmark = pytest.mark.no_database


def draw_cartoon() -> np.ndarray:
    """uint8 [64,64,3]: flat colors and black lines, one of them at the border, and a shade too faint for an edge."""
    pixels = np.full((64, 64, 3), (230, 190, 160), np.uint8)
    cv2.circle(pixels, (40, 24), 14, (60, 90, 200), -1)
    cv2.circle(pixels, (40, 24), 14, (0, 0, 0), 2)
    pixels[28:44, 4:18] -= 22
    cv2.line(pixels, (0, 50), (63, 60), (0, 0, 0), 1)
    return pixels


def measure_steepness(pixels: np.ndarray) -> float:
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float64)
    return float(np.hypot(*np.gradient(gray)).max())


def test_each_pixel_at_an_edge_is_the_weighted_mean_of_its_neighbors() -> None:
    """Computed once more, pixel by pixel; to one gray level, as the published code cuts off where ours rounds."""
    pixels = draw_cartoon()
    weights = cv2.getGaussianKernel(5, 0)
    weights = weights @ weights.T
    framed = np.pad(pixels.astype(np.float64), ((2, 2), (2, 2), (0, 0)), mode="reflect")
    edges = cv2.Canny(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), 100, 200)
    expected = pixels.astype(np.float64)
    for y, x in np.ndindex(edges.shape):
        if edges[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].any():
            expected[y, x] = (framed[y : y + 5, x : x + 5] * weights[..., None]).sum(axis=(0, 1))
    assert np.abs(smooth_edges(pixels) - expected).max() <= 1
    assert np.abs(pixels - expected).max() > 50


@pytest.mark.parametrize("seed", range(5))
def test_away_from_edges_nothing_changes_and_at_edges_steps_are_lower(seed: int) -> None:
    pixels = draw_patchwork(seed, 256, 256)
    before = pixels.copy()
    smooth, region = smooth_edges(pixels), find_edge_region(pixels)
    assert np.array_equal(pixels, before)
    assert (smooth.shape, smooth.dtype) == (pixels.shape, np.uint8)
    assert 0.05 < region.mean() < 0.95
    assert np.array_equal(smooth[~region], pixels[~region])
    assert (smooth[region] != pixels[region]).mean() > 0.3
    assert measure_steepness(smooth) < 0.8 * measure_steepness(pixels)


def test_a_picture_without_edges_stays_as_it_is() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 256, axis=0).repeat(3, axis=2)
    assert np.array_equal(smooth_edges(ramp), ramp)

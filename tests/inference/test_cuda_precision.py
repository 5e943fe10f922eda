"""Pixels to half precision and back, and the choice of a format: with real networks, on the processor."""

import copy
import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from imaging.tensors import batch_to_image, image_to_batch
from inference.backends.pixel_network import PixelNetwork
from inference.backends.precision import MAX_ERROR_LEVELS, choose_precision, make_probe, mean_level_error
from inference.checkpoints import load_generator
from inference.styles import read_manifest
from inference.tensors import batch_to_images, images_to_batch
from tests.inference.material import photo, style_of
from tests.needs import ROOT

pytestmark = pytest.mark.no_database

SIZE = (64, 88)  # of the probe: a small one is enough for the error
HALVES = (torch.float16, torch.bfloat16)


@pytest.fixture(scope="module")
def networks(painter: Path) -> dict[str, nn.Module]:
    comic = read_manifest(ROOT / "weights" / "manifest.json")["comic"]
    return {"compact": load_generator(comic), "animegan2": load_generator(style_of(painter, "animegan2"))}


def levels() -> Tensor:
    """uint8 [1,1,256,3]: every value that a pixel can have."""
    return torch.arange(256, dtype=torch.uint8)[None, None, :, None].expand(1, 1, 256, 3).contiguous()


def test_pixels_become_what_the_engine_makes_of_them() -> None:
    picture = photo(40, 56)
    x = images_to_batch(torch.from_numpy(picture)[None], torch.float32)
    np.testing.assert_allclose(x.numpy(), image_to_batch(picture), atol=1e-6)
    assert x.is_contiguous(memory_format=torch.channels_last)


def test_results_become_the_pixels_that_the_engine_makes_of_them() -> None:
    x = torch.linspace(-1.3, 1.3, 3 * 40 * 56).reshape(1, 3, 40, 56)
    assert np.array_equal(batch_to_images(x)[0].numpy(), batch_to_image(x.numpy()))


@pytest.mark.parametrize(("dtype", "most"), [(torch.float32, 0), (torch.float16, 0), (torch.bfloat16, 1)])
def test_pixels_come_back_from_a_number_format(dtype: torch.dtype, most: int) -> None:
    back = batch_to_images(images_to_batch(levels(), dtype))
    assert (back.int() - levels().int()).abs().max() <= most


@pytest.mark.parametrize("network", ["compact", "animegan2"])
@pytest.mark.parametrize("dtype", HALVES)
@torch.inference_mode()
def test_half_precision_is_close_to_single_with_real_networks(
    networks: dict[str, nn.Module], network: str, dtype: torch.dtype
) -> None:
    x = images_to_batch(make_probe(*SIZE), torch.float32)
    full = networks[network](x)
    result = PixelNetwork(copy.deepcopy(networks[network]), dtype)(x)
    assert result.dtype == torch.float32
    error = mean_level_error(result, full)
    assert 0 < error <= MAX_ERROR_LEVELS
    seen = (batch_to_images(result).float() - batch_to_images(full).float()).abs().mean()
    assert abs(error - seen) < 0.2, "the measure is not what is seen"


@torch.inference_mode()
def test_pixels_give_the_pixels_of_what_floats_give(networks: dict[str, nn.Module]) -> None:
    converter = PixelNetwork(copy.deepcopy(networks["compact"]), torch.float32)
    pixels = make_probe(*SIZE)
    expected = batch_to_images(converter(images_to_batch(pixels, torch.float32)))
    result = converter(pixels)
    assert (result.dtype, result.shape) == (torch.uint8, pixels.shape)
    assert torch.equal(result, expected)


def test_the_error_is_in_levels_and_of_what_can_be_seen() -> None:
    zero = torch.zeros(1, 3, 8, 8)
    assert mean_level_error(zero, zero + 2 / 127.5) == pytest.approx(2)
    assert mean_level_error(zero + 1, zero + 9) == 0, "both are white"
    assert np.isnan(mean_level_error(zero, zero * float("nan")))


@pytest.mark.parametrize("network", ["compact", "animegan2"])
def test_where_no_error_is_allowed_it_is_single_precision(networks: dict[str, nn.Module], network: str) -> None:
    before = {name: value.clone() for name, value in networks[network].state_dict().items()}
    with torch.inference_mode():
        assert choose_precision(networks[network], "cpu", size=SIZE, max_error=0) == torch.float32
    after = networks[network].state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items()), "the network was changed"
    assert {value.dtype for value in after.values()} == {torch.float32}


@torch.inference_mode()
def test_a_network_that_is_too_large_for_a_format_is_not_run_in_it(networks: dict[str, nn.Module]) -> None:
    large = copy.deepcopy(networks["animegan2"])
    large.block_a[0][1].weight.mul_(1e7)  # normalization makes up for it, if the numbers in between are kept
    x = images_to_batch(make_probe(*SIZE), torch.float32)
    assert np.isnan(mean_level_error(PixelNetwork(copy.deepcopy(large), torch.float16)(x), large(x)))
    assert mean_level_error(PixelNetwork(copy.deepcopy(large), torch.bfloat16)(x), large(x)) <= MAX_ERROR_LEVELS
    assert choose_precision(large, "cpu", size=SIZE) != torch.float16


class Spectrum(nn.Module):
    """There and back by a transform that the processor computes in single precision only."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.fft.ifft2(torch.fft.fft2(x)).real


@torch.inference_mode()
def test_a_format_that_the_device_does_not_know_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert choose_precision(Spectrum(), "cpu", size=SIZE) == torch.float32
    assert [record.message.split(" does not work")[0] for record in caplog.records] == [str(half) for half in HALVES]


def test_the_probe_is_always_the_same_and_has_what_is_hard() -> None:
    picture = make_probe(96, 120)
    assert torch.equal(picture, make_probe(96, 120))
    flat = picture[0, -32:].reshape(-1, 3).unique(dim=0)
    assert flat.tolist() == [[0, 0, 0], [255, 255, 255]]
    assert picture[0, :32, :60].float().std() > 60, "no noise"

"""The generator that sees whole faces."""

import pytest
import torch

from inference.architectures import ARCHITECTURES, build_network
from inference.architectures.unet import UNetGenerator
from inference.backends import openvino_backend, precision
from tests.inference.material import batch

pytestmark = pytest.mark.no_database

SMALL = {"widths": (8, 8, 16), "blocks": (1, 1, 1), "thin_width": 4, "hidden": 8}


def _varied(has_filter: bool = True) -> UNetGenerator:
    """With weights none of which is without effect."""
    torch.manual_seed(1)
    network = UNetGenerator(**SMALL, has_filter=has_filter).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return network


@torch.inference_mode()
def test_pictures_of_a_batch_do_not_see_each_other() -> None:
    network, x = _varied(), torch.from_numpy(batch(48, 64, count=2))
    alone = torch.cat([network(x[:1]), network(x[1:])])
    torch.testing.assert_close(network(x), alone, atol=1e-5, rtol=0)


@torch.inference_mode()
@pytest.mark.parametrize("has_filter", [True, False])
def test_a_pixel_depends_on_the_whole_picture(has_filter: bool) -> None:
    network, x = _varied(has_filter), torch.from_numpy(batch(64, 64))
    other = x.clone()
    other[..., -4:, -4:] *= -1
    assert not torch.equal(network(x)[..., :4, :4], network(other)[..., :4, :4])


def test_every_parameter_learns() -> None:
    network = _varied()
    network(torch.from_numpy(batch(48, 64))).square().mean().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in network.parameters())


@pytest.mark.parametrize(("name", "most_bytes"), [("unet", 3_000_000), ("unet_light", 1_000_000)])
def test_in_half_precision_it_is_a_small_file(name: str, most_bytes: int) -> None:
    parameters = sum(parameter.numel() for parameter in build_network(name).parameters())
    assert 2 * parameters <= most_bytes


@pytest.mark.parametrize("size", [openvino_backend.PROBE_SIZE, precision.PROBE_SIZE])
def test_the_picture_that_precisions_are_tried_with_fits_every_network(size: tuple[int, int]) -> None:
    assert {name: side % spec.multiple for name, spec in ARCHITECTURES.items() for side in size} == dict.fromkeys(
        ARCHITECTURES, 0
    )

"""The discriminators of both versions, and the generator of the first."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from inference.architectures import ARCHITECTURES, build_network
from inference.architectures.animegan1 import AnimeGAN1Generator, Down
from inference.architectures.sampling import downsample_2x, upsample_2x
from inference.checkpoints import load_network
from training.networks.discriminators import AnimeGANDiscriminator

pytestmark = pytest.mark.no_database


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _convolutions(module: nn.Module) -> list[tuple[int, int, int]]:
    """(channels in, channels out, stride), in order."""
    found = [layer for layer in module.modules() if isinstance(layer, nn.Conv2d)]
    return [(conv.in_channels, conv.out_channels, conv.stride[0]) for conv in found]


@pytest.mark.parametrize(("version", "norm"), [(1, nn.InstanceNorm2d), (2, nn.GroupNorm)])
def test_a_discriminator_has_the_published_layers(version: int, norm: type[nn.Module]) -> None:
    discriminator = AnimeGANDiscriminator(version)
    widths = [(3, 32, 1), (32, 64, 2), (64, 128, 1), (128, 128, 2), (128, 256, 1), (256, 256, 1), (256, 1, 1)]
    assert _convolutions(discriminator) == widths
    assert Counter(map(type, discriminator))[norm] == 3
    assert not any(name.endswith("bias") and tensor.dim() > 1 for name, tensor in discriminator.named_parameters())
    assert all("parametrizations" in name for name in discriminator.state_dict() if name.startswith(("0.", "2.")))


@pytest.mark.parametrize("version", [1, 2])
def test_a_discriminator_gives_a_score_a_quarter_of_the_size(version: int) -> None:
    assert AnimeGANDiscriminator(version, width=4)(torch.rand(2, 3, 40, 24)).shape == (2, 1, 10, 6)


def test_layer_norm_sees_the_whole_picture_and_instance_norm_each_channel() -> None:
    norms = {version: AnimeGANDiscriminator(version, width=4)[5] for version in (1, 2)}
    features = torch.rand(1, 16, 8, 8) * torch.arange(1, 17).reshape(1, 16, 1, 1)
    one, two = (norms[version](features)[0].flatten(1) for version in (1, 2))
    assert float(one.detach().mean(1).abs().max()) < 1e-5
    assert float(two.detach().mean(1).abs().max()) > 0.5
    assert float(two.detach().mean().abs()) < 1e-5


def test_no_convolution_of_a_discriminator_makes_a_signal_larger() -> None:
    torch.manual_seed(5)
    discriminator = AnimeGANDiscriminator(2, width=4)
    for _ in range(60):  # each call is one more step of the power iteration
        discriminator(torch.rand(1, 3, 16, 16))
    discriminator.eval()
    for layer in discriminator:
        if isinstance(layer, nn.Conv2d):
            norm = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)
            assert float(norm) == pytest.approx(1, abs=2e-2)


def test_the_first_generator_has_the_published_number_of_parameters() -> None:
    assert _parameters(build_network("animegan1")) == 3_956_096


@pytest.mark.parametrize("size", [(32, 32), (40, 64), (8, 12)])
def test_the_first_generator_gives_a_picture_of_the_same_size_and_range(size: tuple[int, int]) -> None:
    result = AnimeGAN1Generator()(torch.rand(2, 3, *size) * 2 - 1)
    assert result.shape == (2, 3, *size)
    assert float(result.detach().abs().max()) <= 1


def test_both_ways_of_halving_add_up() -> None:
    down, x = Down(4, 6), torch.rand(1, 4, 8, 8)
    assert torch.equal(down(x), down.strided(x) + down.resized(x[..., ::2, ::2]))
    assert down(x).shape == (1, 6, 4, 4)


def test_doubling_copies_pixels_and_puts_means_between_them() -> None:
    x = torch.tensor([[0.0, 2.0], [4.0, 10.0]]).reshape(1, 1, 2, 2)
    expected = np.array([[0, 1, 2, 2], [2, 4, 6, 6], [4, 7, 10, 10], [4, 7, 10, 10]], np.float32)
    assert np.array_equal(upsample_2x(x)[0, 0].numpy(), expected)
    assert torch.equal(downsample_2x(upsample_2x(x)), x)


def test_the_first_generator_is_registered_as_the_others_are(tmp_path: Path) -> None:
    assert "animegan1" in ARCHITECTURES
    torch.manual_seed(1)
    network = build_network("animegan1")
    save_file({name: tensor.half() for name, tensor in network.state_dict().items()}, tmp_path / "w.safetensors")
    loaded = load_network(tmp_path / "w.safetensors", "animegan1")
    assert isinstance(loaded, AnimeGAN1Generator)
    assert torch.allclose(loaded.out_layer.weight, network.out_layer.weight, atol=1e-3)

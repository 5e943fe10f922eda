from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from tests.training.samples import save_vgg19, torchvision_vgg19
from training.losses.perceptual import Perceptual, PyramidPerceptual, VGGPerceptual, load_perceptual
from training.networks.vgg19 import VGG19, MissingVGG19, load_vgg19

pytestmark = pytest.mark.no_database


@pytest.fixture(scope="module")
def published() -> nn.Sequential:
    return torchvision_vgg19()


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory, published: nn.Sequential) -> Path:
    return save_vgg19(tmp_path_factory.mktemp("vgg") / "vgg19.pth", published)


def _pictures(count: int) -> list[Tensor]:
    return list(torch.rand(count, 1, 3, 32, 24, generator=torch.Generator().manual_seed(1)) * 2 - 1)


def test_there_are_sixteen_convolutions_in_torchvisions_places(published: nn.Sequential, weights: Path) -> None:
    theirs = [layer for layer in published if isinstance(layer, nn.Conv2d)]
    ours = load_vgg19(weights).convs
    assert len(ours) == len(theirs) == 16
    for one, other in zip(ours, theirs, strict=True):
        assert torch.equal(one.weight, other.weight)
        assert torch.equal(one.bias, other.bias)


def test_the_features_are_those_of_conv4_4_before_its_activation(published: nn.Sequential, weights: Path) -> None:
    (picture,) = _pictures(1)
    normalized = [
        ((picture[:, i] + 1) / 2 - mean) / deviation
        for i, (mean, deviation) in enumerate([(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)])
    ]
    expected = published[:26](torch.stack(normalized, 1))  # torchvision's layer 25 is conv4_4, 26 its activation
    features = load_vgg19(weights)(picture)
    assert features.shape == (1, 512, 4, 3)
    assert float(features.min()) < 0
    assert torch.allclose(features, expected, rtol=1e-4, atol=1e-5)


def test_the_network_is_not_trained_but_lets_gradients_through(weights: Path) -> None:
    network = load_vgg19(weights)
    picture = _pictures(1)[0].requires_grad_()
    network(picture).square().mean().backward()
    assert picture.grad is not None
    assert float(picture.grad.abs().max()) > 0
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_missing_weights_are_told_with_three_ways_out(tmp_path: Path) -> None:
    with pytest.raises(MissingVGG19, match=r"none\.pth: VGG19's weights are not there") as caught:
        load_perceptual("vgg19", tmp_path / "none.pth")
    for way in ("manage.py fetch_weights vgg19", "--vgg19 FILE", "--perceptual pyramid"):
        assert way in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", {"features.0.weight": torch.zeros(1)}, [1]])
def test_a_file_of_something_else_is_named(tmp_path: Path, content: object) -> None:
    path = tmp_path / "other.pth"
    path.write_bytes(content) if isinstance(content, bytes) else torch.save(content, path)
    with pytest.raises(ValueError, match=r"other\.pth: not torchvision's VGG19"):
        load_vgg19(path)


def test_without_an_anime_picture_there_is_no_style_loss() -> None:
    photo, result, anime = _pictures(3)
    small = VGG19(depth=3)
    assert VGGPerceptual(small)(photo, result).keys() == {"content"}
    losses = VGGPerceptual(small)(photo, result, anime)
    assert losses.keys() == {"content", "style"}
    assert all(float(loss) > 0 for loss in losses.values())


def test_a_result_that_is_the_photo_has_no_content_loss_and_one_that_is_the_anime_no_style_loss() -> None:
    photo, anime = _pictures(2)
    for perceptual in (VGGPerceptual(VGG19(depth=3)), PyramidPerceptual()):
        assert float(perceptual(photo, photo, anime)["content"]) == 0
    assert float(VGGPerceptual(VGG19(depth=3))(photo, anime, anime)["style"]) == 0


def test_one_can_train_without_any_download(tmp_path: Path) -> None:
    photo, result, anime = _pictures(3)
    assert load_perceptual("pyramid", tmp_path)(photo, result, anime).keys() == {"content"}
    assert load_perceptual("none", tmp_path)(photo, result, anime) == {}
    assert type(load_perceptual("none", tmp_path)) is Perceptual

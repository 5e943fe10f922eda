import numpy as np
import pytest
import torch

from training.losses import (
    feature_distillation_loss,
    feature_matching_loss,
    gradient_loss,
    lsgan_pair_loss,
    mean_pyramid,
)
from training.networks.discriminators import PatchDiscriminator

pytestmark = pytest.mark.no_database


def _doubles(seed: int, shape: tuple[int, ...], count: int = 2) -> list[torch.Tensor]:
    return list(torch.from_numpy(np.random.default_rng(seed).normal(0, 1, (count, *shape))))


def test_the_gradient_loss_is_the_mean_difference_of_neighbors_differences() -> None:
    output, target = _doubles(1, (2, 3, 7, 9))
    a, b = output.numpy(), target.numpy()
    across = np.abs(np.diff(a, axis=3) - np.diff(b, axis=3)).mean()
    down = np.abs(np.diff(a, axis=2) - np.diff(b, axis=2)).mean()
    assert float(gradient_loss(output, target)) == pytest.approx(across + down, rel=1e-12)


def test_the_gradient_loss_sees_lines_and_not_brightness() -> None:
    output = torch.zeros(1, 3, 8, 8)
    assert float(gradient_loss(output, output + 0.5)) == 0
    line = output.clone()
    line[..., 4] = 1
    assert float(gradient_loss(output, line)) == pytest.approx(2 / 7)


def test_a_discriminator_that_is_sure_and_right_has_no_loss() -> None:
    real, fake = torch.ones(1, 1, 4, 4), torch.zeros(1, 1, 4, 4)
    assert float(lsgan_pair_loss(real, fake)) == 0
    assert float(lsgan_pair_loss(fake, real)) == 1


@pytest.mark.parametrize("loss", [gradient_loss, lsgan_pair_loss])
def test_the_gradients_of_losses_of_two_are_right(loss: torch.nn.Module) -> None:
    inputs = tuple(x.requires_grad_() for x in _doubles(3, (2, 1, 4, 5)))
    assert torch.autograd.gradcheck(loss, inputs)


def test_the_feature_loss_is_the_mean_over_layers_however_large_they_are() -> None:
    large, small = _doubles(4, (1, 2, 8, 8)), _doubles(5, (1, 4, 2, 2))
    expected = np.mean([np.abs((one - other).numpy()).mean() for one, other in (large, small)])
    assert float(feature_matching_loss([large[0], small[0]], [large[1], small[1]])) == pytest.approx(expected, rel=1e-6)


def _distillation_loss(teacher: np.ndarray, student: np.ndarray) -> float:
    over_pixels = (0, 2, 3)
    return float((((student - teacher) ** 2).mean(over_pixels) / (teacher.var(over_pixels) + 1e-3)).mean())


def test_the_feature_distillation_loss_is_the_share_of_each_channels_variance_that_is_missed() -> None:
    layers = [_doubles(7, (2, 3, 6, 5)), _doubles(8, (2, 3, 4, 4))]
    layers[0][0] *= torch.tensor([1e-2, 1, 1e2])[:, None, None]
    expected = np.mean([_distillation_loss(*(x.numpy() for x in layer)) for layer in layers])
    teachers, features = zip(*layers, strict=True)
    assert float(feature_distillation_loss(teachers, features)) == pytest.approx(expected, rel=1e-12)
    assert float(feature_distillation_loss(teachers, teachers)) == 0
    means = [teacher.mean((0, 2, 3), keepdim=True).expand_as(teacher) for teacher in teachers]
    assert float(feature_distillation_loss(teachers[1:], means[1:])) == pytest.approx(1, rel=0.01), (
        "knowing only the mean"
    )


def test_the_gradients_of_the_feature_distillation_loss_are_right() -> None:
    teacher, features = _doubles(9, (2, 2, 4, 5))
    assert torch.autograd.gradcheck(
        lambda student: feature_distillation_loss([teacher], [student]), features.requires_grad_()
    )


def test_teacher_and_student_have_as_many_layers() -> None:
    teacher, features = _doubles(9, (2, 2, 4, 5))
    with pytest.raises(ValueError, match="zip"):
        feature_distillation_loss([teacher, teacher], [features])


def test_a_pyramid_of_means_is_halved_each_time() -> None:
    x = _doubles(6, (1, 3, 16, 24), 1)[0]
    whole, half, quarter = mean_pyramid(x, 3)
    assert torch.equal(whole, x)
    assert half[0, 1, 2, 3] == pytest.approx(float(x[0, 1, 4:6, 6:8].mean()))
    assert quarter[0, 2, 3, 5] == pytest.approx(float(x[0, 2, 12:16, 20:24].mean()))


def test_the_discriminator_gives_a_score_a_quarter_of_the_size() -> None:
    photo, picture = torch.zeros(2, 2, 3, 40, 24)
    assert PatchDiscriminator(width=4)(photo, picture).shape == (2, 1, 10, 6)


def test_a_score_of_the_discriminator_is_of_a_patch_of_26_pixels_of_photo_and_picture() -> None:
    photo, picture = (torch.rand(1, 3, 64, 64, requires_grad=True) for _ in range(2))
    PatchDiscriminator(width=4)(photo, picture)[0, 0, 8, 8].backward()
    for x in (photo, picture):
        assert x.grad is not None
        rows, columns = torch.nonzero(x.grad[0].abs().sum(0), as_tuple=True)
        assert [int(at.max() - at.min()) + 1 for at in (rows, columns)] == [26, 26]


def test_no_layer_of_the_discriminator_makes_a_signal_larger() -> None:
    torch.manual_seed(5)
    discriminator = PatchDiscriminator(width=4)
    with torch.no_grad():
        for parameter in discriminator.parameters():
            parameter.mul_(50)
        for _ in range(40):  # each call is one more step of the power iteration
            discriminator(torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8))
    discriminator.eval()
    for layer in discriminator.layers:
        if isinstance(layer, torch.nn.Conv2d):
            norm = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)
            assert float(norm) == pytest.approx(1, abs=1e-2)


def test_a_discriminator_of_several_styles_judges_by_the_style() -> None:
    discriminator = PatchDiscriminator(width=4, styles=3).eval()
    photo, picture = torch.rand(2, 1, 3, 32, 32)
    with torch.no_grad():
        first, second = (discriminator(photo, picture, style) for style in (0, 1))
    assert first.shape == (1, 1, 8, 8)
    assert not torch.allclose(first, second)


def test_the_layers_of_a_discriminator_end_in_its_score() -> None:
    discriminator = PatchDiscriminator(width=4).eval()
    photo, picture = torch.rand(2, 1, 3, 32, 24)
    with torch.no_grad():
        *features, score = discriminator.layer_outputs(photo, picture)
        assert torch.equal(score, discriminator(photo, picture))
    assert [tuple(f.shape[1:]) for f in features] == [(4, 16, 12), (8, 8, 6), (16, 8, 6)]

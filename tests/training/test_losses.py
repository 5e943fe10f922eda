import numpy as np
import pytest
import torch

from training.discriminators import PatchDiscriminator
from training.losses import gradient_loss, hinge_discriminator_loss, hinge_generator_loss

pytestmark = pytest.mark.no_database


def _doubles(seed: int, shape: tuple[int, ...], count: int = 2) -> list[torch.Tensor]:
    return list(torch.from_numpy(np.random.default_rng(seed).normal(0, 1, (count, *shape))))


def test_the_gradient_loss_is_the_mean_difference_of_neighbours_differences() -> None:
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


def test_the_hinge_losses_are_those_of_the_paper() -> None:
    real, fake = _doubles(2, (2, 1, 5, 6))
    expected = np.maximum(0, 1 - real.numpy()).mean() + np.maximum(0, 1 + fake.numpy()).mean()
    assert float(hinge_discriminator_loss(real, fake)) == pytest.approx(expected, rel=1e-12)
    assert float(hinge_generator_loss(fake)) == pytest.approx(-fake.numpy().mean(), rel=1e-12)


def test_a_discriminator_that_is_sure_and_right_has_no_loss() -> None:
    real, fake = torch.full((1, 1, 4, 4), 1.5), torch.full((1, 1, 4, 4), -1.5)
    assert float(hinge_discriminator_loss(real, fake)) == 0
    assert float(hinge_discriminator_loss(fake, real)) == 5


@pytest.mark.parametrize("loss", [gradient_loss, hinge_discriminator_loss])
def test_the_gradients_of_losses_of_two_are_right(loss: torch.nn.Module) -> None:
    inputs = tuple(x.requires_grad_() for x in _doubles(3, (2, 1, 4, 5)))
    assert torch.autograd.gradcheck(loss, inputs)


def test_the_gradient_of_the_generators_hinge_loss_is_right() -> None:
    assert torch.autograd.gradcheck(hinge_generator_loss, _doubles(4, (2, 1, 4, 5), 1)[0].requires_grad_())


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

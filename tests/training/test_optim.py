from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from inference.architectures.compact import CompactGenerator
from inference.architectures.styled import StyledNetwork
from tests.training.samples import picture, supervised_step, supervised_trainer, tiny
from training.data.pairs import CropSource, Pair
from training.optim import learning_rate_shares, parameter_groups, scheduled_learning_rate

pytestmark = pytest.mark.no_database


def test_the_learning_rate_rises_then_falls_to_one_percent() -> None:
    rates = [scheduled_learning_rate(step, 1000, 3e-3) for step in range(1000)]
    assert rates[0] == pytest.approx(3e-3 / 200)
    assert rates[:150] == sorted(rates[:150])
    assert rates[200:] == sorted(rates[200:], reverse=True)
    assert rates[500] == pytest.approx(3e-3 * (0.01 + 0.99 / 2))
    assert rates[-1] == pytest.approx(3e-5, rel=0.01)
    assert min(rates[200:]) > 3e-5


@pytest.mark.parametrize("wrap", [lambda network: network, lambda network: StyledNetwork(network, 2)])
def test_the_encoder_is_a_group_of_its_own_and_nothing_is_left_out(
    wrap: Callable[[nn.Module], nn.Module],
) -> None:
    network = wrap(CompactGenerator())
    sees, draws = (group["params"] for group in parameter_groups(network, 0.2))
    assert {id(p) for p in (*sees, *draws)} == {id(p) for p in network.parameters()}
    assert len(sees) + len(draws) == len(list(network.parameters()))
    encoder = getattr(network, "base", network)
    parts = (encoder.head, encoder.encode, encoder.down, encoder.middle)
    assert [id(p) for p in sees] == [id(p) for part in parts for p in part.parameters()]


def _moved_by_a_step(folder: Path, **settings: float) -> tuple[float, float, list[float]]:
    """How far a step moves the encoder and the last layer, and the rates that it was made with."""
    torch.manual_seed(0)
    run = supervised_trainer(tiny(folder, steps=300, **settings))
    run.step = 250
    before = {name: p.detach().clone() for name, p in run.generator.module.named_parameters()}
    supervised_step(run, CropSource([Pair(np.asarray(picture(1)), np.asarray(picture(2)))], [], crop=32, batch_size=2))
    moved = {
        name: (p.detach() - before[name]).abs().max().item() for name, p in run.generator.module.named_parameters()
    }
    return moved["head.weight"], moved["tail.weight"], [g["lr"] for g in run.generator_optimizer.param_groups]


def test_each_step_has_the_learning_rate_of_its_place_in_the_run_and_the_encoder_a_share_of_it(tmp_path: Path) -> None:
    rate = scheduled_learning_rate(250, 300, tiny(tmp_path).learning_rate)
    head, tail, rates = _moved_by_a_step(tmp_path)
    assert rates == [rate]
    slow_head, same_tail, slow_rates = _moved_by_a_step(tmp_path, encoder_learning_rate_share=0.1)
    assert slow_rates == [pytest.approx(0.1 * rate), rate]
    assert slow_head == pytest.approx(0.1 * head, rel=0.05)
    assert same_tail == pytest.approx(tail, rel=1e-3)


@pytest.mark.parametrize("share", [0, 1.5])
def test_a_share_that_is_none_is_refused(tmp_path: Path, share: float) -> None:
    with pytest.raises(ValueError, match="encoder_learning_rate_share must be above 0, and 1 at most"):
        tiny(tmp_path, encoder_learning_rate_share=share)


def test_there_is_a_share_for_each_group() -> None:
    for share in (0.3, 1.0):
        assert len(learning_rate_shares(share)) == len(parameter_groups(CompactGenerator(), share))

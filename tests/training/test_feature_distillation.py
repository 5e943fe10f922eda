"""Feature distillation: the student's deep features learn from the teacher's."""

from pathlib import Path

import pytest
import torch

from tests.training.samples import (
    assert_same,
    last_state,
    read_log,
    stop_at,
    supervised_step,
    supervised_trainer,
    tiny,
)
from training.recipes.distill import DistillConfig, distill, load_crops

pytestmark = pytest.mark.no_database


def _config(folder: Path, name: str = "run", **changes: object) -> DistillConfig:
    chosen = {
        "network": "compact_fine",
        "widths": {},
        "feature_distillation_weight": 1.0,
        "distill_features_until": 0.5,
        "adversarial_weight": 0,
    }
    return tiny(folder, out=folder / name, **chosen | {"learning_rate": 3e-3} | changes)


def test_feature_distillation_brings_the_deep_features_nearer_to_the_teachers(folder: Path) -> None:
    distill(_config(folder, steps=30, checkpoint_interval=10, distill_features_until=1.0), report=lambda _: None)
    losses = [row["hint"] for row in read_log(folder / "run")]
    assert losses[-1] < 0.9 * losses[0]


def test_feature_distillation_ends_at_its_share_of_the_run(folder: Path) -> None:
    distill(_config(folder, steps=6, checkpoint_interval=2), report=lambda _: None)
    first, *_, last = (row["hint"] for row in read_log(folder / "run"))
    assert first > 0
    assert last == 0


def test_without_weight_the_teacher_is_not_asked_for_features(folder: Path) -> None:
    settings = _config(folder, feature_distillation_weight=0.0)
    source = load_crops(settings, lambda _: None)
    run = supervised_trainer(settings, source)
    assert "feature_distillation" not in supervised_step(run, source)
    assert source.teacher_features(torch.zeros(1, 3, 32, 32)) == ()


def test_features_teach_the_layers_before_them_and_not_what_draws(folder: Path) -> None:
    settings = _config(folder, gradient_weight=0.0, ssim_weight=0.0, feature_distillation_weight=1e6)
    source = load_crops(settings, lambda _: None)
    run = supervised_trainer(settings, source)
    supervised_step(run, source)
    of = {name: float(parameter.grad.norm()) for name, parameter in run.generator.module.named_parameters()}
    assert min(of["head.weight"], of["middle.0.conv1.weight"]) > 1e3 * of["tail.weight"]


def test_a_run_with_feature_distillation_that_was_stopped_ends_as_one_that_was_not(folder: Path) -> None:
    distill(_config(folder, "whole"), report=lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        distill(_config(folder, "halved"), report=stop_at(3))
    distill(_config(folder, "halved"), resume=True, report=lambda _: None)
    averages = [last_state(_config(folder, name)).average.state_dict() for name in ("whole", "halved")]
    assert_same(*averages)
    assert read_log(folder / "whole") == read_log(folder / "halved")

"""A run that was stopped, in whatever way, and resumed ends as one that was not."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from django.core.management import call_command
from safetensors.torch import load_file

from tests.training.processes import start_and_kill
from tests.training.samples import arguments, assert_same, read_log, stop_at, tiny
from training.recipes.distill import DistillConfig, distill
from training.report.log import append_row, drop_rows_after

pytestmark = pytest.mark.no_database


def _adversarial(folder: Path, name: str, **changes: Any) -> DistillConfig:
    return tiny(folder, out=folder / name, adversarial_from=0.2, adversarial_weight=0.5, **changes)


def _checkpoint(run: Path) -> dict[str, Any]:
    return torch.load(run / "checkpoint.pt", weights_only=True)


def _assert_ended_alike(one: Path, other: Path) -> None:
    """Weights, averages, spectral norm vectors, both optimizers and the log."""
    assert_same(load_file(one / "weights.safetensors"), load_file(other / "weights.safetensors"))
    assert_same(_checkpoint(one), _checkpoint(other))
    assert read_log(one) == read_log(other)


def test_an_interrupted_run_that_is_resumed_ends_as_an_undisturbed_one(folder: Path) -> None:
    distill(_adversarial(folder, "whole"))
    with pytest.raises(KeyboardInterrupt):
        distill(_adversarial(folder, "halved"), report=stop_at(9))
    assert _checkpoint(folder / "halved")["step"] == 6
    distill(_adversarial(folder, "halved"), resume=True)
    _assert_ended_alike(folder / "halved", folder / "whole")


def test_a_checkpoint_holds_spectral_norm_vectors_that_have_moved_and_the_optimizers_moments(folder: Path) -> None:
    distill(_adversarial(folder, "run", steps=4, checkpoint_interval=2), report=lambda _: None)
    last = _checkpoint(folder / "run")
    assert sum(name.endswith("._u") for name in last["discriminator"]) == 4
    assert last["generator_optimizer"]["state"].keys() == set(range(len(last["generator"])))
    assert {float(state["step"]) for state in last["discriminator_optimizer"]["state"].values()} == {3.0}
    with pytest.raises(KeyboardInterrupt):
        distill(_adversarial(folder, "short", steps=4, checkpoint_interval=2), report=stop_at(4))
    before = _checkpoint(folder / "short")["discriminator"]
    vectors = [name for name in before if name.endswith(("._u", "._v")) and before[name].numel() > 1]
    assert all(not torch.equal(before[name], last["discriminator"][name]) for name in vectors)


def test_a_run_may_be_interrupted_again_and_again(folder: Path) -> None:
    distill(_adversarial(folder, "whole", steps=6, checkpoint_interval=1))
    for step in (2, 3, 5, 6):
        with pytest.raises(KeyboardInterrupt):
            distill(_adversarial(folder, "often", steps=6, checkpoint_interval=1), resume=True, report=stop_at(step))
    distill(_adversarial(folder, "often", steps=6, checkpoint_interval=1), resume=True)
    _assert_ended_alike(folder / "often", folder / "whole")
    assert [row["step"] for row in read_log(folder / "often")] == [1, 2, 3, 4, 5, 6]


def test_a_run_that_is_through_may_be_resumed_for_its_weights(folder: Path) -> None:
    weights = distill(tiny(folder, steps=3))
    expected = load_file(weights)
    weights.unlink()
    assert_same(load_file(distill(tiny(folder, steps=3), resume=True)), expected)
    assert len(read_log(folder / "run")) == 1


def test_a_run_that_is_there_is_not_written_over(folder: Path) -> None:
    settings = tiny(folder, steps=6)
    distill(settings)
    before = settings.checkpoint.read_bytes()
    with pytest.raises(ValueError, match=rf"{settings.checkpoint} is there already: go on from it with --resume, or"):
        distill(tiny(folder, steps=6, seed=2))
    assert settings.checkpoint.read_bytes() == before


def test_what_a_run_logged_that_has_no_checkpoint_is_not_taken_for_the_new_ones(folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        distill(tiny(folder, steps=6), report=stop_at(3))  # before its first checkpoint
    distill(tiny(folder, steps=6, seed=2))
    distill(tiny(folder, steps=6, seed=2, out=folder / "other"))
    _assert_ended_alike(folder / "run", folder / "other")


@pytest.mark.slow
def test_a_killed_run_that_is_resumed_ends_as_an_undisturbed_one(folder: Path) -> None:
    options = {"steps": 45, "checkpoint-interval": 5}  # the discriminator joins at 27
    call_command("distill_style", *arguments(folder, "whole", **options))
    start_and_kill("distill_style", *arguments(folder, "killed", **options), at=30, pause=0.05)
    assert not (folder / "killed" / "weights.safetensors").exists()
    assert 25 <= _checkpoint(folder / "killed")["step"] < 45
    call_command("distill_style", *arguments(folder, "killed", **options), "--resume")
    for name in ("killed", "whole"):
        (folder / f"{name}.safetensors").rename(folder / name / "weights.safetensors")
    _assert_ended_alike(folder / "killed", folder / "whole")
    assert read_log(folder / "whole")[-1]["adversarial"] != 0


def test_rows_after_the_checkpoint_and_rows_cut_short_are_dropped(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    for step in (500, 1000, 1500):
        append_row(log, {"step": step, "l1": 1 / step})
    before = log.read_bytes()
    with log.open("a", encoding="utf-8") as file:
        file.write("20")
    drop_rows_after(log, 1500)
    assert log.read_bytes() == before
    drop_rows_after(log, 1000)
    append_row(log, {"step": 1500, "l1": math.pi})
    assert log.read_text("utf-8").splitlines() == ["step,l1", "500,0.002", "1000,0.001", "1500,3.14159"]
    drop_rows_after(tmp_path / "absent.csv", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]


def test_a_log_that_an_earlier_version_began_gets_the_columns_that_it_lacks(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    append_row(log, {"step": 1, "style": 0.5, "colour": 0.25})
    append_row(log, {"step": 2, "style": 0.4, "regions": 3.0, "colour": 0.2})
    append_row(log, {"step": 3, "style": 0.3, "regions": 2.0, "colour": 0.1})
    assert log.read_text("utf-8").split() == ["step,style,regions,colour", "1,0.5,0,0.25", "2,0.4,3,0.2", "3,0.3,2,0.1"]

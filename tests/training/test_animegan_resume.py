"""A run of AnimeGAN that was stopped, in whatever way, and resumed ends as one that was not; processes share it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.training.processes import as_process, start_and_kill
from tests.training.samples import (
    animegan_arguments,
    assert_same,
    fill_unpaired,
    read_log,
    save_photo,
    stop_at,
    tiny_animegan,
)
from training.recipes.animegan import LEARNING_RATES, PRESETS, train
from training.style_package import StyleTexts

pytestmark = pytest.mark.no_database


@pytest.fixture
def unpaired(tmp_path: Path) -> Path:
    return fill_unpaired(tmp_path)


@pytest.fixture(scope="module")
def trained_for_an_epoch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = fill_unpaired(tmp_path_factory.mktemp("epoch"))
    train(tiny_animegan(folder, epochs=1), report=lambda _: None)
    return folder


@pytest.fixture
def begun(trained_for_an_epoch: Path, tmp_path: Path) -> Path:
    """A folder with pictures and a run of one epoch, to spoil."""
    return shutil.copytree(trained_for_an_epoch, tmp_path / "begun")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pictures and an undisturbed run, `whole`."""
    torch.set_num_threads(1)
    folder = fill_unpaired(tmp_path_factory.mktemp("whole"))
    train(tiny_animegan(folder, "whole"), report=lambda _: None)
    return folder


def _checkpoint(run: Path) -> dict[str, Any]:
    return torch.load(run / "checkpoint.pt", weights_only=True)


def _assert_ended_alike(one: Path, other: Path) -> None:
    """Weights, averages, spectral norm vectors, three optimizers and the log."""
    assert_same(_checkpoint(one), _checkpoint(other))
    assert read_log(one) == read_log(other)
    weights = [load_file(run / "package" / f"{run.name}.safetensors") for run in (one, other)]
    assert_same(*weights)


def test_an_interrupted_run_that_is_resumed_ends_as_an_undisturbed_one(whole: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(tiny_animegan(whole, "halved"), report=stop_at(4))
    assert _checkpoint(whole / "runs" / "halved")["step"] == 2
    train(tiny_animegan(whole, "halved"), resume=True)
    _assert_ended_alike(whole / "runs" / "halved", whole / "runs" / "whole")


def test_a_checkpoint_holds_all_that_a_run_goes_on_from(whole: Path) -> None:
    state = _checkpoint(whole / "runs" / "whole")
    assert state["step"] == 6
    assert sum(name.endswith("._u") for name in state["discriminator"]) == 7
    steps = {
        name: {float(moments["step"]) for moments in state[name]["state"].values()}
        for name in ("content_optimizer", "generator_optimizer", "discriminator_optimizer")
    }
    assert steps == {"content_optimizer": {3.0}, "generator_optimizer": {3.0}, "discriminator_optimizer": {3.0}}
    assert torch.is_tensor(state["rng"])


def test_a_resumed_run_learns_at_the_rates_that_are_asked_for_now(begun: Path) -> None:
    train(tiny_animegan(begun, learning_rates=(1e-3, 2e-3, 3e-3)), resume=True)
    state = _checkpoint(begun / "runs" / "ink")
    optimizers = ("content_optimizer", "generator_optimizer", "discriminator_optimizer")
    assert [state[name]["param_groups"][0]["lr"] for name in optimizers] == [1e-3, 2e-3, 3e-3]


def test_a_run_keeps_its_settings_and_a_change_of_them_is_reported(unpaired: Path) -> None:
    train(tiny_animegan(unpaired, epochs=1))
    checkpoint = unpaired / "runs" / "ink" / "checkpoint.pt"
    told = json.loads((checkpoint.parent / "config.json").read_text("utf-8"))
    assert (told["command"], told["perceptual"], told["weights"]["style"]) == ("train_animegan", "pyramid", 2.5)
    said: list[str] = []
    changed = {
        "weights": PRESETS["paprika"],
        "checkpoint_interval": 3,
        "texts": StyleTexts("Ink"),
        "cache": unpaired / "elsewhere",
    }
    train(tiny_animegan(unpaired, epochs=1, **changed), resume=True, report=said.append)
    (line,) = (line for line in said if line.startswith("resumed"))
    assert line.startswith("resumed at step 3; checkpoint_interval is 3, was 2; ")
    assert "; title is Ink, was " in line
    assert "style_weight is 0.6, was 2.5" in line
    assert "cache" not in line


def test_a_checkpoint_of_an_earlier_version_is_taken_up_with_a_word(begun: Path) -> None:
    checkpoint = begun / "runs" / "ink" / "checkpoint.pt"
    state = _checkpoint(checkpoint.parent)
    state["made_with"] = state.pop("data")
    state["made_with"]["batch"] = state["made_with"].pop("batch_size")
    del state["made_with"]["fingerprint"]
    for ours, theirs in (("content", "first"), ("generator", "generator"), ("discriminator", "discriminator")):
        state[f"{theirs}_optimiser"] = state.pop(f"{ours}_optimizer")
    torch.save(state, checkpoint)
    (checkpoint.parent / "config.json").unlink()
    said: list[str] = []
    train(tiny_animegan(begun, epochs=1), resume=True, report=said.append)
    assert any(
        "made by an earlier version: whether settings and pictures are the same is not known" in line for line in said
    )


@pytest.mark.slow
def test_a_killed_run_that_is_resumed_ends_as_an_undisturbed_one(whole: Path) -> None:
    run = whole / "runs" / "killed"
    start_and_kill("train_animegan", *animegan_arguments(whole, "killed"), at=4)
    assert not (run / "package").exists()
    assert _checkpoint(run)["step"] in (2, 4)
    train(tiny_animegan(whole, "killed"), resume=True)
    _assert_ended_alike(run, whole / "runs" / "whole")


@pytest.mark.slow
def test_two_processes_learn_what_one_with_twice_the_batch_does(unpaired: Path) -> None:
    one, two = unpaired / "runs" / "one", unpaired / "runs" / "two"
    # Adam's first step is as large for a gradient that is nothing but rounding as for any other. A step of the second
    # phase a tenth as large keeps that rounding, which depends on the processor, small beside what is learned.
    content_rate, generator_rate, discriminator_rate = LEARNING_RATES[2]
    rates = (content_rate, generator_rate / 10, discriminator_rate)
    changes = {"epochs": 4, "first_epochs": 2, "checkpoint_interval": 1}
    train(tiny_animegan(unpaired, "one", batch_size=4, learning_rates=rates, **changes))
    arguments = animegan_arguments(unpaired, "two", batch_size=2, processes=2, **changes)
    arguments += ["--learning-rates", *map(str, rates)]
    done = subprocess.run(**as_process("train_animegan", *arguments), capture_output=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("6 photos, 5 anime pictures") == 1
    curves = [read_log(run) for run in (one, two)]
    assert len(curves[0]) == 4
    for row, other in zip(*curves, strict=True):
        assert other == pytest.approx(row, rel=2e-3, abs=1e-6)
    assert _checkpoint(one)["data"] == _checkpoint(two)["data"]


def test_a_run_with_other_pictures_is_not_resumed(begun: Path) -> None:
    (begun / "anime" / "0.png").unlink()
    refusal = r"checkpoint\.pt: not a checkpoint of a run with these settings .*made with other pictures .*"
    with pytest.raises(ValueError, match=rf"{refusal}pictures is \[6, 4, 0\], was \[6, 5, 0\]"):
        train(tiny_animegan(begun, epochs=1), resume=True)
    save_photo(begun / "anime" / "0.png", 99, (36, 44))
    with pytest.raises(ValueError, match=rf"{refusal}fingerprint is [0-9a-f]+, was [0-9a-f]+\)"):
        train(tiny_animegan(begun, epochs=1), resume=True)


def test_a_run_whose_pictures_were_moved_and_touched_is_resumed(begun: Path) -> None:
    (begun / "anime").rename(begun / "moved")
    (begun / "moved" / "0.png").touch()
    (begun / "moved" / "cut.jpg").write_bytes(b"none")
    train(tiny_animegan(begun, anime=begun / "moved"), resume=True)
    assert _checkpoint(begun / "runs" / "ink")["step"] == 6


def test_a_run_of_the_other_version_is_not_resumed(begun: Path) -> None:
    with pytest.raises(ValueError, match=r"checkpoint\.pt: not a checkpoint of a run with these settings"):
        train(tiny_animegan(begun, epochs=1, version=1), resume=True)


def test_a_run_that_was_made_is_not_written_over_by_mistake(begun: Path) -> None:
    checkpoint = begun / "runs" / "ink" / "checkpoint.pt"
    before = checkpoint.read_bytes()
    with pytest.raises(ValueError, match=rf"{checkpoint} is there already: go on from it with --resume, or"):
        train(tiny_animegan(begun, epochs=1))
    assert checkpoint.read_bytes() == before


def test_a_run_that_ended_before_its_first_checkpoint_starts_anew(unpaired: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(tiny_animegan(unpaired, seed=2), report=stop_at(2))
    train(tiny_animegan(unpaired, epochs=1), resume=True)
    assert [row["step"] for row in read_log(unpaired / "runs" / "ink")] == [2, 3]
    assert len(list((unpaired / "runs" / "ink" / "tensorboard").iterdir())) == 1


def test_a_run_may_be_made_longer_but_not_shorter(unpaired: Path) -> None:
    train(tiny_animegan(unpaired, checkpoint_interval=6))
    with pytest.raises(ValueError, match=r"checkpoint\.pt: at step 6, beyond the 3 steps asked for"):
        train(tiny_animegan(unpaired, epochs=1), resume=True)
    train(tiny_animegan(unpaired, epochs=3, checkpoint_interval=6), resume=True)
    assert _checkpoint(unpaired / "runs" / "ink")["step"] == 9


def test_a_run_that_overflows_names_the_last_good_checkpoint(begun: Path) -> None:
    checkpoint = begun / "runs" / "ink" / "checkpoint.pt"
    good = checkpoint.read_bytes()
    state = torch.load(checkpoint, weights_only=True)
    state["generator"]["out_layer.0.weight"].fill_(float("nan"))
    torch.save(state, checkpoint)
    with pytest.raises(FloatingPointError, match=rf"not a number at step [456].*the last good state is {checkpoint}"):
        train(tiny_animegan(begun), resume=True)
    checkpoint.write_bytes(good)
    train(tiny_animegan(begun), resume=True)


def test_a_run_that_overflows_at_once_keeps_nothing(unpaired: Path) -> None:
    with pytest.raises(FloatingPointError, match=r"not a number at step 2: .*was not yet written"):
        train(tiny_animegan(unpaired, learning_rates=(1e30, 1e30, 1e30)))
    assert not (unpaired / "runs" / "ink" / "log.csv").exists()

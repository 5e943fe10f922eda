"""A run of White-box Cartoonization that was stopped and resumed ends as one that was not."""

import shutil
from pathlib import Path

import pytest
import torch

from tests.training.processes import start_and_kill
from tests.training.samples import assert_same, read_log, stop_at, tiny_pretraining, tiny_whitebox, whitebox_arguments
from training.checkpoints import read_checkpoint
from training.recipes.whitebox import train
from training.recipes.whitebox_pretrain import pretrain

pytestmark = pytest.mark.no_database


def _assert_ended_alike(one: Path, other: Path) -> None:
    assert_same(*(read_checkpoint(run / "checkpoint.pt") for run in (one, other)))
    assert read_log(one) == read_log(other)


def test_a_start_that_is_interrupted_and_resumed_ends_as_an_undisturbed_one(whitebox_folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        pretrain(tiny_pretraining(whitebox_folder, "again"), report=stop_at(4))
    assert read_checkpoint(whitebox_folder / "runs" / "again" / "checkpoint.pt")["step"] == 2
    pretrain(tiny_pretraining(whitebox_folder, "again"), resume=True, report=lambda _: None)
    _assert_ended_alike(whitebox_folder / "runs" / "again", whitebox_folder / "runs" / "start")


def test_a_killed_run_that_is_resumed_ends_as_an_undisturbed_one(whitebox_folder: Path) -> None:
    run = whitebox_folder / "runs" / "killed"
    start_and_kill("train_whitebox", *whitebox_arguments(whitebox_folder, "killed"), at=4)
    assert read_checkpoint(run / "checkpoint.pt")["step"] in (2, 4)
    train(tiny_whitebox(whitebox_folder, "killed"), resume=True, report=lambda _: None)
    _assert_ended_alike(run, whitebox_folder / "runs" / "flat")


def test_a_run_that_overflows_names_the_last_good_checkpoint(whitebox_folder: Path) -> None:
    start, wild = (whitebox_folder / "runs" / name for name in ("flat", "wild"))
    shutil.copytree(start, wild)
    checkpoint = wild / "checkpoint.pt"
    state = read_checkpoint(checkpoint)
    state["generator"]["conv0.weight"].fill_(float("nan"))
    torch.save(state, checkpoint)
    with pytest.raises(FloatingPointError, match=rf"not a number at step 7.*the last good state is {checkpoint}"):
        train(tiny_whitebox(whitebox_folder, "wild", steps=8), resume=True, report=lambda _: None)
    assert read_checkpoint(checkpoint)["step"] == 6


def test_a_run_of_other_pictures_is_refused_and_none_is_written_over(whitebox_folder: Path) -> None:
    with pytest.raises(ValueError, match=r"checkpoint\.pt is there already"):
        train(tiny_whitebox(whitebox_folder))
    with pytest.raises(ValueError, match=r"checkpoint\.pt: not a checkpoint of a run with these settings"):
        train(tiny_whitebox(whitebox_folder, seed=2), resume=True)


def test_what_is_no_start_is_named(whitebox_folder: Path) -> None:
    with pytest.raises(ValueError, match=r"absent/checkpoint\.pt|absent: no such file"):
        train(tiny_whitebox(whitebox_folder, "new", start=whitebox_folder / "absent"))
    (whitebox_folder / "text.pt").write_text("hello", "utf-8")
    with pytest.raises(ValueError, match=r"text\.pt: not a checkpoint"):
        train(tiny_whitebox(whitebox_folder, "new", start=whitebox_folder / "text.pt"))
    torch.save({"made_with": {}}, whitebox_folder / "other.pt")
    with pytest.raises(ValueError, match=r"other\.pt: not a checkpoint of pretrain_whitebox"):
        train(tiny_whitebox(whitebox_folder, "new", start=whitebox_folder / "other.pt"))
    with pytest.raises(ValueError, match=r"flat/checkpoint\.pt: not a checkpoint of pretrain_whitebox"):
        train(tiny_whitebox(whitebox_folder, "new", start=whitebox_folder / "runs" / "flat"))
    assert not (whitebox_folder / "runs" / "new").exists()

"""The command that a report tells makes a run with the settings of the run that is reported."""

import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
from django.core.management import load_command_class

from tests.training.samples import fill_unpaired, tiny_animegan, tiny_whitebox
from training.checkpoints import read_checkpoint
from training.management.commands._command_line import command_line
from training.recipes.animegan import PRESETS, WEIGHTS, AnimeGANConfig
from training.recipes.animegan import train as train_animegan
from training.report.write import read_run
from training.run_settings import parse_legacy_value
from training.style_package import StyleTexts

pytestmark = pytest.mark.no_database


def _told(run: Path) -> str:
    recorded = read_run(run)
    return command_line(run, recorded.command, recorded.settings)


def _told_of(config: AnimeGANConfig) -> str:
    """The command of a run with these settings."""
    return command_line(config.out, config.command, {one.name: getattr(config, one.name) for one in fields(config)})


def _asked(command: str) -> dict[str, Any]:
    """What the options of a command line say."""
    _, name, *words = shlex.split(command)
    return vars(load_command_class("training", name).create_parser("manage.py", name).parse_args(words))


def _trained(folder: Path, **changes: Any) -> AnimeGANConfig:
    settings = tiny_animegan(fill_unpaired(folder), epochs=1, **changes)
    train_animegan(settings, report=lambda _: None)
    return settings


def test_all_that_an_adversarial_run_was_asked_for_is_told(tmp_path: Path) -> None:
    weights = {**WEIGHTS, "content": 2.5, "style": 0.0}
    texts = StyleTexts(
        "Ink & Wash", "(of mine)", "scenery", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"
    )
    settings = _trained(tmp_path, version=1, weights=weights, texts=texts, learning_rates=(1e-3, 2e-4, 3e-5), seed=4)
    asked = _asked(_told(settings.out))
    for name in (
        "version",
        "epochs",
        "first_epochs",
        "perceptual",
        "batch_size",
        "size",
        "checkpoint_interval",
        "seed",
    ):
        assert asked[name] == getattr(settings, name), name
    assert (asked["photos"], asked["anime"], asked["out"]) == (Path("photo"), Path("anime"), Path("runs/ink"))
    assert {name: asked[f"{name}_weight"] for name in weights} == dict.fromkeys(weights) | {
        "content": 2.5,
        "style": 0.0,
    }, "the others are those of version 1"
    assert tuple(asked["learning_rates"]) == settings.learning_rates
    assert {name: asked[name] for name in vars(texts)} == vars(texts)


@pytest.mark.parametrize("folder", ["(mine)/photos", "[old]/photos", "photos (1)"])
def test_a_folder_is_told_whatever_its_name_begins_with(folder: str) -> None:
    assert parse_legacy_value(Path, folder) == Path(folder)
    for kind in (list, tuple):
        several = kind([Path(folder), Path("b")])
        assert parse_legacy_value(kind[Path], str(several)) == several


def test_published_weights_are_told_by_their_name(tmp_path: Path) -> None:
    told = _told(_trained(tmp_path / "paprika", weights=PRESETS["paprika"]).out)
    assert "--like paprika" in told
    for changes in ({}, {"version": 1, "weights": PRESETS["1"]}):
        told = _told(_trained(tmp_path / f"of_{len(changes)}", **changes).out)
        assert "--like" not in told
        assert "-weight" not in told


def test_weights_of_a_style_but_for_one_are_told_as_such(tmp_path: Path) -> None:
    weights = PRESETS["shinkai"] | {"regions": 1.0}
    told = _told_of(tiny_animegan(tmp_path, weights=weights, discriminator_width=32))
    assert "--like shinkai" in told
    assert told.endswith("--perceptual pyramid --regions-weight 1.0")
    first = tiny_animegan(tmp_path, version=1, weights=PRESETS["hayao"])
    told = _told_of(first)
    assert "--like" not in told
    assert "--style-weight 2.5" in told, "version 1 would take its own"


def test_the_batch_that_is_told_is_that_of_a_process(tmp_path: Path) -> None:
    settings = tiny_animegan(tmp_path, batch_size=3, processes=2)
    assert "--batch-size 3" in (told := _told_of(settings))
    assert "--processes 2" in told


def test_each_command_of_whitebox_is_told_by_its_name(whitebox_folder: Path) -> None:
    told = _told(whitebox_folder / "runs" / "start")
    assert told.startswith("manage.py pretrain_whitebox --photos photo --out runs/start ")
    assert "--steps 4" in told
    assert "--anime" not in told
    told = _told(whitebox_folder / "runs" / "flat")
    assert told.startswith("manage.py train_whitebox --photos photo --out runs/flat --anime anime ")
    assert "--perceptual pyramid" in told
    assert _asked(told)["start"] == Path("start")
    assert _asked(told)["like"] == "pyramid"
    assert tuple(_asked(told)["learning_rates"]) == tiny_whitebox(whitebox_folder).learning_rates


def test_a_run_of_an_earlier_version_has_the_right_command_too(whitebox_folder: Path, tmp_path: Path) -> None:
    state = read_checkpoint(whitebox_folder / "runs" / "start" / "checkpoint.pt")
    torch.save(state, tmp_path / "checkpoint.pt")
    (tmp_path / "log.csv").write_bytes((whitebox_folder / "runs" / "start" / "log.csv").read_bytes())
    assert _told(tmp_path).startswith("manage.py pretrain_whitebox --photos … --out runs/")

"""Settings of runs: typed in the program, as JSON in a run's folder, and as the text that earlier versions kept."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.samples import tiny, tiny_animegan, tiny_paired, tiny_pretraining, tiny_whitebox
from training.config import TrainConfig, read_config, to_json, typed_fields, write_config
from training.losses import LABELS, LOSSES, Loss, compute_losses, default_weights, weighted_sum
from training.run_settings import CONFIGS, config_class, describe_config_changes, parse_legacy_value, read_settings
from training.style_package import StyleTexts

pytestmark = pytest.mark.no_database

MAKERS: dict[str, Any] = {
    "train_animegan": tiny_animegan,
    "train_whitebox": tiny_whitebox,
    "pretrain_whitebox": tiny_pretraining,
    "train_paired": lambda folder: tiny_paired(folder, "warm", "other", texts=StyleTexts("Ink")),
    "distill_style": tiny,
}


@pytest.mark.parametrize("command", CONFIGS)
def test_settings_are_the_same_after_they_were_written_and_read(tmp_path: Path, command: str) -> None:
    config: TrainConfig = MAKERS[command](tmp_path)
    config.out.mkdir(parents=True)
    write_config(config)
    values = read_config(config.out)
    assert values is not None
    assert values["command"] == command
    assert config_class(command)(**typed_fields(config_class(command), values)) == config
    assert read_settings(config.out, {}, set()) == (
        command,
        {one.name: getattr(config, one.name) for one in fields(config)},
    )


@pytest.mark.parametrize("command", CONFIGS)
def test_settings_that_an_earlier_version_kept_as_text_are_read_as_they_were(tmp_path: Path, command: str) -> None:
    config: TrainConfig = MAKERS[command](tmp_path)
    told = {name: str(value) for name, value in config.flatten().items()} | {"command": command}
    renamed = {
        "batch_size": "batch",
        "checkpoint_interval": "every",
        "learning_rates": "rates",
        "color_weight": "colour_weight",
    }
    found_command, found = read_settings(
        tmp_path, {"legacy_settings": {renamed.get(name, name): text for name, text in told.items()}}, set()
    )
    assert found_command == command
    for name, value in found.items():
        assert to_json(value) == to_json(getattr(config, name)), name
    assert found.keys() >= {"seed", "batch_size", "checkpoint_interval", "weights"} - (
        set() if config.weights else {"weights"}
    )


def test_a_folder_without_settings_says_so_and_a_damaged_file_is_named(tmp_path: Path) -> None:
    assert read_config(tmp_path) is None
    for text in ("{", "[]", "{}"):
        (tmp_path / "config.json").write_text(text, "utf-8")
        with pytest.raises(ValueError, match=r"config\.json: not the settings of a run"):
            read_config(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"command": "train_animegan", "epochs": "many"}), "utf-8")
    with pytest.raises(ValueError, match="its settings are not ones that this program can read"):
        read_settings(tmp_path, {}, set())


@pytest.mark.parametrize("damage", [{"size": None}, {"weights": 3}])
def test_who_resumes_with_damaged_settings_is_told_which(tmp_path: Path, damage: dict[str, Any]) -> None:
    config = tiny_animegan(tmp_path)
    config.out.mkdir(parents=True)
    write_config(config)
    path = config.out / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | damage), "utf-8")
    with pytest.raises(ValueError, match=f"{config.out}: its settings are not ones that this program can read"):
        describe_config_changes(config, {})


def test_what_a_later_version_adds_is_passed_over(tmp_path: Path) -> None:
    values = {"command": "train_animegan", "epochs": 3, "invented_later": [1, 2]}
    (tmp_path / "config.json").write_text(json.dumps(values), "utf-8")
    assert read_settings(tmp_path, {}, set()) == ("train_animegan", {"epochs": 3})


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (int, "3", 3),
        (Path | None, "None", None),
        (Path | None, "runs/a", Path("runs/a")),
        (tuple[float, ...], "(0.5, 1.0)", (0.5, 1.0)),
        (dict[str, int], "{'width': 8}", {"width": 8}),
        (list[Path], "[PosixPath('a b'), PosixPath('c')]", [Path("a b"), Path("c")]),
    ],
)
def test_text_becomes_what_it_was_made_from(kind: Any, text: str, expected: Any) -> None:
    assert parse_legacy_value(kind, text) == expected


def test_a_loss_is_computed_where_its_inputs_are_there_and_counts_by_its_weight() -> None:
    double = Loss(name="double", fn=lambda result: 2 * result.sum(), default_weight=0.5)
    scores = Loss(name="scores", fn=lambda fake: fake.sum())
    assert default_weights((double, scores), scores=3.0) == {"double": 0.5, "scores": 3.0}
    losses = compute_losses((double, scores), {"result": torch.ones(4), "photo": torch.zeros(4)})
    assert {name: float(value) for name, value in losses.items()} == {"double": 8.0}
    assert float(weighted_sum(losses, {"double": 0.5, "scores": 3.0})) == 4.0


def test_losses_have_names_columns_and_options_of_their_own() -> None:
    for names in ([loss.name for loss in LOSSES], [loss.log_column for loss in LOSSES]):
        assert len(set(names)) == len(LOSSES)
    aliases = [alias for loss in LOSSES for alias in loss.aliases]
    assert not set(aliases) & {loss.name for loss in LOSSES}
    assert LABELS.keys() >= {"l1", "colour", "hint", "patches", "discriminator"}, "columns of logs that are there"


@pytest.mark.parametrize("command", ["train_animegan", "train_whitebox", "train_paired", "distill_style"])
def test_the_weights_of_losses_that_are_not_named_are_those_of_the_method(tmp_path: Path, command: str) -> None:
    kind, config = config_class(command), MAKERS[command](tmp_path)
    name = next(iter(kind.default_weights()))
    assert replace(config, weights={name: 7.0}).weights == {**kind.default_weights(), name: 7.0}
    with pytest.raises(ValueError, match="weights of losses that are not known: contnet"):
        replace(config, weights={"contnet": 1.0})

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.training.samples import animegan_arguments, fill_unpaired, stop_at
from training.recipes import animegan
from training.recipes.animegan import PRESETS, AnimeGANConfig

pytestmark = pytest.mark.no_database


@pytest.fixture
def unpaired(tmp_path: Path) -> Path:
    return fill_unpaired(tmp_path)


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[AnimeGANConfig]:
    """The settings of runs that were asked for, none of which is made."""
    asked: list[AnimeGANConfig] = []

    def train(settings: AnimeGANConfig, **options: Any) -> Path:
        asked.append(settings)
        return settings.out / "package"

    monkeypatch.setattr(animegan, "train", train)
    return asked


def _train(folder: Path, *flags: str, **changes: Any) -> str:
    out = StringIO()
    call_command("train_animegan", *animegan_arguments(folder, **changes), *flags, stdout=out)
    return out.getvalue()


def _without_first_epochs(folder: Path, **changes: Any) -> list[str]:
    return [one for one in animegan_arguments(folder, **changes) if not one.startswith("--first-epochs")]


def _refusal(folder: Path, *flags: str, **changes: Any) -> str:
    with pytest.raises(CommandError) as caught:
        _train(folder, *flags, **changes)
    assert not (folder / "runs" / "ink" / "package").exists()
    return str(caught.value)


def test_the_command_ends_with_a_package_and_says_how_to_install_it(unpaired: Path) -> None:
    said = _train(unpaired, "--license=CC0", epochs=1, first_epochs=0)
    package = unpaired / "runs" / "ink" / "package"
    assert f"{package}: install it with manage.py add_style {package}" in said
    names = {path.name for path in package.iterdir()}
    assert names == {"ink.safetensors", "ink.md", "ink.jpg", "manifest.json"}
    assert "CC0" in (package / "ink.md").read_text("utf-8")
    assert "adversarial" in (package / "ink.md").read_text("utf-8")
    assert "resumed at step 3" in _train(unpaired, "--resume", epochs=1, first_epochs=0)


@pytest.mark.parametrize("option", ["--license-url", "--licence-url"])
def test_a_license_url_that_add_style_would_refuse_is_refused_before_the_training(unpaired: Path, option: str) -> None:
    assert "no http or https URL" in _refusal(unpaired, f"{option}=javascript:alert(1)")


def test_the_second_version_takes_its_rates_and_the_weights_of_a_style(
    unpaired: Path, asked_for: list[AnimeGANConfig]
) -> None:
    _train(unpaired)
    _train(unpaired, "--like=paprika")
    assert [run.weights for run in asked_for] == [PRESETS["hayao"], PRESETS["paprika"]]
    assert asked_for[0].version == 2
    assert asked_for[0].learning_rates == (2e-4, 2e-5, 4e-5)


def test_each_version_has_its_own_first_phase_unless_it_is_given(
    unpaired: Path, asked_for: list[AnimeGANConfig]
) -> None:
    arguments = _without_first_epochs(unpaired, epochs=20)
    for flags in ([], ["--version=1"], ["--version=1", "--first-epochs=0"]):
        call_command("train_animegan", *arguments, *flags)
    assert [run.first_epochs for run in asked_for] == [10, 1, 0]


def test_the_first_version_takes_its_own_rates_and_weights(unpaired: Path, asked_for: list[AnimeGANConfig]) -> None:
    _train(unpaired, "--version=1")
    assert (asked_for[0].version, asked_for[0].weights) == (1, PRESETS["1"])
    assert asked_for[0].learning_rates == (1e-4, 8e-5, 1.6e-4)


def test_weights_rates_and_texts_may_be_given(unpaired: Path, asked_for: list[AnimeGANConfig]) -> None:
    flags = ["--adversarial-weight=10", "--total-variation-weight=0.5", "--rates", "1e-3", "1e-4", "1e-5"]
    _train(unpaired, *flags, "--title=Ink", "--subject=scenery", f"--smooth={unpaired / 'anime'}")
    assert asked_for[0].smooth == unpaired / "anime"
    weights = asked_for[0].weights
    assert weights["smooth"] == PRESETS["hayao"]["smooth"]
    assert (weights["adversarial"], weights["total_variation"], weights["color"]) == (
        10,
        0.5,
        PRESETS["hayao"]["color"],
    )
    assert asked_for[0].learning_rates == (1e-3, 1e-4, 1e-5)
    assert (asked_for[0].texts.title, asked_for[0].texts.subject) == ("Ink", "scenery")


def test_missing_weights_of_vgg19_stop_before_anything_is_done(unpaired: Path, settings: Settings) -> None:
    settings.WEIGHTS_DIR = unpaired
    text = _refusal(unpaired, perceptual="vgg19")
    assert f"{unpaired / 'vgg19-dcbb9e9d.pth'}: VGG19's weights are not there" in text
    assert "manage.py fetch_weights vgg19" in text
    assert not (unpaired / "runs").exists()
    assert "else.pth: VGG19's" in _refusal(unpaired, f"--vgg19={unpaired / 'else.pth'}", perceptual="vgg19")


def test_a_folder_without_pictures_is_named(unpaired: Path) -> None:
    (unpaired / "empty").mkdir()
    assert f"no pictures below {unpaired / 'empty'}" in _refusal(unpaired, anime=unpaired / "empty")
    assert f"no pictures below {unpaired / 'absent'}" in _refusal(unpaired, photos=unpaired / "absent")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"size": 100}, "size must be a multiple of 8"),
        ({"batch_size": 0}, "batch_size must be 1 or more"),
        ({"every": 0}, "checkpoint_interval must be 1 or more"),
        ({"epochs": 5, "first_epochs": 5}, "first_epochs must be less than epochs, not 5 of 5"),
        ({"epochs": 5, "first_epochs": -1}, "first_epochs must be 0 or more, not -1"),
        ({"perceptual": "none", "first_epochs": -1}, "first_epochs must be 0 or more, not -1"),
        ({"out": "runs/2021"}, "must begin with a letter"),
    ],
)
def test_a_setting_that_cannot_work_is_told(unpaired: Path, changes: dict[str, Any], reason: str) -> None:
    assert reason in _refusal(unpaired, **changes)


def test_a_checkpoint_that_is_damaged_is_named(unpaired: Path) -> None:
    checkpoint = unpaired / "runs" / "ink" / "checkpoint.pt"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(b"hello")
    assert f"{checkpoint}: not a checkpoint" in _refusal(unpaired, "--resume")


def test_ctrl_c_ends_with_a_line_that_says_where_it_goes_on(unpaired: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = unpaired / "runs" / "ink" / "checkpoint.pt"
    for step, told in ((2, f"{checkpoint} was not yet written"), (4, f"--resume goes on from {checkpoint}")):
        out = StringIO()
        monkeypatch.setattr(out, "write", stop_at(step))
        with pytest.raises(CommandError, match=f"^stopped: {told}$") as caught:
            call_command("train_animegan", *animegan_arguments(unpaired), "--resume", stdout=out)
        assert caught.value.returncode == 130
        assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("version", "epochs", "first_epochs"),
    [(2, 6, 3), (2, 1, 0), (2, 2, 1), (2, 11, 5), (2, 20, 10), (2, 100, 10), (1, 1, 0), (1, 2, 1), (1, 100, 1)],
)
def test_the_first_phase_of_a_short_run_is_short(
    unpaired: Path, asked_for: list[AnimeGANConfig], version: int, epochs: int, first_epochs: int
) -> None:
    call_command("train_animegan", *_without_first_epochs(unpaired, epochs=epochs), f"--version={version}")
    assert [run.first_epochs for run in asked_for] == [first_epochs]


def test_a_short_run_says_how_long_its_first_phase_is_and_keeps_it_when_it_is_made_longer(unpaired: Path) -> None:
    out = StringIO()
    call_command("train_animegan", *_without_first_epochs(unpaired, epochs=2), stdout=out)
    assert "first phase: 1 of 2 epochs, as the run is short (10 in longer ones" in out.getvalue()
    out = StringIO()
    call_command("train_animegan", *_without_first_epochs(unpaired, epochs=4), "--resume", stdout=out)
    assert "the first 3 for content" in out.getvalue()  # of 3 steps an epoch
    assert "first_epochs" not in out.getvalue()

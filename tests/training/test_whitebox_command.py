from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.training.samples import fill_unpaired, save_points, whitebox_arguments
from training.recipes import whitebox
from training.recipes.whitebox import WhiteboxConfig

pytestmark = pytest.mark.no_database


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[WhiteboxConfig]:
    """The settings of runs that were asked for, none of which is made."""
    asked: list[WhiteboxConfig] = []
    monkeypatch.setattr(whitebox, "train", lambda settings, **options: asked.append(settings))
    return asked


def _call(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def _refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as caught:
        _call("train_whitebox", *arguments)
    return str(caught.value)


def test_from_photos_to_a_package_in_two_commands(tmp_path: Path) -> None:
    fill_unpaired(tmp_path)
    start = tmp_path / "runs" / "start"
    alike = [
        f"--photos={tmp_path / 'photo'}",
        "--size=32",
        "--batch=2",
        "--device=cpu",
        f"--cache={tmp_path / 'c'}",
    ]
    said = _call("pretrain_whitebox", *alike, f"--out={start}", "--steps=1", f"--points={save_points(tmp_path)}")
    assert "landmarks found in 4, no face in 1, not sure of 1" in said
    assert f"go on from it with manage.py train_whitebox --start {start}" in said
    said = _call("train_whitebox", *whitebox_arguments(tmp_path, steps=1), "--license=CC0")
    package = tmp_path / "runs" / "flat" / "package"
    assert f"{package}: install it with manage.py add_style {package}" in said
    assert {path.name for path in package.iterdir()} == {"flat.safetensors", "flat.md", "flat.jpg", "manifest.json"}
    assert '"architecture": "whitebox"' in (package / "manifest.json").read_text("utf-8")
    assert "landmarks: True" in (package / "flat.md").read_text("utf-8")


def test_weights_are_those_of_a_preset_or_given(tmp_path: Path, asked_for: list[Any]) -> None:
    _call("train_whitebox", *whitebox_arguments(tmp_path))
    _call("train_whitebox", *whitebox_arguments(tmp_path), "--like=faces")
    _call("train_whitebox", *whitebox_arguments(tmp_path), "--landmark-weight=3", "--rates", "1e-4", "1e-5")
    assert [run.weights for run in asked_for[:2]] == [whitebox.PRESETS["pyramid"], whitebox.PRESETS["faces"]]
    assert asked_for[2].weights["landmark"] == 3
    assert asked_for[2].weights["content"] == whitebox.PRESETS["pyramid"]["content"]
    assert [run.learning_rates for run in asked_for[1:]] == [(2e-4, 2e-4), (1e-4, 1e-5)]


def test_what_cannot_work_is_told_before_anything_is_done(tmp_path: Path, settings: Settings) -> None:
    settings.WEIGHTS_DIR = tmp_path
    fill_unpaired(tmp_path)
    assert "VGG19's weights are not there" in _refusal(*whitebox_arguments(tmp_path, perceptual="vgg19"))
    assert "start/checkpoint.pt" in _refusal(*whitebox_arguments(tmp_path)).replace("start: no", "start/checkpoint.pt")
    assert "size must be a multiple of 8" in _refusal(*whitebox_arguments(tmp_path, size=33))
    assert not (tmp_path / "runs").exists()

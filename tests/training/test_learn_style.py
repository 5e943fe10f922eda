"""From a generator to an installed student of it, in one command."""

import json
import re
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
from django.core.management import CommandError, call_command
from PIL import Image
from pytest_django import Settings

from inference import runtime
from inference.architectures import build_network
from tests.inference.graphs import write_negative
from tests.needs import ROOT
from tests.training.processes import start_and_kill
from tests.training.samples import read_log, save_photo
from training.checkpoints import save_weights

pytestmark = pytest.mark.no_database


@pytest.fixture
def site(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """A site with the styles that are shipped, and eight photos beside a teacher that no manifest knows."""
    weights = tmp_path / "weights"
    weights.mkdir()
    for name in ("manifest.json", "comic.safetensors"):
        shutil.copy(ROOT / "weights" / name, weights)
    settings.WEIGHTS_DIR = weights
    runtime.get_style_registry.cache_clear()
    for seed in range(8):
        save_photo(tmp_path / "photos" / f"{seed}.png", seed)
    torch.manual_seed(1)
    teacher = build_network("compact")
    with torch.no_grad():
        for parameter in teacher.tail.parameters():  # type: ignore[union-attr]
            parameter.mul_(10)
    save_weights(teacher, tmp_path / "teacher.safetensors", {"network": "compact"})
    yield tmp_path
    runtime.get_style_registry.cache_clear()


def _options(site: Path, *more: Any, **changes: Any) -> list[str]:
    options = {
        "teacher": site / "teacher.safetensors",
        "id": "ink",
        "out": site / "run",
        "network": "unet_light",
        "steps": 4,
        "batch_size": 2,
        "crop": 32,
        "held_out": 2,
        "checkpoint_interval": 2,
        "device": "cpu",
        "license": "CC0 1.0",
    } | changes
    lists = ["--photos", site / "photos", "--long-side", 96, 64]
    return [*map(str, lists), *(f"--{name.replace('_', '-')}={value}" for name, value in options.items()), *more]


def _learn(site: Path, *more: str, **changes: Any) -> str:
    output = StringIO()
    call_command("learn_style", *_options(site, *more, **changes), stdout=output, stderr=output)
    return output.getvalue()


def _installed(site: Path) -> list[str]:
    return [entry["id"] for entry in json.loads((site / "weights" / "manifest.json").read_text("utf-8"))["styles"]]


def test_a_student_that_misses_is_shown_and_not_installed_until_forced(site: Path) -> None:
    with pytest.raises(CommandError, match=r"ink misses .*error.*not installed.*--steps.*--force"):
        _learn(site, max_error=0.01)
    assert "ink" not in _installed(site)
    assert not (site / "weights" / "ink.safetensors").exists()
    pairs = {path: path.stat().st_mtime_ns for path in (site / "run" / "pairs" / "ink").iterdir()}
    said = _learn(site, "--force", max_error=0.01)
    assert re.search(r"error +\d+\.\d+  missed +at most 0.01", said)
    assert "trained already" in said
    assert "ink" in _installed(site)
    kept = {
        path: path.stat().st_mtime_ns for path in (site / "run" / "pairs" / "ink").iterdir() if path.stem != "made_with"
    }
    assert kept.items() <= pairs.items(), "no pair is made again"
    style = runtime.get_style_registry().get_available("ink")
    assert (style.architecture, style.working_size) == ("unet_light", 96)
    card = (site / "weights" / "ink.md").read_text("utf-8")
    assert card.count("**Figures**") == 1
    assert "missed" in card
    assert "ink: installed already" in _learn(site, "--force", max_error=0.01)


def test_a_student_of_a_graph_that_meets_the_gate_is_installed_and_converts(site: Path) -> None:
    """With another style under it, for the faces that these photos do not have."""
    graph = write_negative(site / "negative.onnx", multiple=2)
    gate = {"max_error": 255, "min_ssim": 0, "max_share_above": 9, "min_gradient_energy": 0, "max_gradient_energy": 99}
    said = _learn(site, teacher=graph, under="comic", **gate)
    assert said.count("  met  ") == 5 - 1
    assert "not measured" in said
    assert "ink: installed" in said
    result = site / "result.png"
    call_command("stylize", str(site / "photos" / "0.png"), "-o", str(result), "--style", "ink", stdout=StringIO())
    assert Image.open(result).size == (96, 72)


def test_what_was_held_out_stays_so_when_photos_are_added(site: Path) -> None:
    _learn(site, "--force")
    held_out = json.loads((site / "run" / "held_out.json").read_text("utf-8"))
    assert len(held_out) == 2
    for seed in range(20, 24):
        save_photo(site / "photos" / f"{seed}.png", seed)
    with pytest.raises(CommandError, match="made with other pictures"):
        _learn(site, "--force", steps=6)
    assert json.loads((site / "run" / "held_out.json").read_text("utf-8")) == held_out
    pairs = list((site / "run" / "pairs" / "ink").glob("*_64_photo.png"))
    assert len(pairs) == 8 - 2 + 4


def test_more_steps_go_on_where_the_run_ended(site: Path) -> None:
    with pytest.raises(CommandError, match="misses"):
        _learn(site, max_error=0.01)
    before = [row["l1"] for row in read_log(site / "run" / "training")]
    assert "resumed at step 4" in _learn(site, "--force", max_error=0.01, steps=6)
    assert [row["l1"] for row in read_log(site / "run" / "training")][:2] == before


@pytest.mark.slow
def test_a_killed_run_goes_on_with_the_same_command(site: Path) -> None:
    settings = {"steps": 16, "checkpoint_interval": 4}
    start_and_kill("learn_style", *_options(site, **settings), at=8)
    assert not (site / "run" / "training" / "package").exists()
    with pytest.raises(CommandError, match="ink misses error"):
        _learn(site, max_error=0.01, **settings)
    said = (site / "run" / "training" / "log.csv").read_text("utf-8")
    assert [row["step"] for row in read_log(site / "run" / "training")] == [4, 8, 12, 16], said
    assert "trained already" in _learn(site, "--force", max_error=0.01, **settings)
    assert "ink" in _installed(site)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"id": "Ink 2"}, "is no id"),
        ({"id": "comic"}, "there is a style 'comic' already"),
        ({"license": " "}, "say with --license"),
        ({"teacher": "nobody"}, "nobody: no such style, and no such file"),
        ({"under": "nobody"}, "nobody: no such style, and no such file"),
        ({"crop": 40}, "crop must be a multiple of 32"),
        ({"held_out": 0}, "held_out must be 1 or more"),
        ({"landmarks": "none.tflite"}, "none.tflite: not a network"),
        ({"steps": 0}, "steps must be 1 or more"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(
    site: Path, changes: dict[str, Any], text: str
) -> None:
    with pytest.raises(CommandError, match=text):
        _learn(site, **changes)
    assert not (site / "run").exists()


def test_a_folder_of_another_teacher_is_refused(site: Path) -> None:
    _learn(site, "--force")
    with pytest.raises(CommandError, match="holds pairs that were made otherwise"):
        _learn(site, "--force", teacher="comic")


def test_too_few_photos_are_told(site: Path) -> None:
    for seed in range(1, 8):
        (site / "photos" / f"{seed}.png").unlink()
    with pytest.raises(CommandError, match="too few photos: 0 to learn from and 1 held out"):
        _learn(site)

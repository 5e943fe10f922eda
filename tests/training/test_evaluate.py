from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from inference.architectures.compact import CompactGenerator
from tests.training.samples import read_log, tiny
from training.checkpoints import save_weights
from training.recipes.distill import distill

pytestmark = pytest.mark.no_database


def _evaluate(folder: Path, weights: Path, *flags: str) -> list[list[float]]:
    """The table's rows: long side, photos, error, SSIM, error of the photo."""
    output = StringIO()
    fixed = [f"--teacher-weights={folder / 'teacher.safetensors'}", f"--cache={folder / 'kept'}", "--held-out=2"]
    call_command("evaluate_distillation", weights, *fixed, f"--photos={folder / 'photos'}", *flags, stdout=output)
    return [[float(cell) for cell in line.split()] for line in output.getvalue().splitlines()[1:]]


def test_the_evaluation_finds_what_the_run_logged_of_the_photos_it_held_out(folder: Path) -> None:
    weights = distill(tiny(folder, steps=8, checkpoint_interval=8, widths={}))
    (logged,) = read_log(folder / "run")
    at_48, at_64 = _evaluate(folder, weights, "--sizes", "48", "64", f"--sheet={folder / 'sheet.jpg'}")
    assert at_48[:2] == [48, 2]
    assert at_48[2:] == pytest.approx([logged["error"], logged["ssim"], logged["error_of_photo"]], rel=0.02, abs=0.006)
    assert at_64[:2] == [64, 2]
    with Image.open(folder / "sheet.jpg") as sheet:
        assert sheet.size == (3 * 360, 2 * 360)


def test_what_cannot_be_evaluated_is_named(folder: Path) -> None:
    save_weights(CompactGenerator(deep_blocks=1), folder / "other.safetensors", {"network": "compact"})
    for name in ("absent.safetensors", "other.safetensors"):
        with pytest.raises(CommandError, match=name):
            _evaluate(folder, folder / name)
    save_weights(CompactGenerator(), folder / "right.safetensors", {"network": "compact"})
    with pytest.raises(CommandError, match="--held-out must be 1 or more"):
        _evaluate(folder, folder / "right.safetensors", "--held-out=0")
    (folder / "photos").rename(folder / "elsewhere")
    with pytest.raises(CommandError, match=r"no photos below .*photos"):
        _evaluate(folder, folder / "right.safetensors")

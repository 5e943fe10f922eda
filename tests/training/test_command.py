from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
from django.core.management import CommandError, call_command

from inference.architectures import build_network
from inference.architectures.whitebox import WhiteboxGenerator
from inference.checkpoints import load_network
from tests.training.samples import arguments, read_log, save_photo
from training.checkpoints import save_weights

pytestmark = pytest.mark.no_database


def _distill(folder: Path, run: str = "comic", *flags: str, **changes: Any) -> str:
    output = StringIO()
    call_command("distill_style", *arguments(folder, run, **changes), *flags, stdout=output)
    return output.getvalue()


def _refusal(folder: Path, *flags: str, **changes: Any) -> str:
    with pytest.raises(CommandError) as caught:
        _distill(folder, "refused", *flags, **changes)
    assert not (folder / "refused.safetensors").exists()
    return str(caught.value)


def test_the_command_ends_with_weights_that_inference_loads(folder: Path) -> None:
    output = _distill(folder)
    network = load_network(folder / "comic.safetensors", "compact")
    assert network(torch.zeros(1, 3, 16, 24)).shape == (1, 3, 16, 24)
    assert "4 photos to learn from, 2 held out" in output
    assert f"{folder / 'comic.safetensors'} (2.74 MB)" in output


def test_the_run_keeps_its_checkpoint_log_and_sheet(folder: Path) -> None:
    _distill(folder)
    names = {path.name for path in (folder / "comic").iterdir()}
    assert names == {
        "checkpoint.pt",
        "config.json",
        "log.csv",
        "sheet.jpg",
        "teacher",
        "teacher_exact",
        "tensorboard",
    }
    assert [row["step"] for row in read_log(folder / "comic")] == [3]


def test_the_run_is_named_after_the_weights_where_no_name_is_given(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    given = [argument for argument in arguments(folder, "ink") if not argument.startswith("--run")]
    call_command("distill_style", *given, "--out=new/folder/ink.safetensors", stdout=StringIO())
    assert (folder / "new" / "folder" / "ink.safetensors").exists()
    assert (folder / "runs" / "ink" / "log.csv").exists()


@pytest.mark.parametrize("network", ["compact", "compact_fine"])
def test_it_goes_on_from_weights_that_are_there(folder: Path, network: str) -> None:
    start = folder / "start.safetensors"
    save_weights(build_network(network), start, {})
    _distill(folder, "more", f"--start={start}", f"--network={network}", **{"learning-rate": 1e-3, "steps": 1})
    before = load_network(start, network)
    with torch.inference_mode():
        x = torch.rand(1, 3, 32, 40) * 2 - 1
        apart = load_network(folder / "more.safetensors", network)(x) - before(x)
    assert 0 < float(apart.abs().max()) < 0.02


def test_feature_distillation_is_for_the_network_that_is_like_the_teacher(folder: Path) -> None:
    assert "feature distillation is for compact_fine" in _refusal(folder, "--hint-weight=1")
    assert "distill_features_until must be above 0" in _refusal(folder, "--hints-until=0")
    _distill(folder, "hinted", "--network=compact_fine", "--hint-weight=1")
    load_network(folder / "hinted.safetensors", "compact_fine")


def test_a_start_of_another_network_is_named(folder: Path) -> None:
    start = folder / "other.safetensors"
    save_weights(WhiteboxGenerator(), start, {})
    assert f"{start}: not of a generator like this" in _refusal(folder, f"--start={start}")


def test_weights_may_be_put_on_another_disk(folder: Path) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == folder.stat().st_dev:
        pytest.skip("/dev/shm is no disk of its own here")
    out = memory / f"distilled_{folder.stat().st_ino}.safetensors"
    try:
        _distill(folder, out=out, steps=1)
        load_network(out, "compact")
        assert not out.with_suffix(".part").exists()
    finally:
        out.unlink(missing_ok=True)


def test_more_photos_are_learned_from(folder: Path) -> None:
    save_photo(folder / "more" / "7.png", 7)
    assert "5 photos to learn from, 2 held out" in _distill(folder, "comic", f"--more-photos={folder / 'more'}")


def test_a_missing_teacher_is_named(folder: Path) -> None:
    text = _refusal(folder, **{"teacher-weights": folder / "absent.safetensors"})
    assert f"{folder / 'absent.safetensors'}" in text


def test_a_teacher_that_is_something_else_is_named(folder: Path) -> None:
    save_weights(build_network("compact"), folder / "compact.safetensors", {})
    for name in ("compact.safetensors", "photos/1.png"):
        text = _refusal(folder, **{"teacher-weights": folder / name})
        assert f"{folder / name}: not the published White-box generator" in text


def test_a_folder_without_photos_is_named(folder: Path) -> None:
    (folder / "empty").mkdir()
    assert f"no photos below {folder / 'empty'}" in _refusal(folder, photos=folder / "empty")
    assert f"no photos below {folder / 'absent'}" in _refusal(folder, photos=folder / "absent")
    assert f"no photos below {folder / 'empty'}" in _refusal(folder, f"--more-photos={folder / 'empty'}")


def test_photos_too_small_or_too_few_are_told(folder: Path) -> None:
    assert "no photo is large enough for a crop of 64 pixels" in _refusal(folder, crop=64)
    assert "too few photos" in _refusal(folder, **{"held-out": 6})


def test_a_damaged_photo_is_named_and_skipped(folder: Path) -> None:
    path = folder / "photos" / "3.png"
    path.write_bytes(path.read_bytes()[:400])
    assert f"{path}: not a whole picture (damaged); skipped" in _distill(folder)


def test_a_setting_that_cannot_work_is_told(folder: Path) -> None:
    assert "crop must be a multiple of 8" in _refusal(folder, crop=100)
    assert "checkpoint_interval must be 1 or more" in _refusal(folder, every=0)


def test_a_run_that_overflows_is_told(folder: Path) -> None:
    text = _refusal(folder, every=1, **{"learning-rate": 1e30})
    assert "not a number at step 1" in text
    assert "checkpoint.pt" in text


def test_a_checkpoint_that_is_damaged_is_named(folder: Path) -> None:
    (folder / "refused").mkdir()
    (folder / "refused" / "checkpoint.pt").write_bytes(b"hello")
    assert f"{folder / 'refused' / 'checkpoint.pt'}: not a checkpoint" in _refusal(folder, "--resume")


def test_a_device_that_is_not_there_is_told(folder: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    assert "torch finds no cuda on this machine" in _refusal(folder, device="cuda")

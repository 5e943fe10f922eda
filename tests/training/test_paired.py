"""Training on pairs, for real."""

import csv
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
import torch
from django.core.management import CommandError, call_command
from safetensors.torch import load_file

from inference.architectures import build_network
from inference.checkpoints import load_network
from inference.styles import read_manifest
from tests.training.samples import SMALL, assert_same, fill_pairs, read_log, stop_at, tiny_paired
from training.checkpoints import save_weights
from training.recipes.paired import PairedConfig
from training.recipes.paired import train as train_paired

pytestmark = pytest.mark.no_database


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two styles, of which the second has the same photos, and others."""
    folder = tmp_path_factory.mktemp("pairs")
    fill_pairs(folder, "warm", 7)
    fill_pairs(folder, "other", 8)
    return folder


def _figures(run: Path) -> dict[tuple[str, str], dict[str, float]]:
    with (run / "figures.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {(row.pop("style"), row.pop("of")): {name: float(value) for name, value in row.items()} for row in rows}


def test_a_style_is_learned_and_becomes_a_package_that_inference_loads(folder: Path) -> None:
    settings = tiny_paired(
        folder, steps=50, checkpoint_interval=25, out=folder / "learnt", widths={}, learning_rate=3e-3
    )
    (package,) = train_paired(settings, report=lambda _: None)
    figures = _figures(settings.out)
    assert figures["warm", "ours"]["error"] < 0.6 * figures["warm", "photo"]["error"]
    style = read_manifest(package / "manifest.json")["warm"]
    assert style.architecture == "compact_fine_context"
    assert load_network(style.path, style.architecture)(torch.zeros(1, 3, 32, 40)).shape == (1, 3, 32, 40)
    assert (settings.out / "sheet.jpg").exists()


def _with_a_discriminator(folder: Path, name: str) -> PairedConfig:
    chosen = {"adversarial_weight": 0.1, "feature_matching_weight": 0.5, "adversarial_from": 0.3}
    return tiny_paired(folder, "warm", "other", out=folder / name, **chosen)


def test_a_run_of_two_styles_that_was_stopped_ends_as_one_that_was_not(folder: Path) -> None:
    whole = train_paired(_with_a_discriminator(folder, "whole"), report=lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        train_paired(_with_a_discriminator(folder, "halved"), report=stop_at(6))
    halved = train_paired(_with_a_discriminator(folder, "halved"), resume=True, report=lambda _: None)
    assert [package.name for package in halved] == ["warm", "other"]
    for one, other in zip(whole, halved, strict=True):
        assert_same(*(load_file(package / f"{one.name}.safetensors") for package in (one, other)))
    states = [torch.load(folder / run / "checkpoint.pt", weights_only=True) for run in ("whole", "halved")]
    assert_same(*states)
    assert read_log(folder / "whole") == read_log(folder / "halved")
    assert read_log(folder / "whole")[-1]["adversarial"] != 0
    assert not torch.equal(*(load_file(p / f"{p.name}.safetensors")["head.weight"] for p in whole))


def test_the_split_is_written_and_a_snapshot_can_be_packed(folder: Path) -> None:
    settings = tiny_paired(folder, out=folder / "split")
    train_paired(settings, report=lambda _: None)
    with (settings.out / "split.csv").open(newline="", encoding="utf-8") as file:
        roles = [row["role"] for row in csv.DictReader(file)]
    assert (roles.count("learnt from"), roles.count("held out")) == (6, 1)
    names = sorted(path.name for path in settings.out.glob("average_*"))
    assert names == ["average_4.safetensors", "average_6.safetensors"]
    before = _figures(settings.out)
    train_paired(settings, snapshot=settings.out / names[-1], report=lambda _: None)
    assert _figures(settings.out)["warm", "ours"] == pytest.approx(before["warm", "ours"], rel=0.02)


def test_a_start_is_taken_and_judged_beside_the_result(folder: Path) -> None:
    start = folder / "begun.safetensors"
    save_weights(build_network("compact_fine", **SMALL), start, {})
    settings = tiny_paired(folder, out=folder / "begun", start=start, steps=2)
    built = settings.build().state_dict()
    assert all(torch.equal(built[name], tensor.float()) for name, tensor in load_file(start).items())
    train_paired(settings, report=lambda _: None)
    assert {of for _, of in _figures(settings.out)} == {"photo", "begun", "ours"}


def test_a_run_may_begin_with_the_default_style(folder: Path) -> None:
    built = tiny_paired(folder, start=Path("weights/comic.safetensors"), widths={}).build().state_dict()
    given = load_file("weights/comic.safetensors")
    assert all(torch.equal(built[name], tensor.float()) for name, tensor in given.items())


def test_a_start_of_another_network_is_named(folder: Path) -> None:
    save_weights(build_network("compact", **(SMALL | {"width": 8})), folder / "narrow.safetensors", {})
    save_weights(torch.nn.Linear(2, 2), folder / "linear.safetensors", {})
    for name in ("narrow", "linear"):
        with pytest.raises(ValueError, match=f"{name}.safetensors: (not )?of a"):
            tiny_paired(folder, start=folder / f"{name}.safetensors").build()


def test_the_command_trains_and_says_what_cannot_work(folder: Path) -> None:
    small = [
        "--steps=1",
        "--batch=1",
        "--sizes",
        "64",
        "--validation-size=96",
        "--every=1",
        "--device=cpu",
    ]
    output = StringIO()
    call_command("train_paired", f"--pairs={folder / 'warm'}", f"--out={folder / 'told'}", *small, stdout=output)
    assert f"{folder / 'told' / 'package' / 'warm'}: install it with manage.py add_style" in output.getvalue()
    for given, told in (
        ([f"--pairs={folder / 'absent'}"], r"no pairs .* in .*absent"),
        (["--zoom=2"], "zoom must be"),
        ([f"--start={folder / 'absent.safetensors'}"], r"absent\.safetensors: no such file"),
        (["--held-out=1"], "too few pairs: 0 to learn from"),
    ):
        with pytest.raises(CommandError, match=told):
            options = [f"--pairs={folder / 'warm'}", f"--out={folder / 'refused'}"]
            call_command("train_paired", *options, *given, *small, stdout=StringIO())


def test_what_a_run_has_written_outlives_a_resume_with_other_pictures(tmp_path: Path) -> None:
    fill_pairs(tmp_path, "warm", 7)
    settings = tiny_paired(tmp_path, out=tmp_path / "run")
    train_paired(settings, report=lambda _: None)
    snapshot = next(settings.out.glob("average_*"))
    kept = {path: path.read_bytes() for path in settings.out.rglob("*") if path.is_file()}
    for kind in ("photo", "anime"):
        (tmp_path / "warm" / f"6_{kind}.png").unlink()
    for how in ({"resume": True}, {"snapshot": snapshot}):
        with pytest.raises(ValueError, match="made with other pictures"):
            train_paired(settings, report=lambda _: None, **how)
        assert {path: path.read_bytes() for path in settings.out.rglob("*") if path.is_file()} == kept


def test_a_resumed_run_keeps_its_figures_until_it_has_new_ones(tmp_path: Path) -> None:
    fill_pairs(tmp_path, "warm", 7)
    settings = tiny_paired(tmp_path, out=tmp_path / "run")
    train_paired(settings, report=lambda _: None)
    before = _figures(settings.out)
    with pytest.raises(KeyboardInterrupt):
        train_paired(replace(settings, steps=20), resume=True, report=stop_at(8))
    assert _figures(settings.out) == before


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
def test_what_is_learned_on_a_card_is_measured_and_packed(tmp_path: Path) -> None:
    fill_pairs(tmp_path, "warm", 7)
    fill_pairs(tmp_path, "other", 8)
    settings = tiny_paired(tmp_path, "warm", "other", out=tmp_path / "run", device="cuda")
    assert len(train_paired(settings, report=lambda _: None)) == 2
    assert len(train_paired(settings, snapshot=next(settings.out.glob("average_*")), report=lambda _: None)) == 2

"""Training on random crops of pairs that fit to the pixel, and of U-Nets."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from django.core.management import call_command
from PIL import Image
from safetensors.torch import load_file

from inference.architectures import build_network
from inference.checkpoints import load_network
from inference.styles import read_manifest
from tests.training.samples import assert_same, fill_pairs, picture, read_log, stop_at, tiny_paired
from training.checkpoints import save_weights
from training.data.pair_files import EXACT, find_pairs, load_aligned
from training.data.pairs import CropSource, Pair
from training.data.photos import RECIPE_NOTE
from training.data.picture_file import PictureFile
from training.optim import scheduled_learning_rate
from training.recipes.paired import PairedConfig, load_pictures
from training.recipes.paired import train as train_paired

pytestmark = pytest.mark.no_database
SMALL_UNET = {"widths": [8, 8], "blocks": [1, 1], "thin_width": 4, "hidden": 8}


def _exact(folder: Path, name: str, count: int) -> Path:
    (fill_pairs(folder, name, count) / RECIPE_NOTE).write_text("{}", "utf-8")
    return folder / name


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crops")
    _exact(folder, "warm", 7)
    _exact(folder, "other", 8)
    return folder


def _tiny(folder: Path, *names: str, **changes: Any) -> PairedConfig:
    settings = {"network": "unet", "widths": SMALL_UNET, "crop": 64, "patch_distribution_weight": 0, "ssim_weight": 2.0}
    return tiny_paired(folder, *names, **(settings | changes))


def test_a_u_net_learns_a_style_and_becomes_a_package_that_inference_loads(folder: Path) -> None:
    settings = _tiny(
        folder,
        network="unet_light",
        widths={},
        out=folder / "light",
        steps=20,
        checkpoint_interval=20,
        learning_rate=3e-3,
    )
    (package,) = train_paired(settings, report=lambda _: None)
    style = read_manifest(package / "manifest.json")["warm"]
    assert (style.architecture, style.multiple, style.working_size) == ("unet_light", 16, 96)
    assert load_network(style.path, style.architecture)(torch.zeros(1, 3, 32, 48)).shape == (1, 3, 32, 48)
    assert read_log(settings.out)[-1]["error"] < 0.9 * read_log(settings.out)[-1]["error_of_photo"]


def test_a_run_of_two_styles_a_step_that_was_stopped_ends_as_one_that_was_not(folder: Path) -> None:
    runs = [_tiny(folder, "warm", "other", styles_per_step=2, out=folder / name) for name in ("whole", "halved")]
    whole = train_paired(runs[0], report=lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        train_paired(runs[1], report=stop_at(6))
    halved = train_paired(runs[1], resume=True, report=lambda _: None)
    for one, other in zip(whole, halved, strict=True):
        assert_same(*(load_file(package / f"{one.name}.safetensors") for package in (one, other)))
    assert read_log(folder / "whole") == read_log(folder / "halved")


def test_a_run_begins_with_the_weights_of_another_u_net_and_of_nothing_else(folder: Path) -> None:
    start, other = folder / "start.safetensors", folder / "compact.safetensors"
    save_weights(build_network("unet", **SMALL_UNET), start, {})  # type: ignore[arg-type]
    save_weights(build_network("compact"), other, {})
    for names in (("warm",), ("warm", "other")):
        built = _tiny(folder, *names, start=start).build().state_dict()
        for name, tensor in load_file(start).items():
            assert torch.equal(built[name if len(names) == 1 else f"base.{name}"], tensor.float())
    with pytest.raises(ValueError, match=r"compact\.safetensors: of another shape|compact\.safetensors: not of"):
        _tiny(folder, start=other).build()


def test_pairs_that_a_generator_made_are_learned_from_as_they_are(tmp_path: Path) -> None:
    """The result has moved edges, as one whose eyes are larger: an alignment would undo some of it."""
    folder = _exact(tmp_path, "made", 4)
    for file in folder.glob("*_anime.png"):
        Image.fromarray(np.roll(np.asarray(Image.open(file)), 2, axis=1)).save(file)
    source, roles = load_pictures(_tiny(tmp_path, "made"), lambda _: None)
    assert all(alignment is EXACT for *_, alignment in roles)
    files = {file.key: file for file, *_ in roles}
    for (file, role, _), pair in zip(roles, [*source.pairs, *source.held_out], strict=True):
        assert role in ("learnt from", "held out")
        for pixels, path in ((pair.photo, files[file.key].photo), (pair.target, files[file.key].result)):
            assert np.array_equal(pixels, np.asarray(Image.open(path)))
    (folder / RECIPE_NOTE).unlink()
    moved = load_aligned(find_pairs([folder], pytest.fail)[0], None)[2]
    assert moved.movement_px > 1, "without the word of make_pairs they are laid on each other"


def test_what_is_held_out_is_cut_to_what_the_network_takes(tmp_path: Path) -> None:
    folder = _exact(tmp_path, "odd", 4)
    for file in folder.glob("*.png"):
        Image.open(file).resize((104, 88)).save(file)
    source, _ = load_pictures(_tiny(tmp_path, "odd"), lambda _: None)
    assert {pair.photo.shape for pair in source.held_out} == {(80, 96, 3)}
    assert {pair.photo.shape for pair in source.pairs} == {(88, 104, 3)}


def test_decoded_pictures_are_on_disk_and_leave_nothing_there(tmp_path: Path) -> None:
    pictures = [np.asarray(picture(seed, (40 + seed, 30))) for seed in range(3)]
    file = PictureFile(tmp_path / "not" / "yet")
    file.add(pictures[:2])
    file.add(pictures[2:])
    read = file.read_all()
    assert all(isinstance(one, np.memmap) for one in read)
    assert all(np.array_equal(*both) for both in zip(read, pictures, strict=True))
    assert list(tmp_path.iterdir()) == []
    assert PictureFile(tmp_path).read_all() == []


def test_a_step_sees_crops_of_as_many_styles_as_it_is_told(folder: Path) -> None:
    photos = [np.asarray(picture(seed, (100, 90))) for seed in range(6)]
    pairs = [Pair(photo, 255 - photo if number % 3 else photo, number % 3) for number, photo in enumerate(photos)]
    source = CropSource(pairs, [], 32, 6, styles=("a", "b", "c"), styles_per_step=2)
    seen = set()
    for step in range(20):
        samples = source.samples(np.random.default_rng(step))
        assert [tuple(sample.photos.shape) for sample in samples] == [(3, 3, 32, 32)] * 2
        styles = [sample.style for sample in samples]
        assert len(set(styles)) == 2
        seen.update(styles)
        for sample in samples:
            sign = -1 if sample.style else 1
            assert torch.allclose(sample.targets, sign * sample.photos, atol=1e-6)
    assert seen == {0, 1, 2}


def test_a_picture_that_is_smaller_than_a_crop_is_filled_up_by_its_mirror_image() -> None:
    photo = np.asarray(picture(5, (20, 50)))
    source = CropSource([Pair(photo, photo)], [], 48, 1)
    (sample,) = source.samples(np.random.default_rng(0))
    assert sample.photos.shape == (1, 3, 48, 48)
    assert torch.equal(sample.photos, sample.targets)
    assert torch.equal(sample.photos[..., 20:40], sample.photos[..., :20].flip(-1))


def test_the_learning_rate_may_stay_before_it_falls() -> None:
    rates = [scheduled_learning_rate(step, 1000, 1.0, 0.75) for step in (300, 750, 875, 999)]
    assert rates[:2] == [1.0, 1.0]
    assert rates[2] == pytest.approx(0.505)
    assert rates[3] == pytest.approx(0.01, abs=1e-3)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"crop": 40}, "crop must be a multiple of 32"),
        ({"styles_per_step": 2}, "styles_per_step must be 1 to the number of styles, 1"),
        ({"learning_rate_falls_from": 1.0}, "learning_rate_falls_from must be"),
    ],
)
def test_settings_that_cannot_work_are_refused(folder: Path, changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        _tiny(folder, **changes)


def test_the_command_knows_u_nets_and_crops(folder: Path) -> None:
    call_command(
        "train_paired",
        *("--pairs", str(folder / "warm"), "--out", str(folder / "by_command"), "--network", "unet_light"),
        *("--crop", "32", "--steps", "1", "--batch-size", "2", "--validation-size", "64", "--checkpoint-interval", "1"),
        *("--working-size", "720", "--patch-distribution-weight", "0", "--device", "cpu"),
    )
    style = read_manifest(folder / "by_command" / "package" / "warm" / "manifest.json")["warm"]
    assert style.working_size == 720

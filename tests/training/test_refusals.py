"""What cannot go on says so, and harms nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.training.samples import (
    SMALL,
    assert_same,
    last_state,
    save_photo,
    save_teacher,
    stop_at,
    supervised_trainer,
    tiny,
)
from training.recipes.distill import distill

pytestmark = pytest.mark.no_database


def test_a_run_that_overflows_stops_before_anything_bad_is_kept(folder: Path) -> None:
    with pytest.raises(FloatingPointError, match=r"not a number at step 1: .*checkpoint\.pt was not yet written"):
        distill(tiny(folder, learning_rate=1e30, checkpoint_interval=1))
    assert not (folder / "run" / "checkpoint.pt").exists()
    assert not (folder / "run" / "log.csv").exists()


def test_a_run_that_overflows_later_names_the_checkpoint_which_is_still_good(folder: Path) -> None:
    checkpoint = folder / "run" / "checkpoint.pt"
    whole = distill(tiny(folder, steps=6, checkpoint_interval=2, out=folder / "whole"))
    with pytest.raises(KeyboardInterrupt):
        distill(tiny(folder, steps=6, checkpoint_interval=2), report=stop_at(4))
    good = checkpoint.read_bytes()
    with pytest.raises(FloatingPointError, match=rf"not a number at step [34]: .*last good state is {checkpoint}"):
        distill(tiny(folder, steps=6, checkpoint_interval=2, learning_rate=1e30), resume=True)
    assert checkpoint.read_bytes() == good
    assert_same(load_file(distill(tiny(folder, steps=6, checkpoint_interval=2), resume=True)), load_file(whole))


def test_a_discriminator_that_is_not_a_number_stops_the_run_too(folder: Path) -> None:
    settings = tiny(folder, steps=4, checkpoint_interval=2, adversarial_from=0.5)
    with pytest.raises(KeyboardInterrupt):
        distill(settings, report=stop_at(4))
    run = last_state(settings)
    with torch.no_grad():
        next(run.discriminator.parameters()).fill_(float("nan"))
    run.save(settings.out / "checkpoint.pt")
    with pytest.raises(FloatingPointError, match="not a number at step 3: discriminator, adversarial"):
        distill(settings, resume=True)


@pytest.mark.parametrize("network", [SMALL | {"deep_blocks": 2}, SMALL | {"width": 8}, {}])
def test_a_checkpoint_of_another_shape_is_refused_by_name(folder: Path, network: dict[str, int]) -> None:
    distill(tiny(folder, steps=1, widths=network))
    with pytest.raises(ValueError, match=r"checkpoint\.pt: not a checkpoint of a run with these settings") as caught:
        distill(tiny(folder, steps=1), resume=True)
    assert len(str(caught.value)) < 600
    assert "\n" not in str(caught.value)


def test_a_checkpoint_from_beyond_the_end_is_refused(folder: Path) -> None:
    distill(tiny(folder, steps=3))
    with pytest.raises(ValueError, match=r"checkpoint\.pt: at step 3, beyond the 2 steps asked for"):
        distill(tiny(folder, steps=2), resume=True)
    assert distill(tiny(folder, steps=4), resume=True).exists(), "a run may be made longer"


@pytest.mark.parametrize("content", ["nothing", "text", "cut short", "tensors", "another dict"])
def test_a_file_that_is_no_checkpoint_is_refused_by_name(folder: Path, content: str) -> None:
    run = supervised_trainer(tiny(folder))
    path = folder / "checkpoint.pt"
    run.save(path)
    whole = path.read_bytes()
    if content == "tensors":
        torch.save([torch.zeros(3)], path)
    elif content == "another dict":
        torch.save({"step": 3}, path)
    else:
        path.write_bytes({"nothing": b"", "text": b"hello", "cut short": whole[: len(whole) // 2]}[content])
    with pytest.raises(ValueError, match=r"checkpoint\.pt: not a checkpoint"):
        supervised_trainer(tiny(folder)).load(path)


def test_a_checkpoint_never_runs_what_is_inside(folder: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return Path.touch, (folder / "harm",)

    torch.save({"step": Evil()}, folder / "checkpoint.pt")
    with pytest.raises(ValueError, match=r"checkpoint\.pt: not a checkpoint"):
        supervised_trainer(tiny(folder)).load(folder / "checkpoint.pt")
    assert not (folder / "harm").exists()


def test_an_empty_folder_is_named(folder: Path) -> None:
    (folder / "empty").mkdir()
    for changes in ({"photos": [folder / "empty"]}, {"more_photos": [folder / "empty"]}):
        with pytest.raises(ValueError, match=r"no photos below .*empty"):
            distill(tiny(folder, **changes))


def test_photos_too_small_for_a_crop_are_told(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"no photo is large enough for a crop of 56 pixels, long side \(48, 64\)"):
        distill(tiny(folder, crop=56))


def test_photos_too_few_to_learn_from_are_told(folder: Path) -> None:
    with pytest.raises(ValueError, match="too few photos: 0 to learn from and 6 of 9 held out"):
        distill(tiny(folder, held_out=9))
    save_photo(folder / "more" / "7.png", 7)
    distill(tiny(folder, held_out=9, more_photos=[folder / "more"], steps=1))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("batch_size", 0),
        ("checkpoint_interval", 0),
        ("held_out", 0),
        ("crop", 0),
        ("crop", 8),
        ("crop", 100),
        ("crop", -16),
    ],
)
def test_settings_that_cannot_work_are_refused_before_the_teacher_is_asked(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{name} must be .*, not {value}"):
        tiny(Path(), **{name: value})


def test_a_run_is_not_taken_up_with_other_photos(folder: Path) -> None:
    distill(tiny(folder, steps=2))
    save_photo(folder / "photos" / "7.png", 7)
    with pytest.raises(ValueError, match=r"checkpoint\.pt: .*made with other pictures"):
        distill(tiny(folder, steps=4), resume=True)


def test_a_run_keeps_its_settings_and_a_change_of_them_is_reported(folder: Path) -> None:
    distill(tiny(folder, steps=2))
    settings = json.loads((folder / "run" / "config.json").read_text("utf-8"))
    assert settings["learning_rate"] == 0.02
    assert settings["sizes"] == [48, 64]
    told: list[str] = []
    distill(tiny(folder, steps=4, learning_rate=1e-3), resume=True, report=told.append)
    assert "resumed at step 2; steps is 4, was 2; learning_rate is 0.001, was 0.02" in told


def test_another_teachers_pictures_are_not_taken_for_this_ones(folder: Path) -> None:
    distill(tiny(folder, steps=1))
    save_teacher(folder / "teacher.safetensors", seed=1)
    (folder / "run" / "checkpoint.pt").unlink()
    distill(tiny(folder, steps=1))
    one, other = ({path.name: path.read_bytes() for path in of.iterdir()} for of in (folder / "run/teacher").iterdir())
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one)

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from inference.checkpoints import load_network
from tests.training.samples import fill, last_state, picture, read_log, supervised_step, supervised_trainer, tiny
from training.data.pairs import CropSource, Pair, load_pair
from training.data.photos import find_photos, split_photos
from training.data.teachers import load_whitebox_teacher, teacher_cache_dir
from training.metrics.validation import validate
from training.recipes.distill import DistillConfig, distill

pytestmark = pytest.mark.no_database


@pytest.fixture(scope="module")
def distilled(tmp_path_factory: pytest.TempPathFactory) -> DistillConfig:
    """A run that is through, and long enough to learn the teacher's grays."""
    torch.set_num_threads(1)
    settings = tiny(fill(tmp_path_factory.mktemp("distilled")), steps=45, checkpoint_interval=20, widths={})
    assert distill(settings, report=lambda _: None) == settings.out / "weights.safetensors"
    return settings


def _training_pairs(settings: DistillConfig) -> list[Pair]:
    training, _ = split_photos(find_photos(settings.photos), [], held_out=settings.held_out)
    teacher = load_whitebox_teacher(settings.teacher_weights)
    return [load_pair(path, size, teacher, settings.out / "teacher") for path in training for size in settings.sizes]


def test_the_student_comes_nearer_to_the_teacher(distilled: DistillConfig) -> None:
    pairs = _training_pairs(distilled)
    before = validate(lambda _: supervised_trainer(distilled).generator, pairs, ("",))
    learned = load_network(distilled.out / "weights.safetensors", "compact")
    after = validate(lambda _: learned, pairs, ("",))
    assert before["error"] == pytest.approx(before["error_of_photo"], rel=0.1), "it starts near the photo itself"
    assert after["error"] < 0.7 * before["error"]
    assert after["ssim"] > before["ssim"]


def test_the_log_has_a_row_a_validation_and_shows_the_loss_fall(distilled: DistillConfig) -> None:
    rows = read_log(distilled.out)
    assert [row["step"] for row in rows] == [20, 40, 45]
    assert rows[-1]["l1"] < 0.6 * rows[0]["l1"]
    assert rows[-1]["error"] < rows[0]["error"] < rows[0]["error_of_photo"]
    assert all(math.isfinite(value) for row in rows for value in row.values())


def test_the_logged_error_is_that_of_the_average_on_the_held_out_photos(distilled: DistillConfig) -> None:
    _, held_out = split_photos(find_photos(distilled.photos), [], held_out=distilled.held_out)
    teacher = load_whitebox_teacher(distilled.teacher_weights, exact=True)
    kept = teacher_cache_dir(distilled.out / "teacher_exact", distilled.teacher_weights)
    pairs = [load_pair(path, distilled.validation_size, teacher, kept) for path in held_out]
    assert len(list(kept.iterdir())) == len(pairs), "the run kept them elsewhere"
    average = last_state(distilled).average
    figures = validate(lambda _: average, pairs, ("",))
    logged = read_log(distilled.out)[-1]
    for name, value in figures.items():
        assert logged[name] == pytest.approx(value, rel=1e-4)


def test_the_weights_are_the_average_in_half_precision(distilled: DistillConfig) -> None:
    path = distilled.out / "weights.safetensors"
    checkpoint = torch.load(distilled.out / "checkpoint.pt", weights_only=True)
    assert checkpoint["step"] == 45
    with safe_open(path, "pt") as file:
        assert file.metadata() == {"network": "compact", "teacher": "whitebox", "steps": "45"}
        for name, tensor in checkpoint["average"].items():
            assert file.get_tensor(name).dtype == torch.float16
            assert torch.equal(file.get_tensor(name), tensor.half())
    assert not any(torch.equal(tensor, checkpoint["average"][name]) for name, tensor in checkpoint["generator"].items())


def test_the_weights_can_be_read_by_whoever_may_read_other_files(distilled: DistillConfig) -> None:
    other = distilled.out / "other"
    other.touch()
    assert (distilled.out / "weights.safetensors").stat().st_mode == other.stat().st_mode


def test_the_sheet_has_a_row_a_held_out_photo(distilled: DistillConfig) -> None:
    with Image.open(distilled.out / "sheet.jpg") as sheet:
        assert (sheet.format, sheet.size) == ("JPEG", (3 * 360, 2 * 360))


def test_nothing_half_written_is_left(distilled: DistillConfig) -> None:
    assert not list(distilled.out.rglob("*.part"))


def test_the_discriminator_joins_at_its_share_of_the_run(folder: Path) -> None:
    distill(tiny(folder, steps=6, checkpoint_interval=2, adversarial_from=0.5))
    adversarial = [row["adversarial"] for row in read_log(folder / "run")]
    assert adversarial[0] == 0
    assert all(value != 0 and math.isfinite(value) for value in adversarial[1:])


def test_the_adversarial_part_can_run_from_the_start_and_teaches_both(folder: Path) -> None:
    settings = tiny(folder, steps=4, adversarial_from=0, adversarial_weight=0.5)
    distill(settings)
    plain = tiny(folder, steps=4, adversarial_weight=0, out=folder / "without")
    distill(plain)
    end, without = last_state(settings), last_state(plain)
    assert {row["adversarial"] for row in read_log(folder / "without")} == {0}
    assert not without.discriminator_optimizer.state
    for network in ("generator", "discriminator"):
        for name, tensor in getattr(end, network).module.named_parameters():
            assert tensor.isfinite().all()
            assert not torch.equal(tensor, getattr(without, network).module.get_parameter(name)), name


def test_a_step_is_chosen_by_seed_and_number_alone(folder: Path) -> None:
    pairs = [Pair(np.asarray(picture(seed)), np.asarray(picture(seed + 1))) for seed in range(3)]

    def losses(seed: int, step: int) -> dict[str, float]:
        trainer = supervised_trainer(tiny(folder, seed=1, adversarial_from=0))  # the same start for all
        trainer.step = step
        return supervised_step(trainer, CropSource(pairs, [], crop=32, batch_size=2), seed)

    first = losses(1, 0)
    assert losses(1, 0) == first
    assert losses(1, 1)["l1"] != first["l1"]
    assert losses(2, 0)["l1"] != first["l1"]

"""What a run of AnimeGAN learns, writes and keeps."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from inference.checkpoints import load_network
from tests.training.samples import fill_unpaired, read_log, save_photo, tiny_animegan
from training.data.batches import iterate_batches
from training.data.unpaired import AnimeGANBatch, AnimeGANData, cache_pictures
from training.losses import color_loss, grayscale, total_variation_loss
from training.losses.perceptual import VGGPerceptual
from training.networks.vgg19 import VGG19
from training.recipes.animegan import LOSSES, PRESETS, WEIGHTS, AnimeGANConfig, AnimeGANTrainer, train
from training.trainer import make_fabric

pytestmark = pytest.mark.no_database


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> AnimeGANConfig:
    torch.set_num_threads(1)
    settings = tiny_animegan(fill_unpaired(tmp_path_factory.mktemp("animegan")))
    assert train(settings, report=lambda _: None) == settings.out / "package"
    return settings


@pytest.fixture
def unpaired(tmp_path: Path) -> Path:
    return fill_unpaired(tmp_path)


def _trainer(config: AnimeGANConfig) -> AnimeGANTrainer:
    return AnimeGANTrainer(config, make_fabric(config), {})


def _batch(seed: int = 0) -> AnimeGANBatch:
    pictures = torch.rand(3, 2, 3, 32, 32, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return AnimeGANBatch(*pictures.unbind())


def _state(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def test_the_log_has_both_phases_and_only_numbers(trained: AnimeGANConfig) -> None:
    rows = read_log(trained.out)
    assert [row["step"] for row in rows] == [2, 4, 6]
    assert rows[0].keys() == {"step", "discriminator", *(loss.log_column for loss in LOSSES)}
    assert all(math.isfinite(value) for row in rows for value in row.values())
    assert [row["adversarial"] > 0 for row in rows] == [False, True, True]
    assert all(row["content"] > 0 for row in rows)


def test_tensorboard_shows_the_same_figures_and_the_sheet(trained: AnimeGANConfig) -> None:
    events = EventAccumulator(str(trained.out / "tensorboard"))
    events.Reload()
    shown = [event.value for event in events.Scalars("content")]
    assert shown == pytest.approx([row["content"] for row in read_log(trained.out)], rel=1e-4)
    assert [event.step for event in events.Images("photo and result")] == [2, 4, 6]


def test_the_sheet_shows_the_photos_that_were_held_out(trained: AnimeGANConfig) -> None:
    with Image.open(trained.out / "sheet.jpg") as sheet:
        assert sheet.size == (2 * 360, 2 * 360)
        middle = np.asarray(sheet)[180, 180]
    with Image.open(trained.photos / "val" / "0.png") as photo:
        expected = photo.getpixel((24, 20))
    assert np.abs(middle.astype(int) - expected).max() < 40


def test_the_package_holds_the_average_and_inference_loads_it(trained: AnimeGANConfig) -> None:
    network = load_network(trained.out / "package" / "ink.safetensors", "animegan2")
    average = torch.load(trained.out / "checkpoint.pt", weights_only=True)["average"]
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, average[name].half().float())
    assert not list(trained.out.rglob("*.part"))


def test_the_first_phase_trains_the_generator_for_content_alone(unpaired: Path) -> None:
    run = _trainer(tiny_animegan(unpaired, learning_rates=(1e-3, 1e-3, 1e-3)))
    discriminator = _state(run.discriminator)
    losses = [float(run.content_step(_batch())["content"].detach()) for _ in range(5)]
    assert losses[-1] < losses[0]
    for name, tensor in run.discriminator.state_dict().items():
        assert torch.equal(tensor, discriminator[name])


def test_the_discriminator_learns_to_tell_anime_from_the_rest(unpaired: Path) -> None:
    run = _trainer(tiny_animegan(unpaired, learning_rates=(0.0, 0.0, 1e-3)))
    generator = _state(run.generator)
    losses = [float(run.adversarial_step(_batch())["discriminator"].detach()) for _ in range(7)]
    assert losses[-1] < 0.8 * losses[0]
    for name, tensor in run.generator.state_dict().items():
        assert torch.equal(tensor, generator[name])


def test_the_generator_learns_to_pass_for_anime(unpaired: Path) -> None:
    alone = WEIGHTS | {"content": 0, "style": 0, "color": 0}
    run = _trainer(tiny_animegan(unpaired, learning_rates=(0.0, 2e-4, 0.0), weights=alone))
    losses = [float(run.adversarial_step(_batch())["adversarial"].detach()) for _ in range(6)]
    assert losses[-1] < losses[0]
    assert all(parameter.requires_grad for parameter in run.discriminator.parameters())


def test_the_generators_losses_are_weighed_as_asked(unpaired: Path) -> None:
    """One Adam step with each loss alone would be the same; so the gradients themselves are compared."""
    run, batch = _trainer(tiny_animegan(unpaired, learning_rates=(0.0, 0.0, 0.0), weights=PRESETS["paprika"])), _batch()
    run.adversarial_step(batch)
    found = {name: parameter.grad.clone() for name, parameter in run.generator.named_parameters()}
    result = run.generator(batch.photos)
    with torch.no_grad():
        run.discriminator.eval()  # the vectors of spectral norm stay where they were
    total = 300 * (run.discriminator(result) - 1).square().mean()
    total = total + 2 * run.perceptual(batch.photos, result, grayscale(batch.anime))["content"]
    total = total + 50 * color_loss(batch.photos, result) + 0.1 * total_variation_loss(result)
    run.generator.zero_grad()
    total.backward()
    for name, parameter in run.generator.named_parameters():
        scale = float(parameter.grad.abs().max()) + 1e-6
        assert float((found[name] - parameter.grad).abs().max()) < 0.1 * scale, name


def test_the_style_loss_takes_part_where_there_is_a_network_for_it(unpaired: Path) -> None:
    run = _trainer(tiny_animegan(unpaired))
    run.perceptual = VGGPerceptual(VGG19(depth=5))
    assert run.content_step(_batch()).keys() == {"content"}
    expected = {"content", "style", "color", "total_variation", "adversarial", "discriminator"}
    assert run.adversarial_step(_batch()).keys() == expected


def test_the_loss_of_regions_makes_results_flat(unpaired: Path) -> None:
    alone = WEIGHTS | {"adversarial": 0, "content": 0, "style": 0, "color": 0, "regions": 1}
    run = _trainer(tiny_animegan(unpaired, learning_rates=(0.0, 1e-3, 0.0), weights=alone))
    losses = [float(run.adversarial_step(_batch())["regions"].detach()) for _ in range(5)]
    assert losses[-1] < losses[0]
    flat = torch.ones(1, 3, 32, 32) * 0.2
    assert float(run.regions_loss(flat)) < 1e-6 < losses[-1]
    with pytest.raises(ValueError, match="the loss of regions needs a perceptual loss"):
        tiny_animegan(unpaired, weights=alone, perceptual="none")


def test_without_a_perceptual_loss_there_is_no_first_phase(unpaired: Path) -> None:
    train(tiny_animegan(unpaired, perceptual="none", epochs=1, first_epochs=10), report=lambda _: None)
    rows = read_log(unpaired / "runs" / "ink")
    assert all(row["adversarial"] > 0 and row["content"] == 0 for row in rows)


def test_the_first_version_trains_its_own_networks(unpaired: Path) -> None:
    package = train(tiny_animegan(unpaired, version=1, first_epochs=0, epochs=1, weights=PRESETS["1"]))
    load_network(package / "ink.safetensors", "animegan1")


def test_half_precision_trains_too(unpaired: Path) -> None:
    train(tiny_animegan(unpaired, precision="bf16-mixed"), report=lambda _: None)
    rows = read_log(unpaired / "runs" / "ink")
    assert all(math.isfinite(value) for row in rows for value in row.values())
    weights = torch.load(unpaired / "runs" / "ink" / "checkpoint.pt", weights_only=True)["generator"]
    assert {tensor.dtype for tensor in weights.values()} == {torch.float32}, "only what lies between is rounded"


def test_smoothed_pictures_may_be_given(unpaired: Path) -> None:
    for seed in range(3):
        save_photo(unpaired / "smooth" / f"{seed}.png", 70 + seed, (36, 36))
    train(tiny_animegan(unpaired, smooth=unpaired / "smooth", epochs=1), report=lambda _: None)
    data = torch.load(unpaired / "runs" / "ink" / "checkpoint.pt", weights_only=True)["data"]
    assert data["pictures"] == [6, 5, 3]


def test_broken_pictures_are_told_of_once_and_left_out(unpaired: Path) -> None:
    for folder in ("anime", "photo/val"):
        (unpaired / folder / "0_cut.jpg").write_bytes(b"\xff\xd8\xff")
    said: list[str] = []
    train(tiny_animegan(unpaired, checkpoint_interval=6), report=said.append)
    assert [line.split(":")[0] for line in said if "skipped" in line] == [
        str(unpaired / folder / "0_cut.jpg") for folder in ("anime", "photo/val")
    ]
    assert "6 photos, 5 anime pictures; 6 steps, the first 3 for content" in said


def test_a_row_of_the_log_is_the_mean_over_its_steps(unpaired: Path) -> None:
    settings = tiny_animegan(unpaired)
    train(settings, report=lambda _: None)
    run = _trainer(settings)
    folders = (unpaired / "photo" / "train", unpaired / "anime")
    photos, anime = (list(cache_pictures(folder, 32, unpaired / "cache", print).values()) for folder in folders)
    data = AnimeGANData(photos, anime, [], 32, settings.seed)
    content = [float(run.content_step(batch)["content"].detach()) for batch in iterate_batches(data, 0, 2, 2)]
    with (settings.out / "log.csv").open(newline="", encoding="utf-8") as file:
        assert float(next(csv.DictReader(file))["content"]) == pytest.approx(sum(content) / 2, rel=1e-5)

"""What the runs of White-box Cartoonization learn, write and keep."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from inference.checkpoints import load_network
from tests.training.samples import read_log, tiny_pretraining, tiny_whitebox
from training.checkpoints import read_checkpoint
from training.data.unpaired import WhiteboxBatch
from training.networks.discriminators import WhiteboxDiscriminator
from training.recipes.whitebox import LOSSES, PRESETS, WEIGHTS, WhiteboxConfig, WhiteboxTrainer, train
from training.recipes.whitebox_pretrain import pretrain
from training.trainer import make_fabric

pytestmark = pytest.mark.no_database
NOTHING = dict.fromkeys(WEIGHTS, 0.0)


def _trainer(config: WhiteboxConfig) -> WhiteboxTrainer:
    start = read_checkpoint(config.start / "checkpoint.pt")
    return WhiteboxTrainer(config, make_fabric(config), {"landmarks": True}, start)


def _batch(seed: int = 0) -> WhiteboxBatch:
    return WhiteboxBatch(*(torch.rand(2, 2, 3, 32, 32, generator=torch.Generator().manual_seed(seed)) * 2 - 1).unbind())


def _values(run: WhiteboxTrainer, name: str, steps: int) -> list[float]:
    return [float(run.run_step(_batch())[name].detach()) for _ in range(steps)]


def test_the_start_learns_to_draw_and_where_landmarks_are(whitebox_folder: Path) -> None:
    rows = read_log(whitebox_folder / "runs" / "start")
    assert [row["step"] for row in rows] == [2, 4]
    assert rows[1]["content"] < rows[0]["content"]
    assert 0 < rows[1]["location"] < rows[0]["location"]
    assert read_checkpoint(whitebox_folder / "runs" / "start" / "checkpoint.pt")["data"]["faces"] == 4


def test_the_log_has_every_loss_and_only_numbers(whitebox_folder: Path) -> None:
    rows = read_log(whitebox_folder / "runs" / "flat")
    assert [row["step"] for row in rows] == [2, 4, 6]
    names = {*(loss.log_column for loss in LOSSES), "surface_discriminator", "texture_discriminator"}
    assert rows[0].keys() == {"step", *names}
    assert all(math.isfinite(value) and value > 0 for row in rows for value in row.values())


def test_the_run_goes_on_from_the_start(whitebox_folder: Path) -> None:
    start = read_checkpoint(whitebox_folder / "runs" / "start" / "checkpoint.pt")
    run = _trainer(tiny_whitebox(whitebox_folder))
    assert torch.equal(run.generator.module.conv0.weight, start["average"]["conv0.weight"])
    flat = read_checkpoint(whitebox_folder / "runs" / "flat" / "checkpoint.pt")
    for name, tensor in start["landmark_net"].items():
        assert torch.equal(flat["landmark_net"][name], tensor), "what looks at landmarks stays as it was"


def test_the_package_holds_the_average_and_inference_loads_it(whitebox_folder: Path) -> None:
    out = whitebox_folder / "runs" / "flat"
    network = load_network(out / "package" / "flat.safetensors", "whitebox")
    average = read_checkpoint(out / "checkpoint.pt")["average"]
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, average[name].half().float())
    with Image.open(out / "sheet.jpg") as sheet:
        assert sheet.size == (2 * 360, 2 * 360)
    assert not list(out.rglob("*.part"))


@pytest.mark.parametrize("name", ["total_variation", "surface", "texture", "content", "structure", "landmark"])
def test_each_loss_alone_falls_when_the_generator_learns_by_it(whitebox_folder: Path, name: str) -> None:
    settings = tiny_whitebox(whitebox_folder, weights=NOTHING | {name: 1.0}, learning_rates=(3e-4, 0.0))
    values = _values(_trainer(settings), name, 4)
    assert values[-1] < values[0]


def test_the_discriminators_learn_to_tell_cartoons_from_results(whitebox_folder: Path) -> None:
    run = _trainer(tiny_whitebox(whitebox_folder, weights=NOTHING, learning_rates=(0.0, 2e-4), discriminator_width=32))
    first, *_, last = (run.run_step(_batch()) for _ in range(8))
    for name in ("surface_discriminator", "texture_discriminator"):
        assert float(last[name].detach()) < 0.9 * float(first[name].detach())


def test_a_loss_without_weight_has_no_part(whitebox_folder: Path) -> None:
    run = _trainer(tiny_whitebox(whitebox_folder, weights=NOTHING))
    before = run.generator.module.conv5.weight.detach().clone()
    losses = run.run_step(_batch())
    assert {"surface", "texture", "content", "structure", "landmark", "total_variation"} <= losses.keys()
    assert torch.equal(run.generator.module.conv5.weight, before)
    assert all(parameter.requires_grad for parameter in run.discriminators.parameters())


def test_one_can_train_from_nothing_and_with_other_superpixels(whitebox_folder: Path) -> None:
    said: list[str] = []
    settings = tiny_whitebox(
        whitebox_folder, "plain", start=None, superpixels="selective", steps=2, precision="bf16-mixed"
    )
    train(settings, report=said.append)
    assert "6 photos, 5 cartoons; 2 steps, without the landmark loss" in said
    (row,) = read_log(whitebox_folder / "runs" / "plain")
    assert row["landmark"] == 0
    assert row["structure"] > 0


def test_without_faces_in_the_photos_only_the_generator_is_trained(whitebox_folder: Path) -> None:
    said: list[str] = []
    pretrain(tiny_pretraining(whitebox_folder, "bare", points=None, steps=2), report=said.append)
    assert said[0] == "6 photos; landmarks found in 0, no face in 6, not sure of 0; 2 steps"
    assert read_log(whitebox_folder / "runs" / "bare")[0]["location"] == 0
    train(
        tiny_whitebox(whitebox_folder, "faceless", start=whitebox_folder / "runs" / "bare", steps=2), report=said.append
    )
    assert any("without the landmark loss" in line for line in said)


def test_a_discriminator_has_the_published_layers() -> None:
    convs = [m for m in WhiteboxDiscriminator(3).modules() if isinstance(m, torch.nn.Conv2d)]
    widths = [(3, 32), (32, 32), (32, 64), (64, 64), (64, 128), (128, 128), (128, 1)]
    assert [(conv.in_channels, conv.out_channels) for conv in convs] == widths
    assert [conv.stride[0] for conv in convs] == [2, 1, 2, 1, 2, 1, 1]
    assert WhiteboxDiscriminator(1, width=4)(torch.rand(2, 1, 40, 24)).shape == (2, 1, 5, 3)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: tiny_whitebox(Path("x"), steps=0), "steps must be 1 or more"),
        (lambda: tiny_whitebox(Path("x"), superpixels="watershed"), "superpixels 'watershed' are not known"),
        (lambda: tiny_pretraining(Path("x"), size=30), "size must be a multiple of 8"),
    ],
)
def test_a_setting_that_cannot_work_is_told(make: Callable[[], object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make()


def test_every_preset_has_a_landmark_loss() -> None:
    assert all(weights["landmark"] > 0 for weights in PRESETS.values())

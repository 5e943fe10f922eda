from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.training.samples import fill_pairs, read_log, stop_at, tiny_paired
from training.management.commands._command_line import command_line
from training.metrics.lpips import load_lpips
from training.recipes.paired import PairedConfig
from training.recipes.paired import train as train_paired
from training.report.write import read_run

pytestmark = pytest.mark.no_database


def _files(folder: Path) -> tuple[Path, Path, nn.Sequential, list[torch.Tensor]]:
    """AlexNet's convolutional part and the linear weights, as published, with random values."""
    torch.manual_seed(7)
    layers = [
        *(nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(64, 192, 5, 1, 2), nn.ReLU()),
        *(nn.MaxPool2d(3, 2), nn.Conv2d(192, 384, 3, 1, 1), nn.ReLU(), nn.Conv2d(384, 256, 3, 1, 1), nn.ReLU()),
        *(nn.Conv2d(256, 256, 3, 1, 1), nn.ReLU()),
    ]
    network = nn.Sequential(*layers)
    torch.save({f"features.{k}": v for k, v in network.state_dict().items()}, folder / "alexnet.pth")
    weights = [torch.rand(1, width, 1, 1) for width in (64, 192, 384, 256, 256)]
    torch.save({f"lin{n}.model.1.weight": w for n, w in enumerate(weights)}, folder / "alex.pth")
    return folder / "alexnet.pth", folder / "alex.pth", network, weights


@torch.inference_mode()
def test_lpips_is_the_weighted_distance_of_unit_features(tmp_path: Path) -> None:
    alexnet, linear, network, weights = _files(tmp_path)
    a, b = (torch.rand(1, 3, 64, 72) * 2 - 1 for _ in range(2))
    expected = 0.0
    for last, weight in zip((1, 4, 7, 9, 11), weights, strict=True):
        units = []
        for x in (a, b):
            shifted = (x - torch.tensor([-0.030, -0.088, -0.188])[:, None, None]) / torch.tensor([0.458, 0.448, 0.450])[
                :, None, None
            ]
            values = network[: last + 1](shifted)[0].double().numpy()
            units.append(values / (np.sqrt((values**2).sum(0)) + 1e-10))
        expected += ((units[0] - units[1]) ** 2 * weight[0].numpy()).sum(0).mean()
    found = load_lpips(alexnet, linear)
    assert float(found(a, b)) == pytest.approx(expected, rel=1e-4)
    assert float(found(a, a)) == 0


def test_files_of_something_else_are_named(tmp_path: Path) -> None:
    alexnet, linear, _, _ = _files(tmp_path)
    for one, other in ((linear, alexnet), (tmp_path / "absent.pth", linear)):
        with pytest.raises(ValueError, match=rf"{one}.*: not AlexNet and the weights of LPIPS"):
            load_lpips(one, other)


def test_its_gradient_leads_to_the_target_and_is_finite_where_nothing_is_seen(tmp_path: Path) -> None:
    alexnet, linear, _, _ = _files(tmp_path)
    network = load_lpips(alexnet, linear)
    network.convs[0].bias.fill_(-100)  # no feature of the first layer is seen anywhere
    for convs in (load_lpips(alexnet, linear), network):
        picture = torch.zeros(1, 3, 48, 48, requires_grad=True)
        convs(picture, torch.rand(1, 3, 48, 48)).sum().backward()
        assert picture.grad is not None and torch.isfinite(picture.grad).all()
    seeing, target = load_lpips(alexnet, linear), torch.rand(1, 3, 48, 48)
    picture = torch.zeros(1, 3, 48, 48, requires_grad=True)
    before = seeing(picture, target)
    before.sum().backward()
    with torch.no_grad():
        assert picture.grad is not None
        moved = picture - 0.5 * picture.grad / picture.grad.abs().max()
    assert seeing(moved, target) < before


def test_a_run_learns_by_it_and_resumes(tmp_path: Path) -> None:
    files = _files(tmp_path)[:2]
    fill_pairs(tmp_path, "warm", 7)

    def settings(name: str) -> PairedConfig:
        return tiny_paired(tmp_path, "warm", out=tmp_path / name, lpips=files, lpips_weight=0.5, lines_from=0.0)

    train_paired(settings("whole"), report=lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        train_paired(settings("halved"), report=stop_at(4))
    train_paired(settings("halved"), resume=True, report=lambda _: None)
    whole, halved = (read_log(tmp_path / name) for name in ("whole", "halved"))
    assert whole == halved
    assert all(row["lpips"] > 0 for row in whole)
    told = command_line(tmp_path / "whole", "train_paired", read_run(tmp_path / "whole").settings)
    assert "--lpips alexnet.pth alex.pth --lpips-weight 0.5" in told


def test_a_weight_without_the_files_is_refused_before_any_picture_is_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lpips_weight needs lpips: the files of AlexNet"):
        tiny_paired(tmp_path, "warm", lpips_weight=0.5)
    with pytest.raises(ValueError, match=r"gone\.pth: no such file"):
        train_paired(tiny_paired(tmp_path, "warm", lpips=(tmp_path / "gone.pth",) * 2, lpips_weight=0.5))

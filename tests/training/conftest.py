"""Tests of training run on one thread: they are small, and others work on the same machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.training.samples import fill, fill_unpaired, save_points, tiny_pretraining, tiny_whitebox
from training.recipes.whitebox import train
from training.recipes.whitebox_pretrain import pretrain


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of photos and a teacher, as `samples.tiny` and `samples.arguments` look for them."""
    return fill(tmp_path)


@pytest.fixture(scope="session")
def whitebox_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures, landmarks, and an undisturbed run of each kind of White-box Cartoonization: `start` and `flat`."""
    torch.set_num_threads(1)
    folder = fill_unpaired(tmp_path_factory.mktemp("whitebox"))
    save_points(folder)
    pretrain(tiny_pretraining(folder), report=lambda _: None)
    train(tiny_whitebox(folder), report=lambda _: None)
    return folder

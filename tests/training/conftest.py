"""Tests of training run on one thread: they are small, and others work on the same machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from .samples import fill


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

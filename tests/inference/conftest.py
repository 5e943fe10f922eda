"""A small style and an engine that is warm, made once for all tests of inference."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from pytest_django import Settings

from inference import runtime
from inference.engine import Engine, EngineSettings
from inference.styles import Style, read_manifest
from tests.inference.material import style_of, write_weights
from tests.inference.weights_server import entry, write_manifest
from tests.needs import ROOT


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Threads of torch wait for one another; on a busy machine that takes longer than all the work here."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def var_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a test run share."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "var"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def compiled(var_dir: Path) -> Path:
    """Where traced models are kept: tracing takes seconds, so all tests share it."""
    return var_dir / "compiled"


@pytest.fixture(scope="session")
def ink(tmp_path_factory: pytest.TempPathFactory) -> Style:
    """A style of the compact network with random weights."""
    return style_of(write_weights(tmp_path_factory.mktemp("weights") / "ink.safetensors"))


@pytest.fixture(scope="session")
def tinge(tmp_path_factory: pytest.TempPathFactory) -> Style:
    """A style of the tiny network with random weights, for what is so of traced and compiled models of any network."""
    return style_of(write_weights(tmp_path_factory.mktemp("weights") / "tinge.safetensors", "tiny"), "tiny")


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of animegan2."""
    return write_weights(tmp_path_factory.mktemp("painter") / "painter.pt", "animegan2")


@pytest.fixture(scope="session")
def engine(compiled: Path, ink: Style) -> Engine:
    """An engine on the CPU that has `ink` loaded."""
    engine = Engine(EngineSettings(device="cpu", cache_dir=compiled))
    engine.load_session(ink)
    return engine


@pytest.fixture(scope="session")
def comic() -> Style:
    """The style that comes with the project."""
    return read_manifest(ROOT / "weights" / "manifest.json")["comic"]


@pytest.fixture(scope="session")
def in_torch() -> Engine:
    """An engine that takes a style or a size that is new to it without the moment that OpenVINO needs to compile."""
    return Engine(EngineSettings(device="cpu", backend="torch"))


@pytest.fixture
def weights(tmp_path: Path, settings: Settings, ink: Style) -> Iterator[Path]:
    """The weights folder of a site whose own style is `ink`; `wash` can be downloaded and is not here yet."""
    folder = tmp_path / "weights"
    folder.mkdir()
    shutil.copy2(ink.path, folder)
    shipped = entry("ink", file=ink.path.name, working_size=ink.working_size)
    write_manifest(folder, shipped, entry("wash", source="https://example.org/wash.pt"))
    settings.WEIGHTS_DIR, settings.DEFAULT_STYLE = folder, "ink"
    settings.INFERENCE_DEVICE, settings.INFERENCE_BACKEND = "cpu", "torch"
    runtime.get_style_registry.cache_clear()
    yield folder
    runtime.get_style_registry.cache_clear()

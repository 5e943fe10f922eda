"""A small style and an engine that is warm, made once for all tests of inference."""

from pathlib import Path

import pytest

from inference.engine import Engine, EngineSettings
from inference.styles import Style

from .material import style_of, write_weights


@pytest.fixture(scope="session")
def var_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="session")
def compiled(var_dir: Path) -> Path:
    """Where traced models are kept: tracing takes seconds, so all tests share it."""
    return var_dir / "compiled"


@pytest.fixture(scope="session")
def ink(tmp_path_factory: pytest.TempPathFactory) -> Style:
    """A style of the compact network with random weights."""
    return style_of(write_weights(tmp_path_factory.mktemp("weights") / "ink.safetensors"))


@pytest.fixture(scope="session")
def engine(compiled: Path, ink: Style) -> Engine:
    """An engine on the CPU that has `ink` loaded."""
    engine = Engine(EngineSettings(device="cpu", cache_dir=compiled))
    engine.session(ink)
    return engine

"""A serving process gets ready in the background, and says so."""

import logging
from pathlib import Path

import pytest

from inference.engine import Engine, EngineSettings
from inference.styles import Style
from inference.warmup import WarmUp
from tests.inference.material import style_of


def test_the_shapes_of_most_photos_are_ready_afterwards(ink: Style, compiled: Path) -> None:
    engine, warm_up = Engine(EngineSettings(device="cpu", cache_dir=compiled)), WarmUp()
    assert warm_up.is_finished, "nothing was begun"
    with engine.slot():
        thread = warm_up.start(engine, ink)
        assert not warm_up.is_finished
    thread.join(60)
    assert warm_up.is_finished
    shapes = {shape[2:] for _precision, shape in engine.load_session(ink)._requests}  # type: ignore[attr-defined]
    assert shapes == {(96, 128), (128, 96)}


def test_a_style_that_cannot_be_loaded_holds_nobody_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    warm_up = WarmUp()
    with caplog.at_level(logging.ERROR):
        warm_up.start(Engine(EngineSettings(device="cpu")), style_of(tmp_path / "gone.pt")).join(60)
    assert warm_up.is_finished
    assert "could not be made ready" in caplog.text

"""manage.py add_style FILE, and stylize --checkpoint FILE: published files, which say little of themselves."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from imaging.decode import decode_image
from inference import runtime
from inference.checkpoints import MAX_STATE_BYTES, read_state_dict
from inference.engine import Engine, EngineSettings
from inference.errors import BadWeights
from tests.inference.graphs import write_negative
from tests.inference.material import apart, photo, write_weights
from tests.inference.site import put, refusal, stylize
from tests.needs import ROOT

pytestmark = pytest.mark.no_database
LICENSE = ("--license", "Non-commercial", "--license-url", "https://example.org/license")


@pytest.fixture
def weights(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    folder = tmp_path / "weights"
    folder.mkdir()
    shutil.copy(ROOT / "weights" / "manifest.json", folder)
    settings.WEIGHTS_DIR = folder
    runtime.get_style_registry.cache_clear()
    yield folder
    runtime.get_style_registry.cache_clear()


def _add(file: Path, *options: str) -> str:
    out = StringIO()
    call_command("add_style", str(file), *options, stdout=out)
    return out.getvalue()


def test_a_graph_becomes_a_style_that_converts(weights: Path, tmp_path: Path, compiled: Path) -> None:
    file = write_negative(tmp_path / "Published v3.onnx", layout="nchw", value_range=(0, 255), multiple=4)
    said = _add(file, "--id", "negative", "--title", "Negative", *LICENSE)
    assert "a graph: nchw, values [0, 255], sides in multiples of 4; a photo of 256 x 256 converted" in said
    assert "negative: installed" in said
    style = runtime.get_style_registry().get_available("negative")
    assert (style.title_in("en"), style.license_in("en"), style.multiple) == ("Negative", "Non-commercial", 4)
    engine = Engine(EngineSettings(device="cpu", precision="single", cache_dir=compiled))
    flat = photo(30, 50) // 255 * 0 + 200
    assert apart(engine.stylize(flat, style), 255 - flat).max() <= 1


def test_a_state_dict_becomes_a_style_of_the_network_that_it_is_of(weights: Path, tmp_path: Path) -> None:
    file = write_weights(tmp_path / "hayao.safetensors", "animegan2")
    assert "a state dict of animegan2" in _add(file, "--id", "hayao_99", "--upsampling", "legacy", *LICENSE)
    style = runtime.get_style_registry().get_available("hayao_99")
    assert (style.architecture, style.upsampling, style.path.name) == ("animegan2", "legacy", "hayao_99.safetensors")


def test_with_check_nothing_is_installed(weights: Path, tmp_path: Path) -> None:
    before = (weights / "manifest.json").read_bytes()
    assert "could be installed" in _add(write_negative(tmp_path / "a.onnx"), "--id", "negative", "--check", *LICENSE)
    assert [path.name for path in weights.iterdir()] == ["manifest.json"]
    assert (weights / "manifest.json").read_bytes() == before


def test_what_cannot_be_a_style_is_told_and_nothing_is_installed(weights: Path, tmp_path: Path) -> None:
    good, bad = write_negative(tmp_path / "good.onnx"), tmp_path / "bad.onnx"
    bad.write_bytes(b"<html>")
    for file, options, reason in (
        (good, ("--id", "negative"), "needs --license"),
        (good, LICENSE, "needs --id"),
        (good, ("--id", "../comic", *LICENSE), "is no id"),
        (good, ("--id", "comic", *LICENSE), "there is a style 'comic' already"),
        (bad, ("--id", "bad", *LICENSE), "not a"),
        (tmp_path / "gone.onnx", ("--id", "gone", *LICENSE), "no such file"),
    ):
        with pytest.raises(CommandError, match=reason):
            _add(file, *options)
    assert [path.name for path in weights.iterdir()] == ["manifest.json"]
    assert json.loads((weights / "manifest.json").read_text("utf-8"))["styles"][0]["id"] == "comic"


def test_a_checkpoint_that_unpacks_to_more_than_memory_holds_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"")
    content = bytearray((tmp_path / "bomb.pt").read_bytes())
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (MAX_STATE_BYTES + 1).to_bytes(4, "little")
    (tmp_path / "bomb.pt").write_bytes(content)
    with pytest.raises(BadWeights, match="unpacks to more than 2 GB"):
        read_state_dict(tmp_path / "bomb.pt")


def test_stylize_converts_with_a_graph_as_with_a_style(tmp_path: Path, compiled: Path, settings: Settings) -> None:
    settings.INFERENCE_CACHE_DIR = compiled
    graph = write_negative(tmp_path / "negative.onnx", value_range=(0, 255), multiple=4)
    source = put(tmp_path / "a.png", photo(45, 70) // 255 * 0 + 180)
    assert not stylize(source, "-o", tmp_path / "b.png", "--checkpoint", graph).error
    result = decode_image(tmp_path / "b.png").pixels
    assert result.shape == (45, 70, 3)
    assert apart(result, result * 0 + 75).max() <= 1
    assert "a graph has its own way" in refusal(source, "-o", tmp_path / "c.png", "--checkpoint", graph, "--x32")


def test_a_broken_graph_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.tflite").write_bytes(b"<html>")
    said = refusal(put(tmp_path / "a.png"), "-o", tmp_path / "b.png", "--checkpoint", tmp_path / "bad.tflite")
    assert "bad.tflite: not a graph that can be run (its content is of another kind)" in said

"""Styles whose file is a graph, which runs as it was published."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pytest

from inference.backends.openvino_backend import OpenVINOBackend, OpenVINOSession
from inference.engine import Engine, EngineSettings, run_padded
from inference.errors import BadWeights, NonFiniteResult
from inference.faces import focus_size
from inference.sizes import working_size
from inference.styles import read_manifest
from tests.inference.graphs import (
    graph_style,
    write_flat_is_nan,
    write_negative,
    write_overflows_in_bfloat16,
)
from tests.inference.material import apart, photo
from tests.inference.weights_server import entry, write_manifest

pytestmark = pytest.mark.no_database
GRAPH = {"layout": "nchw", "value_range": [0, 255], "multiple": 16, "height": 256, "width": 320}


@pytest.fixture(scope="module")
def graphs_engine(compiled: Path) -> Engine:
    return Engine(EngineSettings(device="cpu", precision="single", cache_dir=compiled))


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
@pytest.mark.parametrize("value_range", [(-1, 1), (0, 1), (0, 255)])
def test_a_graph_gets_and_gives_pixels_in_its_own_layout_and_range(
    graphs_engine: Engine, tmp_path: Path, layout: str, value_range: tuple[float, float]
) -> None:
    path = write_negative(tmp_path / "negative.onnx", layout=layout, value_range=value_range)
    picture = photo(50, 70)
    result = graphs_engine.stylize(picture, graph_style(path, layout=layout, value_range=value_range))
    assert apart(result, 255 - picture).max() <= 1


def test_sides_are_filled_up_to_the_multiple_of_the_graph(graphs_engine: Engine, tmp_path: Path) -> None:
    style = graph_style(write_negative(tmp_path / "squares.onnx", multiple=24), multiple=24)
    result = graphs_engine.stylize(np.full((50, 70, 3), 200, np.uint8), style)
    assert result.shape == (50, 70, 3)
    assert np.unique(result).tolist() == [55]


@pytest.mark.parametrize("size", [(1, 1), (64, 96), (40, 96), (300, 100), (100, 900), (2, 5000)])
def test_a_graph_of_one_size_converts_pictures_of_all_sizes(
    graphs_engine: Engine, tmp_path: Path, size: tuple[int, int]
) -> None:
    style = graph_style(write_negative(tmp_path / "fixed.onnx", size=(64, 96)), height=64, width=96)
    picture = np.full((*size, 3), (10, 120, 240), np.uint8)
    picture[: size[0] // 2] = (200, 30, 90)
    result = graphs_engine.stylize(picture, style)
    assert result.shape == picture.shape
    assert np.median(apart(result, 255 - picture)) <= 4, "the whole photo, not a part of it"
    assert run_padded(graphs_engine.load_session(style), picture, style).shape == picture.shape


def test_the_shape_of_a_photo_is_kept_in_a_graph_of_one_size() -> None:
    style = graph_style(Path("a.onnx"), height=256, width=256)
    style = replace(style, working_size=512)
    assert working_size(3000, 4000, style, "fine") == (192, 256)
    assert working_size(4000, 3000, style, "balanced") == (256, 192)
    assert working_size(200, 100, style, "balanced") == (200, 100)
    assert focus_size(style, "fine") == 256


def test_a_graph_that_is_not_numbers_on_a_flat_picture_is_told(graphs_engine: Engine, tmp_path: Path) -> None:
    style = graph_style(write_flat_is_nan(tmp_path / "flat.onnx"))
    with pytest.raises(NonFiniteResult, match="cannot convert this picture"):
        graphs_engine.stylize(np.full((64, 64, 3), 128, np.uint8), style)
    assert graphs_engine.stylize(photo(64, 64), style).std() > 10


def test_what_half_precision_cannot_do_is_done_in_single_precision(tmp_path: Path) -> None:
    core = ov.Core()
    if "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        pytest.skip("the processor has no bfloat16")
    backend = OpenVINOBackend(tmp_path / "compiled")
    style = graph_style(write_overflows_in_bfloat16(tmp_path / "small.onnx"))
    kept = backend._find_or_build(style)
    session = OpenVINOSession(kept, backend.core, pixel_bytes=100, precision="bf16")
    batch = np.full((1, 3, 64, 64), 0.501, np.float32)
    assert not np.isfinite(session._infer(batch, "bf16")).all()
    assert np.allclose(session.run(batch), 1)


def test_a_graph_runs_in_openvino_where_all_else_runs_in_torch(compiled: Path, tmp_path: Path) -> None:
    engine = Engine(EngineSettings(device="cpu", backend="torch", cache_dir=compiled))
    style = graph_style(write_negative(tmp_path / "negative.onnx"))
    assert (engine.backend.name, engine.backend_for(style).name) == ("torch", "openvino")
    assert apart(engine.stylize(photo(40, 60), style), 255 - photo(40, 60)).max() <= 1


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
@pytest.mark.parametrize("value_range", [(-1, 1), (0, 255)])
def test_onnx_runtime_gives_the_same_picture(
    graphs_engine: Engine, compiled: Path, tmp_path: Path, layout: str, value_range: tuple[float, float]
) -> None:
    """As on a GPU, where it runs graphs; here on the processor."""
    from inference.backends.onnx_backend import OnnxBackend

    path = write_negative(tmp_path / "negative.onnx", layout=layout, value_range=value_range)
    style = graph_style(path, layout=layout, value_range=value_range)
    backend = OnnxBackend("CPUExecutionProvider", OpenVINOBackend(compiled))
    assert apart(run_padded(backend.load(style), photo(40, 60), style), 255 - photo(40, 60)).max() <= 1
    flat = graph_style(write_flat_is_nan(tmp_path / "flat.onnx"))
    with pytest.raises(NonFiniteResult):
        run_padded(backend.load(flat), np.zeros((64, 64, 3), np.uint8), flat)


def test_another_format_in_the_manifest_is_loaded_anew(graphs_engine: Engine, tmp_path: Path) -> None:
    style = graph_style(write_negative(tmp_path / "negative.onnx"))
    before = graphs_engine.stylize(photo(40, 60), style)
    after = graphs_engine.stylize(photo(40, 60), graph_style(style.path, value_range=(0, 1)))
    assert apart(before, after).max() > 2


def test_a_graph_in_the_manifest_is_read_with_its_format(tmp_path: Path) -> None:
    written = entry(architecture="graph", file="ink.onnx", graph=GRAPH)
    style = read_manifest(write_manifest(tmp_path, written))["ink"]
    assert style.graph
    assert (style.multiple, style.fixed_size, style.graph.as_entry()) == (16, (256, 320), GRAPH)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"graph": None}, "belong together"),
        ({"architecture": "compact"}, "belong together"),
        ({"file": "ink.pt"}, r"ends with \.onnx, \.tflite, \.pb"),
        ({"graph": []}, "must be an object"),
        ({"graph": {"layuot": "nhwc"}}, "no 'layuot'"),
        ({"graph": {"layout": "chw"}}, "not one of nhwc, nchw"),
        ({"graph": {"value_range": [0, 2]}}, r"\[-1, 1\], \[0, 1\] or \[0, 255\]"),
        ({"graph": {"value_range": "0..1"}}, r"\[-1, 1\]"),
        ({"graph": {"multiple": 0}}, "graph.multiple"),
        ({"graph": {"multiple": True}}, "graph.multiple"),
        ({"graph": {"height": 256}}, "both height and width"),
        ({"graph": {"height": 256, "width": 10**6}}, "4096 at most"),
        ({"base_style": "first", "blend": 0.3}, "cannot be stacked"),
        ({"upsampling": "bicubic"}, "not one of half_pixel, legacy"),
        ({"upsampling": "legacy", "align_corners": True}, "exclude each other"),
    ],
)
def test_a_graph_that_is_described_wrongly_is_told(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    written = {"architecture": "graph", "file": "ink.onnx", "graph": {"multiple": 8}} | changes
    manifest = write_manifest(tmp_path, entry("first"), entry("ink", **written))
    with pytest.raises(BadWeights, match=reason):
        read_manifest(manifest)

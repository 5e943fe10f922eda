"""Unknown graphs: what is found out about good ones, and what is said of all others."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, external_data_helper, helper

from inference.errors import BadWeights
from inference.graphs import model, trial
from inference.graphs.format import GraphFormat
from inference.graphs.onnx_file import has_external_data
from inference.graphs.trial import try_graph
from tests.inference.graphs import write_flat_is_nan, write_negative, write_onnx

pytestmark = pytest.mark.no_database


@pytest.mark.parametrize(
    "expected",
    [
        GraphFormat("nhwc", (-1, 1), 8),
        GraphFormat("nchw", (0, 1), 1),
        GraphFormat("nchw", (0, 255), 1, 96, 128),
    ],
)
def test_a_trial_finds_out_how_a_graph_takes_its_pictures(tmp_path: Path, expected: GraphFormat) -> None:
    path = write_negative(
        tmp_path / "negative.onnx",
        layout=expected.layout,
        value_range=expected.value_range,
        size=expected.fixed_size,
        multiple=expected.multiple,
    )
    assert try_graph(path).format == expected


def test_what_is_known_is_not_guessed(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "same.onnx", [helper.make_node("Identity", ["x"], ["y"])])
    found = try_graph(path, {"value_range": [0, 255], "multiple": 32}).format
    assert (found.value_range, found.multiple) == ((0, 255), 32)
    with pytest.raises(BadWeights, match=r"takes no pictures of three colors, but \[\?,\?,\?,3\]"):
        try_graph(path, {"layout": "nchw"})


def _external(path: Path) -> Path:
    write_onnx(path, [helper.make_node("Add", ["x", "w"], ["y"])], {"w": np.ones(3, np.float32)})
    loaded = onnx.load(path)
    tensor = loaded.graph.initializer[0]
    external_data_helper.set_external_data(tensor, "../../../../etc/passwd")
    tensor.ClearField("raw_data")
    path.write_bytes(loaded.SerializeToString())
    return path


def _external_in_a_branch(path: Path) -> Path:
    """The tensor is an attribute of a node in the branch of an If."""
    inner = onnx.load(_external(path), load_external_data=False).graph.initializer[0]
    branch = helper.make_graph([helper.make_node("Constant", [], ["c"], value=inner)], "b", [], [])
    node = helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)
    outer = helper.make_graph([node], "g", [], [])
    path.write_bytes(helper.make_model(outer).SerializeToString())
    return path


def _custom_operation(path: Path) -> Path:
    node = helper.make_node("Frobnicate", ["x"], ["y"], domain="com.example")
    return write_onnx(path, [node], opsets={"": 17, "com.example": 1})


def _endless(path: Path) -> Path:
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["goes"]),
            helper.make_node("Sin", ["before"], ["after"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("before", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("goes", TensorProto.BOOL, []),
            helper.make_tensor_value_info("after", TensorProto.FLOAT, None),
        ],
    )
    constants = {"count": np.array(2**40, np.int64), "go_on": np.array(True)}
    return write_onnx(path, [helper.make_node("Loop", ["count", "go_on", "x"], ["y"], body=body)], constants)


def _huge(path: Path) -> Path:
    nodes = [
        helper.make_node("ConstantOfShape", ["sides"], ["zeros"]),
        helper.make_node("ReduceMax", ["zeros"], ["zero"], keepdims=0),
        helper.make_node("ReduceMax", ["x"], ["high"], keepdims=0),
        helper.make_node("Mul", ["zero", "high"], ["none"]),
        helper.make_node("Add", ["x", "none"], ["y"]),
    ]
    return write_onnx(path, nodes, {"sides": np.array([1, 2**17, 2**17], np.int64)})


def _written(content: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return write


def _identity(shape: tuple[int | str, ...], kind: int = TensorProto.FLOAT) -> Callable[[Path], Path]:
    return lambda path: write_onnx(path, [helper.make_node("Identity", ["x"], ["y"])], shape=shape, kind=kind)


def _of_one_color(path: Path) -> Path:
    return write_onnx(path, [helper.make_node("Mul", ["x", "zero"], ["y"])], {"zero": np.array(0, np.float32)})


def _twice_as_large(path: Path) -> Path:
    constants = {"scales": np.array([1, 2, 2, 1], np.float32)}
    return write_onnx(path, [helper.make_node("Resize", ["x", "", "scales"], ["y"], mode="nearest")], constants)


@pytest.mark.parametrize(
    ("name", "write", "reason"),
    [
        ("a.onnx", _external, "keeps weights in other files"),
        ("a.onnx", _external_in_a_branch, "keeps weights in other files"),
        ("a.onnx", _custom_operation, "Frobnicate"),
        ("a.onnx", _identity(("n", 3)), r"its input is no picture: f32 \[\?,3\]"),
        ("a.onnx", _identity(("n", "h", "w", 1)), "takes no pictures of three colors"),
        ("a.onnx", _identity(("n", "h", "w", 3), TensorProto.INT64), "its input is no picture: i64"),
        ("a.onnx", _identity(("n", 64, "w", 3)), "takes one height or one width only"),
        ("a.onnx", _of_one_color, "makes no picture of a photo, but one color"),
        ("a.onnx", _twice_as_large, "gives no picture as large as the one that it gets"),
        ("a.onnx", _written(b"\x89PNG\r\n\x1a\n" + bytes(100)), "not a graph that can be run"),
        ("a.onnx", _written(b""), "not a graph that can be run"),
        ("a.onnx", _written(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n"), "not an ONNX graph"),
        ("a.tflite", _written(b"<html>not found</html>"), "not a graph that can be run"),
        ("a.tflite", _written(b"\x1c\0\0\0TFL3" + b"\xff" * 200), r"a\.tflite: (not a graph|ends the process)"),
        ("a.pb", _written(bytes(range(256)) * 4), "not a graph that can be run"),
        ("a.txt", _written(b"text"), "not a graph; known are .onnx, .tflite, .pb"),
    ],
)
def test_what_is_no_generator_is_told_in_one_line(
    tmp_path: Path, name: str, write: Callable[[Path], Path], reason: str
) -> None:
    with pytest.raises(BadWeights, match=reason) as caught:
        try_graph(write(tmp_path / name))
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("write", "reason"),
    [(_endless, "takes longer than"), (_huge, "takes more than 8 GB of memory")],
)
def test_a_graph_that_takes_too_much_ends_with_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], Path], reason: str
) -> None:
    monkeypatch.setattr(trial, "LIMITS", replace(trial.LIMITS, cpu_seconds=1.5 if write is _endless else 20.0))
    with pytest.raises(BadWeights, match=reason):
        try_graph(write(tmp_path / "a.onnx"))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.onnx").open("wb") as file:
        file.truncate(model.MAX_GRAPH_BYTES + 1)
    with pytest.raises(BadWeights, match="larger than the 256 MB"):
        try_graph(tmp_path / "a.onnx")


def test_a_good_graph_keeps_its_weights_in_itself(tmp_path: Path) -> None:
    assert not has_external_data(write_negative(tmp_path / "a.onnx").read_bytes())
    assert not has_external_data(write_flat_is_nan(tmp_path / "b.onnx").read_bytes())


def test_a_message_that_nests_without_end_is_refused() -> None:
    """Graphs in attributes of nodes of graphs: no reader of ours goes as deep as a file asks it to."""
    message = b""
    for _ in range(60):
        for key in (b"\x32", b"\x2a", b"\x0a"):  # AttributeProto.g, NodeProto.attribute, GraphProto.node
            length, size = len(message), b""
            while length > 127:
                size += bytes([length & 127 | 128])
                length >>= 7
            message = key + size + bytes([length]) + message
    size = len(message)
    with pytest.raises(ValueError, match="nests too deep"):
        has_external_data(b"\x3a" + bytes([size & 127 | 128, size >> 7]) + message)

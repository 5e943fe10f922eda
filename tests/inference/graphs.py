"""Published generators in small: ONNX graphs that turn a picture into its negative."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from inference.graphs.format import GraphFormat
from inference.styles import Style
from tests.inference.material import style_of

Node = onnx.NodeProto


def write_onnx(
    path: Path,
    nodes: list[Node],
    constants: dict[str, np.ndarray] | None = None,
    shape: tuple[int | str | None, ...] = ("n", "h", "w", 3),
    *,
    kind: int = TensorProto.FLOAT,
    opsets: dict[str, int] | None = None,
) -> Path:
    """A graph from `x` to `y`, both of one shape."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", kind, [None] * len(shape))],
        [onnx.numpy_helper.from_array(value, name) for name, value in (constants or {}).items()],
    )
    imports = [helper.make_opsetid(domain, version) for domain, version in (opsets or {"": 17}).items()]
    onnx.save(helper.make_model(graph, opset_imports=imports, ir_version=8), path)
    return path


def write_negative(
    path: Path,
    *,
    layout: str = "nhwc",
    value_range: tuple[float, float] = (-1, 1),
    size: tuple[int, int] | None = None,
    multiple: int = 1,
) -> Path:
    """A graph that gives the negative of a picture, in squares of `multiple` pixels that are of one color each."""
    sides = size or ("h", "w")
    shape = ("n", *sides, 3) if layout == "nhwc" else ("n", 3, *sides)
    into, back = ([0, 3, 1, 2], [0, 2, 3, 1]) if layout == "nhwc" else ([0, 1, 2, 3], [0, 1, 2, 3])
    steps = [multiple, multiple]
    nodes = [
        helper.make_node("Transpose", ["x"], ["planes"], perm=into),
        helper.make_node("AveragePool", ["planes"], ["small"], kernel_shape=steps, strides=steps),
        helper.make_node("Resize", ["small", "", "scales"], ["large"], mode="nearest"),
        helper.make_node("Sub", ["sum", "large"], ["negative"]),
        helper.make_node("Transpose", ["negative"], ["y"], perm=back),
    ]
    constants = {
        "scales": np.array([1, 1, multiple, multiple], np.float32),
        "sum": np.array(sum(value_range), np.float32),
    }
    return write_onnx(path, nodes, constants, shape)


def write_flat_is_nan(path: Path) -> Path:
    """A graph that divides by the contrast of the picture: 0 / 0 where it has none."""
    axes = {"axes": [1, 2, 3], "keepdims": 1}
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["high"], **axes),
        helper.make_node("ReduceMin", ["x"], ["low"], **axes),
        helper.make_node("Sub", ["high", "low"], ["contrast"]),
        helper.make_node("Sub", ["x", "low"], ["above"]),
        helper.make_node("Div", ["above", "contrast"], ["y"]),
    ]
    return write_onnx(path, nodes)


def write_overflows_in_bfloat16(path: Path) -> Path:
    """A graph that divides by what is not 0 in single precision only."""
    nodes = [
        helper.make_node("Transpose", ["x"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["planes", "weight"], ["seen"]),
        helper.make_node("Sub", ["seen", "half"], ["rest"]),
        helper.make_node("Div", ["rest", "rest"], ["one"]),
        helper.make_node("Transpose", ["one"], ["y"], perm=[0, 2, 3, 1]),
    ]
    constants = {"weight": np.eye(3, dtype=np.float32)[..., None, None], "half": np.array(0.5, np.float32)}
    return write_onnx(path, nodes, constants)


def graph_style(path: Path, **graph: Any) -> Style:
    return style_of(path, "graph", graph=GraphFormat(**{"multiple": 1} | graph))

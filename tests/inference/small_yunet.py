"""A network with YuNet's inputs and outputs that takes every bright square of 32 pixels for a face."""

import hashlib
from math import log
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CELL = 32
SIDE = 64  # pixels of the faces that it reports, centered on the bright square
POINTS = ((0.1, 0.2), (0.9, 0.3), (0.5, 0.6), (0.2, 0.9), (0.8, 0.9))  # landmarks, in cells from the square's corner
_BIAS = {"bbox": (0.5, 0.5, log(SIDE / CELL), log(SIDE / CELL)), "kps": tuple(v for point in POINTS for v in point)}


def write_small_yunet(path: Path) -> str:
    """Its SHA-256."""
    nodes, weights, outputs = [], [], []
    for stride in (8, 16, CELL):
        sizes = {"kernel_shape": [stride] * 2, "strides": [stride] * 2}
        nodes.append(helper.make_node("AveragePool", ["input"], [f"pooled_{stride}"], **sizes))
        for kind in ("cls", "obj", "bbox", "kps"):
            head_nodes, head_weights, channels = _head(kind, stride)
            nodes += head_nodes
            weights += head_weights
            shape = [1, (640 // stride) ** 2, channels]
            outputs.append(helper.make_tensor_value_info(f"{kind}_{stride}", TensorProto.FLOAT, shape))
    given = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 640, 640])
    graph = helper.make_graph(nodes, "yunet", [given], outputs, weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=7), str(path))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _head(kind: str, stride: int) -> tuple[list[onnx.NodeProto], list[TensorProto], int]:
    """One output: scores are the brightness at the largest stride, and nothing at the others; the rest is constant."""
    bias = np.array(_BIAS.get(kind, (0.0,)), np.float32)
    is_bright = kind in ("cls", "obj") and stride == CELL
    kernel = np.full((len(bias), 3, 1, 1), 1 / 765 if is_bright else 0.0, np.float32)
    shape = np.array([1, -1, len(bias)], np.int64)
    name = f"{kind}_{stride}"
    given = {f"{name}_kernel": kernel, f"{name}_bias": bias, f"{name}_shape": shape}
    nodes = [
        helper.make_node("Conv", [f"pooled_{stride}", f"{name}_kernel", f"{name}_bias"], [f"{name}_grid"]),
        helper.make_node("Transpose", [f"{name}_grid"], [f"{name}_last"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", [f"{name}_last", f"{name}_shape"], [name]),
    ]
    return nodes, [numpy_helper.from_array(values, key) for key, values in given.items()], len(bias)

"""Runs ONNX graphs with ONNX Runtime, which is no requirement of ours: on a GPU where it is installed for CUDA."""

import numpy as np
import onnxruntime

from inference.backends import Backend, Session
from inference.backends.finite import require_finite
from inference.errors import BadWeights, DeviceUnavailable
from inference.graphs.format import GraphFormat
from inference.graphs.model import check_graph_file
from inference.styles import Style

CUDA = "CUDAExecutionProvider"
BUFFERS_FACTOR = 4  # times the file: what a loaded graph takes, about


def has_provider(name: str) -> bool:
    """Return whether ONNX Runtime is installed for a device."""
    return name in onnxruntime.get_available_providers()


class OnnxSession:
    """A graph in single precision, for any picture size."""

    accepts_pixels = False

    def __init__(self, runtime: onnxruntime.InferenceSession, graph: GraphFormat, size_bytes: int) -> None:
        self._runtime, self._graph, self.size_bytes = runtime, graph, size_bytes
        self._input = runtime.get_inputs()[0]

    def run(self, batch: np.ndarray) -> np.ndarray:
        """Convert as every session does. Raise NonFiniteResult."""
        black, white = self._graph.value_range
        half, middle = np.float32((white - black) / 2), np.float32((white + black) / 2)
        is_nhwc = self._graph.layout == "nhwc"
        values = batch.transpose(0, 2, 3, 1) if is_nhwc else batch
        values = (values * half + middle).astype(np.float16 if "float16" in self._input.type else np.float32)
        (result,) = self._runtime.run(None, {self._input.name: np.ascontiguousarray(values)})
        result = (result.astype(np.float32) - middle) / half
        return require_finite(np.ascontiguousarray(result.transpose(0, 3, 1, 2) if is_nhwc else result))


class OnnxBackend:
    name = "onnxruntime"

    def __init__(self, provider: str, others: Backend) -> None:
        """`others` runs graphs that are not ONNX. Raise DeviceUnavailable for a provider that is not installed."""
        if not has_provider(provider):
            raise DeviceUnavailable(f"ONNX Runtime is installed without {provider}; for a GPU: onnxruntime-gpu")
        self._provider, self._others = provider, others
        self.device = "cuda" if provider == CUDA else "cpu"

    def load(self, style: Style) -> Session:
        if style.graph is None or style.path.suffix.lower() != ".onnx":
            return self._others.load(style)
        check_graph_file(style.path)
        try:
            runtime = onnxruntime.InferenceSession(style.path, providers=[self._provider])
        except Exception as error:  # of its own kinds, and RuntimeError
            raise BadWeights(
                f"{style.path}: not a graph that can be run ({str(error).splitlines()[0][:200]})"
            ) from None
        return OnnxSession(runtime, style.graph, BUFFERS_FACTOR * style.path.stat().st_size)

"""Reads graphs with OpenVINO, and puts what every generator of this project takes and gives around them."""

from pathlib import Path

import openvino as ov
from openvino.preprocess import PrePostProcessor

from inference.errors import BadWeights
from inference.graphs.format import GRAPH_SUFFIXES, GraphFormat
from inference.graphs.onnx_file import has_external_data

MAX_GRAPH_BYTES = 256 * 2**20  # AnimeGANv3's have 4 MB
_NOT_THE_REASON = (
    *("Exception from", "Check '", "While validating", "from ", "FrontEnd API failed"),
    *("Model wasn't fully converted", "Summary:"),
)
FLOATS = ("f32", "f16")


def check_graph_file(path: Path, *, content: bool = True) -> None:
    """Raise BadWeights for a file that is not to be given to a library: none, too large, or that names others.

    Whether it names others is in its content, which is looked at last, and takes long where it was made to.
    """
    if path.suffix.lower() not in GRAPH_SUFFIXES:
        raise BadWeights(f"{path}: not a graph; known are {', '.join(GRAPH_SUFFIXES)}")
    if not path.is_file():
        raise BadWeights(f"{path}: no such file")
    if path.stat().st_size > MAX_GRAPH_BYTES:
        raise BadWeights(f"{path}: larger than the {MAX_GRAPH_BYTES // 2**20} MB that a graph may have")
    if content and path.suffix.lower() == ".onnx":
        try:
            is_external = has_external_data(path.read_bytes())
        except ValueError as error:
            raise BadWeights(f"{path}: not an ONNX graph ({error})") from error
        if is_external:
            raise BadWeights(f"{path}: keeps weights in other files; save it as one file")


def read_graph(path: Path, core: ov.Core) -> ov.Model:
    """Return the graph as it is, with its one input, its one output. Raise BadWeights for what no picture goes through.

    Its libraries are written in C++, and the file may be a stranger's: `inference.graphs.trial` does this in a process
    of its own, once, before a graph becomes a style.
    """
    check_graph_file(path)
    try:
        model = core.read_model(path)
    except Exception as error:  # RuntimeError and others, each with many lines
        raise BadWeights(f"{path}: not a graph that can be run ({first_reason(error)})") from error
    for name, ports in (("input", model.inputs), ("output", model.outputs)):
        if len(ports) != 1:
            raise BadWeights(f"{path}: has {len(ports)} {name}s; a generator has one picture as its {name}")
        shape, kind = ports[0].get_partial_shape(), ports[0].get_element_type().get_type_name()
        if shape.rank.is_dynamic or len(shape) != 4 or kind not in FLOATS:
            raise BadWeights(f"{path}: its {name} is no picture: {kind} {shape}")
    return model


def first_reason(error: Exception) -> str:
    """Return what is wrong, of the many lines in which OpenVINO says where in its source it noticed."""
    lines = [line.strip().removeprefix("-- ") for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(_NOT_THE_REASON)]
    reason = (told or lines or [type(error).__name__])[0]
    return "its content is of another kind" if reason.startswith("Unable to read the model") else reason[:200]


def wrap_graph(model: ov.Model, graph: GraphFormat) -> ov.Model:
    """Return the model as every generator is: float32 [N,3,H,W] in [-1,1] to the same. Raise BadWeights."""
    black, white = graph.value_range
    scale, offset = 2 / (white - black), black + (white - black) / 2
    steps = PrePostProcessor(model)
    taken, given = steps.input(), steps.output()
    taken.tensor().set_layout(ov.Layout("NCHW")).set_element_type(ov.Type.f32)
    taken.model().set_layout(ov.Layout(graph.layout.upper()))
    # From [-1,1]: (x + offset * scale) / scale.
    if graph.value_range != (-1.0, 1.0):
        taken.preprocess().mean(-offset * scale).scale(scale)
    given.model().set_layout(ov.Layout(graph.layout.upper()))
    given.tensor().set_layout(ov.Layout("NCHW")).set_element_type(ov.Type.f32)
    try:
        wrapped = steps.build()
    except RuntimeError as error:
        raise BadWeights(f"the graph takes no pictures in the layout {graph.layout} ({first_reason(error)})") from error
    return wrapped if graph.value_range == (-1.0, 1.0) else _with_output_range(wrapped, scale, offset)


def _with_output_range(model: ov.Model, scale: float, offset: float) -> ov.Model:
    """Return the model with its result brought to [-1,1]."""
    from openvino import opset13 as ops

    result = model.get_results()[0]
    source = result.input_value(0)
    shifted = ops.subtract(source, ops.constant(offset, ov.Type.f32))
    scaled = ops.multiply(shifted, ops.constant(scale, ov.Type.f32))
    return ov.Model([scaled], model.get_parameters(), "graph")


def load_graph(path: Path, graph: GraphFormat, core: ov.Core) -> ov.Model:
    """Return a graph of a style, as `wrap_graph` does. Raise BadWeights."""
    return wrap_graph(read_graph(path, core), graph)

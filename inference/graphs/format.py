"""What a graph takes and gives, which its file does not say: the `graph` of a style in the manifest."""

from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

GRAPH = "graph"  # the `architecture` of a style whose file is a graph
GRAPH_SUFFIXES = (".onnx", ".tflite", ".pb")
LAYOUTS = ("nhwc", "nchw")
VALUE_RANGES = ((-1.0, 1.0), (0.0, 1.0), (0.0, 255.0))
MAX_MULTIPLE, MAX_SIDE_PX = 256, 4096


@dataclass(frozen=True)
class GraphFormat:
    """`value_range`: the numbers of black and white, in what it takes as in what it gives.

    `multiple`: what sides must be divisible by. `height` and `width`, in pixels: the only size that it takes; both
    None where it takes any.
    """

    layout: str = "nhwc"
    value_range: tuple[float, float] = (-1.0, 1.0)
    multiple: int = 8
    height: int | None = None
    width: int | None = None

    @property
    def fixed_size(self) -> tuple[int, int] | None:
        """Return (height, width) of a graph that takes no other size."""
        return None if self.height is None or self.width is None else (self.height, self.width)

    @property
    def digest(self) -> str:
        """Return a short text that differs for each other format."""
        return sha256(repr(self).encode()).hexdigest()[:8]

    def as_entry(self) -> dict[str, Any]:
        """Return it as a manifest has it, which `parse_graph_format` reads."""
        entry = {key: value for key, value in asdict(self).items() if value is not None}
        return entry | {"value_range": [int(end) for end in self.value_range]}


def parse_graph_format(entry: Any) -> GraphFormat:
    """Return the format of an entry. Raise ValueError for what was written by hand and cannot be."""
    if not isinstance(entry, dict):
        raise ValueError('graph must be an object, as {"layout": "nhwc", "value_range": [-1, 1], "multiple": 8}')
    if unknown := entry.keys() - set(GraphFormat.__dataclass_fields__):
        raise ValueError(f"graph has no {min(unknown)!r}")
    values = dict(entry)
    if "value_range" in values:
        ends = values["value_range"]
        values["value_range"] = tuple(map(float, ends)) if _are_numbers(ends) else None
    parsed = GraphFormat(**values)
    if parsed.layout not in LAYOUTS:
        raise ValueError(f"graph.layout {parsed.layout!r} is not one of {', '.join(LAYOUTS)}")
    if parsed.value_range not in VALUE_RANGES:
        raise ValueError("graph.value_range must be [-1, 1], [0, 1] or [0, 255]")
    if type(parsed.multiple) is not int or not 1 <= parsed.multiple <= MAX_MULTIPLE:
        raise ValueError(f"graph.multiple must be a number of pixels, {MAX_MULTIPLE} at most")
    if (parsed.height is None) != (parsed.width is None):
        raise ValueError("graph must have both height and width, or neither")
    for side in (parsed.height, parsed.width):
        if side is not None and (type(side) is not int or not 1 <= side <= MAX_SIDE_PX):
            raise ValueError(f"graph.height and graph.width must be numbers of pixels, {MAX_SIDE_PX} at most")
    return parsed


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) in (int, float) for value in values)

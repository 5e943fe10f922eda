"""Looks at an unknown graph, and converts a photo with it, in a process that can be ended.

Whoever publishes a graph decides what a library in C++ computes, how long and in how much memory. What is found out is
how it takes its pictures, of which the file says only a part.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import openvino as ov

from imaging.decode import decode_image
from imaging.isolation import IsolatedProcess, TaskFailed, TaskLimits, TaskResult, never
from imaging.samples import sample_file
from inference.errors import BadWeights, is_out_of_memory
from inference.graphs.format import LAYOUTS, VALUE_RANGES, GraphFormat, parse_graph_format
from inference.graphs.model import check_graph_file, first_reason, read_graph

LIMITS = TaskLimits(cpu_seconds=90.0, memory_bytes=8 * 2**30)
THREADS = 2  # of the processor, whose time is limited however many there are
MULTIPLES = (1, 2, 4, 8, 16, 32, 64)
MIN_TRIED_SIDE_PX, SAMPLE_SIDE_PX = 64, 256
MIN_STD_LEVELS = 1.0  # of 255: less is one color
REASONS = {
    "too_slow": f"takes longer than {LIMITS.cpu_seconds:.0f} s of the processor for a small photo",
    "out_of_memory": f"takes more than {LIMITS.memory_bytes // 2**30} GB of memory for a small photo",
    "killed": "takes more memory than this machine has, for a small photo",
    "crashed": "ends the process that reads it: it is damaged, or made to do harm",
}


@dataclass(frozen=True)
class GraphTrial:
    """What a graph takes and gives, and how long it took for a photo of `height` x `width`."""

    format: GraphFormat
    height: int
    width: int
    seconds: float


def try_graph(path: Path, known: dict[str, Any] | None = None) -> GraphTrial:
    """Return what was found out about a graph; `known` are keys of a GraphFormat that are not to be guessed.

    Raise BadWeights, with one line that says why, for whatever is no generator of pictures.
    """
    check_graph_file(path, content=False)
    process = IsolatedProcess()
    try:
        facts = process.run(f"{__name__}:trial_task", path, known or {}, LIMITS, never).facts
    except TaskFailed as error:
        raise BadWeights(f"{path}: {REASONS[error.reason]}") from error
    finally:
        process.kill()
    if "refused" in facts:
        raise BadWeights(str(facts["refused"]))
    return GraphTrial(
        parse_graph_format(facts["format"]), int(facts["height"]), int(facts["width"]), float(facts["seconds"])
    )


# What the other process does.
def trial_task(source: Path | bytes, known: dict[str, Any]) -> TaskResult:
    """Return the format of a graph, or why it is refused."""
    path = Path(str(source))
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)  # the libraries' own lines, beside the one that is told
    try:
        return TaskResult(_Trial(path, known).run())
    except BadWeights as error:
        return TaskResult({"refused": str(error)})
    except Exception as error:  # of C++, about a stranger's file
        if is_out_of_memory(error):
            raise MemoryError from error
        return TaskResult({"refused": f"{path}: cannot be run ({first_reason(error)})"})


class _Trial:
    """One graph, compiled once for pictures of all sizes."""

    def __init__(self, path: Path, known: dict[str, Any]) -> None:
        self._path, self._known = path, known
        core = ov.Core()
        self._model = model = read_graph(path, core)
        self._shape = model.inputs[0].get_partial_shape()
        hints = {"INFERENCE_NUM_THREADS": str(THREADS), "INFERENCE_PRECISION_HINT": "f32"}
        self._compiled = core.compile_model(model, "CPU", hints)
        self._kind = np.float16 if model.inputs[0].get_element_type() == ov.Type.f16 else np.float32
        self._layout = self._find_layout()
        self._size = self._find_fixed_size()

    def run(self) -> dict[str, Any]:
        """Return the facts of a GraphTrial. Raise BadWeights."""
        multiple = 1 if self._size else self._find_multiple()
        height, width = self._size or (-(-SAMPLE_SIDE_PX // multiple) * multiple,) * 2
        photo = cv2.resize(decode_image(sample_file()).pixels, (width, height), interpolation=cv2.INTER_AREA)
        started = time.monotonic()
        value_range = self._find_value_range(photo.astype(np.float32))
        seconds = time.monotonic() - started
        found = {"layout": self._layout, "value_range": list(value_range), "multiple": multiple}
        if self._size:
            found |= {"height": height, "width": width}
        return {"format": found, "height": height, "width": width, "seconds": seconds}

    def _find_layout(self) -> str:
        """Return that of the input, whose channels are three."""
        sides = [self._dimension(axis) for axis in (1, 2, 3)]
        is_open = sides == [None, None, None]  # then the file does not say which are the channels
        possible = [layout for layout in LAYOUTS if is_open or self._dimension(layout.index("c")) == 3]
        wanted = self._known.get("layout")
        if not possible or (wanted and wanted not in possible) or self._dimension(0) not in (1, None):
            raise BadWeights(f"{self._path}: takes no pictures of three colors, but {self._shape}")
        return str(wanted or possible[0])

    def _dimension(self, axis: int) -> int | None:
        return self._shape[axis].get_length() if self._shape[axis].is_static else None

    def _find_fixed_size(self) -> tuple[int, int] | None:
        height, width = (self._dimension(self._layout.index(name)) for name in "hw")
        if height is None and width is None:
            return None
        if height is None or width is None:
            raise BadWeights(f"{self._path}: takes one height or one width only: {self._shape}")
        return height, width

    def _find_multiple(self) -> int:
        """Return the smallest number of pixels of whose multiples the graph gives a picture as large."""
        known, problem = self._known.get("multiple"), ""
        for multiple in (known,) if known else MULTIPLES:
            sides = [
                multiple * (count | 1)
                for count in (-(-MIN_TRIED_SIDE_PX // multiple), MIN_TRIED_SIDE_PX // multiple + 3)
            ]
            try:
                result = self._convert(np.zeros((*sides, 3), np.float32) + np.arange(3, dtype=np.float32) / 4)
            except RuntimeError as error:
                if is_out_of_memory(error):
                    raise
                problem = first_reason(error)
                continue
            if result.shape == (*sides, 3):
                return int(multiple)
            problem = f"of {sides[0]} x {sides[1]} pixels it makes {' x '.join(map(str, result.shape))}"
        raise BadWeights(f"{self._path}: gives no picture as large as the one that it gets ({problem})")

    def _find_value_range(self, photo: np.ndarray) -> tuple[float, float]:
        """Return the one with which the result is most like the photo: a style keeps most of its light and color."""
        known = self._known.get("value_range")
        errors: dict[tuple[float, float], float] = {}
        for black, white in (tuple(known),) if known else VALUE_RANGES:
            result = self._convert(photo / 255 * (white - black) + black)
            if result.shape != photo.shape:
                raise BadWeights(f"{self._path}: makes {result.shape} of a picture of {photo.shape}")
            levels = (result.astype(np.float64) - black) / (white - black) * 255
            if np.isfinite(levels).all() and np.clip(levels, 0, 255).std() >= MIN_STD_LEVELS:
                errors[black, white] = float(np.abs(levels - photo).mean())
        if not errors:
            raise BadWeights(f"{self._path}: makes no picture of a photo, but one color or what is not numbers")
        return min(errors, key=errors.__getitem__)

    def _convert(self, picture: np.ndarray) -> np.ndarray:
        """Return float32 [H,W,3] for the same, in the graph's own range.

        Raise RuntimeError where the graph's layers do not fit together at this size.
        """
        is_nchw = self._layout == "nchw"
        batch = (picture.transpose(2, 0, 1) if is_nchw else picture)[None]
        # Raises before anything runs: on a machine of one core what runs gives nothing instead, and may crash.
        self._model.clone().reshape(list(batch.shape))
        result = np.array(self._compiled([np.ascontiguousarray(batch, self._kind)])[0], np.float32)[0]
        return result.transpose(1, 2, 0) if is_nchw else result

"""(3) ONNX Runtime's way, on AnimeGANv2 exported from torch.

After what deploy/test_by_onnx.py of github.com/TachibanaYoshino/AnimeGANv3 does on a processor, with the session's
settings as they come; written anew.
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from benchmarks.speed.material import Material

MULTIPLE = 8  # pixels
MIN_SIDE_PX = 256  # pixels


def resized_side(side: int) -> int:
    """The side in pixels that the script works at: down to a multiple of 8, and no less than 256."""
    return MIN_SIDE_PX if side < MIN_SIDE_PX else side - side % MULTIPLE


def _session(material: Material) -> Any:
    import onnxruntime  # type: ignore[import-untyped]

    onnxruntime.set_default_logger_severity(4)  # what goes wrong is told by the table
    return onnxruntime.InferenceSession(str(material.graph), providers=["CPUExecutionProvider"])


def prepare(material: Material, height: int, width: int) -> Callable[[], None]:
    session, photo = _session(material), str(material.photo(height, width))
    result = str(material.folder / "onnx_runtime.jpg")

    def convert() -> None:
        read = cv2.imread(photo)
        assert read is not None
        sized = cv2.resize(read.astype(np.float32), (resized_side(width), resized_side(height)))
        x = cv2.cvtColor(sized, cv2.COLOR_BGR2RGB) / 127.5 - 1
        y = session.run(None, {"photo": np.ascontiguousarray(x.transpose(2, 0, 1)[None])})[0][0].transpose(1, 2, 0)
        anime = np.clip((y + 1) / 2 * 255, 0, 255).astype(np.uint8)
        cv2.imwrite(result, cv2.cvtColor(cv2.resize(anime, (width, height)), cv2.COLOR_RGB2BGR))

    return convert


def prepare_network(material: Material, height: int, width: int) -> Callable[[], object]:
    """The network alone."""
    session = _session(material)
    x = np.random.default_rng(0).uniform(-1, 1, (1, 3, height, width)).astype(np.float32)
    return lambda: session.run(None, {"photo": x})

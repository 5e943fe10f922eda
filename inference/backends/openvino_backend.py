"""Runs generators on the CPU with OpenVINO, about twice as fast there as torch.

A network is traced once with torch, a published graph is read as it is; both are kept in the cache folder, and later
starts read them from there and never import torch. What OpenVINO makes of one for a picture size is kept in `compiled/`
below it.
"""

import hashlib
import logging
import os
import threading
from collections import OrderedDict
from contextlib import suppress
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import openvino as ov

from inference.backends.finite import is_finite, require_finite
from inference.graphs.model import load_graph
from inference.sizes import padding_to_multiple
from inference.styles import Style

if TYPE_CHECKING:
    from torch import nn

logger = logging.getLogger(__name__)
CACHE_FORMAT = 3  # of a model that is kept on disk
MAX_COMPILED_SHAPES = 16  # in memory, about 20 MB each
MAX_BUFFER_BYTES = 320 * 2**20  # bytes; more are given back after each picture, which costs the next one a tenth
MAX_CACHED_BLOBS = 24  # on disk, about 13 MB each
MAX_ERROR_LEVELS = 1.0  # of bfloat16, on average, in levels of 255
PROBE_SIZE = (240, 336)  # divisible by what any network wants
Key = tuple[str, tuple[int, ...]]  # precision and shape
PRECISION_KEY = ["animegan", "precision"]  # where a model on disk holds what was chosen for it


def _fingerprint(style: Style) -> str:
    """Return a digest of all weights that its generator is made from."""
    with style.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    if style.base_style:
        digest.update(f"{style.blend} {_fingerprint(style.base_style)}".encode())
    return digest.hexdigest()[:16]


class OpenVINOSession:
    """A model compiled for each of the last few picture sizes.

    A model compiled for one fixed size runs about twice as fast as one for all sizes. Compiling takes a quarter of a
    second, or a fifth of that where the last start has left it on disk.
    """

    accepts_pixels = False

    def __init__(self, path: Path, core: ov.Core, *, pixel_bytes: int, precision: str, threads: int = 0) -> None:
        """`threads` of the processor to use; 0: all. `precision`: f32 or bf16."""
        self._path = path
        self._pixel_bytes = pixel_bytes
        self._core = core
        self._precision = precision
        self._threads = threads
        self._requests: OrderedDict[Key, ov.InferRequest] = OrderedDict()
        self._lock = threading.Lock()
        self.size_bytes = (MAX_COMPILED_SHAPES + 1) * path.with_suffix(".bin").stat().st_size

    def run(self, batch: np.ndarray) -> np.ndarray:
        """Convert as every session does; once more in single precision, where half of it is too little."""
        result = self._infer(batch, self._precision)
        if self._precision != "f32" and not is_finite(result):
            logger.warning("%s: not numbers in %s; once more in single precision", self._path.name, self._precision)
            result = self._infer(batch, "f32")
        return require_finite(result)

    def _infer(self, batch: np.ndarray, precision: str) -> np.ndarray:
        # A request holds its own buffers and cannot be shared by threads: it is taken out while it runs.
        key = (precision, batch.shape)
        request = self._take(key) or self._compile(key).create_infer_request()
        result = np.array(request.infer([batch], share_inputs=True)[0], dtype=np.float32)
        self._put_back(key, request)
        return result

    def _compile(self, key: Key) -> ov.CompiledModel:
        precision, shape = key
        model = self._core.read_model(self._path)
        model.reshape(list(shape))
        hints = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
        if self._threads:
            hints["INFERENCE_NUM_THREADS"] = str(self._threads)
        compiled = self._core.compile_model(model, "CPU", hints)
        _delete_oldest_blobs(self._path.parent / "compiled")
        return compiled

    def _take(self, key: Key) -> ov.InferRequest | None:
        with self._lock:
            return self._requests.pop(key, None)

    def _put_back(self, key: Key, request: ov.InferRequest) -> None:
        """Keep it. Its buffers, which are many times the picture, only if they are small and the last ones used."""
        shape = key[1]
        if prod(shape) // shape[1] * self._pixel_bytes > MAX_BUFFER_BYTES:
            request.get_compiled_model().release_memory()
        with self._lock:
            if self._requests:
                next(reversed(self._requests.values())).get_compiled_model().release_memory()
            self._requests[key] = request
            while len(self._requests) > MAX_COMPILED_SHAPES:
                self._requests.popitem(last=False)


def _delete_oldest_blobs(folder: Path) -> None:
    """Keep the latest MAX_CACHED_BLOBS: photos come in any shape, and each new one takes more of the disk."""
    with suppress(FileNotFoundError):  # another process does the same
        written = sorted((path.stat().st_mtime_ns, path) for path in folder.glob("*.blob"))
        for _modified_ns, path in written[:-MAX_CACHED_BLOBS]:
            path.unlink()


class OpenVINOBackend:
    name = "openvino"
    device = "cpu"

    def __init__(self, cache_dir: Path, threads: int = 0, *, single: bool = False) -> None:
        """`threads` of the processor to use; 0: all. `single`: precision, whatever is faster."""
        self.cache_dir = Path(cache_dir)
        self.threads, self.single = threads, single
        self.core = ov.Core()
        self.core.set_property({"CACHE_DIR": str(self.cache_dir / "compiled")})

    def load(self, style: Style) -> OpenVINOSession:
        path = self._find_or_build(style)
        precision = "f32" if self.single else self.core.read_model(path).get_rt_info(PRECISION_KEY).astype(str)
        return OpenVINOSession(
            path, self.core, pixel_bytes=style.cost.pixel_bytes, precision=precision, threads=self.threads
        )

    def _find_or_build(self, style: Style) -> Path:
        version = f"{CACHE_FORMAT}_{ov.__version__[:9]}"
        path = self.cache_dir / f"{style.architecture}{style.generator_key}_{_fingerprint(style)}_{version}.xml"
        if not path.exists():
            self._save(self._build(style), path)
        return path

    def _build(self, style: Style) -> ov.Model:
        """Return the generator as OpenVINO's graph, with the precision that was chosen for it."""
        if style.graph:
            model = load_graph(style.path, style.graph, self.core)
            precision = self._choose_precision(model, probe_size(style))
        else:
            from inference.architectures.guided import sums_by_convolution
            from inference.checkpoints import load_generator

            network = load_generator(style)
            model = _convert(network)
            precision = self._choose_precision(model, probe_size(style))
            if precision == "f32":
                with sums_by_convolution():
                    model = _convert(network)
        model.set_rt_info(precision, PRECISION_KEY)
        return model

    def _save(self, model: ov.Model, path: Path) -> None:
        self.cache_dir.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{os.getpid()}_{path.name}")
        ov.save_model(model, part, compress_to_fp16=False)
        # The .bin first: whoever sees the .xml finds its .bin beside it.
        part.with_suffix(".bin").replace(path.with_suffix(".bin"))
        part.replace(path)

    def _choose_precision(self, model: ov.Model, size: tuple[int, int]) -> str:
        """Return bf16, several times as fast, on processors that compute in it by themselves, if nobody sees it."""
        if "BF16" not in self.core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            return "f32"
        import torch

        from inference.backends.precision import make_probe, mean_level_error
        from inference.tensors import images_to_batch

        picture = images_to_batch(make_probe(*size), torch.float32).numpy()
        results = (_run_once(self.core, model, picture, precision) for precision in ("f32", "bf16"))
        error = mean_level_error(*map(torch.from_numpy, results))
        logger.info("bfloat16: mean error %.2f of 255", error)
        return "bf16" if error <= MAX_ERROR_LEVELS else "f32"  # not so for NaN


def probe_size(style: Style) -> tuple[int, int]:
    """Return height and width of the probe picture for a style: PROBE_SIZE, or what it takes."""
    height, width = PROBE_SIZE
    return style.fixed_size or (
        height + padding_to_multiple(height, style.multiple),
        width + padding_to_multiple(width, style.multiple),
    )


def _convert(network: "nn.Module") -> ov.Model:
    """Return the network as OpenVINO's graph, for pictures of any size."""
    import torch

    example = torch.zeros(1, 3, 64, 64)
    return ov.convert_model(network, example_input=example, input=[ov.PartialShape([-1, 3, -1, -1])])


def _run_once(core: ov.Core, model: ov.Model, picture: np.ndarray, precision: str) -> np.ndarray:
    fixed = model.clone()
    fixed.reshape(list(picture.shape))
    hints = {"INFERENCE_PRECISION_HINT": precision, "CACHE_DIR": ""}
    return np.array(core.compile_model(fixed, "CPU", hints)([picture])[0], dtype=np.float32)

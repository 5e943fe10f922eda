"""The inference engine: one a process, shared by its threads."""

import importlib.util
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging.resize import downscale, guided_upsample
from imaging.tensors import batch_to_image, image_to_batch, reorder_channels
from inference.backends import Backend, Session
from inference.errors import BadWeights, DeviceUnavailable
from inference.scheduler import FairQueue, Requester, current_requester
from inference.sizes import estimate_cost, padding_to_multiple, working_size
from inference.styles import Style

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class EngineSettings:
    """How an engine works.

    `device`: auto, cpu or cuda. `backend`: auto, torch or openvino. `precision`: single, or auto for half of it where
    that is faster and as good. `parallel`: conversions at a time. `threads`: of the processor, for a conversion on it;
    0: all. `memory_bytes`: of loaded generators.
    """

    device: str = "auto"
    backend: str = "auto"
    precision: str = "auto"
    cache_dir: Path = Path("var/compiled")
    parallel: int = 1
    threads: int = 0
    wait_seconds: float = 60.0
    max_waiting: int = 4  # for a slot; each that waits holds a thread of the server
    memory_bytes: int = 2**30


def choose_backend(settings: EngineSettings) -> Backend:
    """Return the back end of a device: OpenVINO on the CPU, batches on CUDA.

    Each runs in half precision where that is as good. Torch by name is torch in single precision, on either. Raise
    DeviceUnavailable for what this machine does not have.
    """
    if settings.device not in ("auto", "cpu", "cuda"):
        raise DeviceUnavailable(f"INFERENCE_DEVICE is {settings.device!r}; it must be auto, cpu or cuda")
    if settings.backend not in ("auto", "torch", "openvino"):
        raise DeviceUnavailable(f"INFERENCE_BACKEND is {settings.backend!r}; it must be auto, torch or openvino")
    device = settings.device
    if device == "auto":
        wants_cpu = settings.backend == "openvino"
        device = "cuda" if not wants_cpu and has_nvidia_gpu() and _is_cuda_usable() else "cpu"
    if settings.precision not in ("auto", "single"):
        raise DeviceUnavailable(f"INFERENCE_PRECISION is {settings.precision!r}; it must be auto or single")
    is_single = settings.precision == "single"
    if settings.backend == "torch":
        from inference.backends.torch_backend import TorchBackend

        return TorchBackend(device)
    if device == "cuda":
        if settings.backend == "openvino":
            raise DeviceUnavailable("INFERENCE_BACKEND openvino runs on the CPU; INFERENCE_DEVICE says cuda")
        from inference.backends.cuda_backend import CudaBackend

        return CudaBackend(settings.parallel, single=is_single)
    from inference.backends.openvino_backend import OpenVINOBackend

    return OpenVINOBackend(settings.cache_dir, settings.threads, single=is_single)


def choose_graph_backend(settings: EngineSettings, backend: Backend) -> Backend:
    """Return what runs published graphs beside a back end: itself, ONNX Runtime on its GPU, or OpenVINO.

    torch runs no graphs. ONNX Runtime is there where somebody has installed it for CUDA; without it graphs run on
    the processor.
    """
    from inference.backends.openvino_backend import OpenVINOBackend

    if isinstance(backend, OpenVINOBackend):
        return backend
    on_processor = OpenVINOBackend(settings.cache_dir, settings.threads, single=settings.precision == "single")
    if backend.device != "cuda":
        return on_processor
    if importlib.util.find_spec("onnxruntime"):
        from inference.backends.onnx_backend import CUDA, OnnxBackend, has_provider

        if has_provider(CUDA):
            return OnnxBackend(CUDA, on_processor)
    logger.warning("graphs run on the processor: install onnxruntime-gpu to run them on the GPU")
    return on_processor


def has_nvidia_gpu() -> bool:
    """Return whether the system has a driver for an NVIDIA GPU."""
    # A cheap look first: importing torch takes seconds, and a serving process on the CPU can do without it.
    return Path("/dev/nvidiactl").exists()


def _is_cuda_usable() -> bool:
    import torch

    return torch.cuda.is_available()


class Engine:
    """Converts pictures. All methods may be called from any thread."""

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        self._backend: Backend | None = None
        self._graph_backend: Backend | None = None
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._keys: dict[tuple[str, bool], str] = {}  # the newest of each style, by `id` and `is_fast`
        self._lock = threading.Lock()
        self._thread = threading.local()
        self.queue = FairQueue(
            settings.parallel,
            max_waiting=settings.max_waiting,
            max_waiting_per_requester=max(1, settings.max_waiting // 2),
        )

    @property
    def backend(self) -> Backend:
        """Return the back end, made on first use. Raise DeviceUnavailable."""
        with self._lock:
            if self._backend is None:
                self._backend = choose_backend(self.settings)
            return self._backend

    def backend_for(self, style: Style) -> Backend:
        """Return the back end that runs a style: not all of them run graphs. Raise DeviceUnavailable."""
        backend = self.backend
        if not style.graph:
            return backend
        with self._lock:
            if self._graph_backend is None:
                self._graph_backend = choose_graph_backend(self.settings, backend)
            return self._graph_backend

    def load_session(self, style: Style) -> Session:
        """Return the generator of a style, loaded once and kept until others need its memory. Raise BadWeights."""
        backend = self.backend_for(style)
        with self._lock:
            try:
                key = self._keys[style.id, style.is_fast] = style.version
            except FileNotFoundError as error:
                # An operator has removed it meanwhile: what is being converted with it is converted to the end.
                key = self._keys.get((style.id, style.is_fast), "")
                if key not in self._sessions:
                    raise BadWeights(f"{style.path}: no such file") from error
            if key not in self._sessions:
                self._sessions[key] = backend.load(style)
                self._unload_oldest()
            self._sessions.move_to_end(key)
            return self._sessions[key]

    def _unload_oldest(self) -> None:
        while len(self._sessions) > 1 and self._loaded_bytes() > self.settings.memory_bytes:
            self._sessions.popitem(last=False)

    def _loaded_bytes(self) -> int:
        return sum(session.size_bytes for session in self._sessions.values())

    @contextmanager
    def slot(self, cost: float | None = None) -> Iterator[None]:
        """Hold one of the slots for conversions; a thread that holds one already keeps it.

        `cost` is as of `sizes.estimate_cost`; None: not known. Raise EngineBusy if no slot becomes free within the
        wait, or at once if too many wait already; ClientDisconnected if the requester leaves meanwhile.
        """
        if getattr(self._thread, "holds_slot", False):
            yield
            return
        with self.queue.slot(current_requester.get() or Requester(), cost, self.settings.wait_seconds):
            self._thread.holds_slot = True
            try:
                yield
            finally:
                self._thread.holds_slot = False

    def stylize(self, image: np.ndarray, style: Style, detail: str = "balanced") -> np.ndarray:
        """Return the picture in a style: uint8 [H,W,3] RGB in, the same out, whatever the size.

        Raise BadWeights for a missing or damaged file of the style, NonFiniteResult where it makes no picture of this
        one, what `slot` raises, and KeyError for an unknown detail.
        """
        height, width = image.shape[:2]
        size = working_size(height, width, style, detail)
        session = self.load_session(style)
        with self.slot(estimate_cost(height, width, style, detail)):
            if size == (height, width):
                return run_padded(session, image, style)
            small = downscale(image, *size)
            return guided_upsample(image, small, run_padded(session, small, style))


def run_padded(session: Session, image: np.ndarray, style: Style) -> np.ndarray:
    """Convert uint8 [H,W,3] RGB at its own size: mirrored borders fill it up to what the network takes.

    Only what is larger than a style takes that knows one size is worked on smaller. Raise NonFiniteResult.
    """
    height, width = image.shape[:2]
    if style.fixed_size and (height > style.fixed_size[0] or width > style.fixed_size[1]):
        scale = min(style.fixed_size[0] / height, style.fixed_size[1] / width)
        small = downscale(image, max(1, int(height * scale)), max(1, int(width * scale)))
        return guided_upsample(image, small, run_padded(session, small, style))
    padding = (*_missing_pixels(height, width, style), (0, 0))
    padded = np.pad(image, padding, mode="symmetric") if any(after for _, after in padding) else image
    if session.accepts_pixels:
        result = reorder_channels(session.run(reorder_channels(padded, style.color_order)[None])[0], style.color_order)
    else:
        result = batch_to_image(session.run(image_to_batch(padded, style.color_order)), style.color_order)
    return result[:height, :width]


def _missing_pixels(height: int, width: int, style: Style) -> list[tuple[int, int]]:
    """Return how many pixels to add before and after the rows, and the columns, of a picture."""
    if style.fixed_size:
        return [(0, style.fixed_size[0] - height), (0, style.fixed_size[1] - width)]
    return [(0, padding_to_multiple(side, style.multiple)) for side in (height, width)]

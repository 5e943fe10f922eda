"""In which number format a device runs a generator: measured with the generator itself, on that device."""

import copy
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from imaging.tensors import LEVELS_PER_UNIT
from inference.backends.pixel_network import PixelNetwork
from inference.tensors import images_to_batch

MAX_ERROR_LEVELS = 2.0  # on average, in levels of 255
TIE_FACTOR = 1.1  # times the seconds of the fastest: closer than this, the measurement cannot tell
# Large enough to keep a GPU busy, divisible by what any network asks for, and no usual size of a photo: cuDNN keeps to
# what it took for a size untuned.
PROBE_SIZE = (656, 912)
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PrecisionTrial:
    """`error`: mean distance from single precision in levels of 255; NaN where the format is too small for it."""

    dtype: torch.dtype
    error: float
    seconds: float


def make_probe(height: int, width: int) -> Tensor:
    """Return uint8 [1,H,W,3], hard on a number format: slopes, flat black and white, noise, with edges between."""
    slope = torch.linspace(0, 255, width).expand(height, width)
    channels = [slope, slope.flip(1), torch.linspace(0, 255, height)[:, None].expand(height, width)]
    picture = torch.stack(channels, dim=-1).to(torch.uint8)
    noise = torch.randint(0, 256, (height, width, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    third, half = height // 3, width // 2
    picture[:third, :half] = noise[:third, :half]
    picture[-third:, :half] = 0
    picture[-third:, half:] = 255
    return picture[None]


def mean_level_error(one: Tensor, other: Tensor) -> float:
    """Return how far two results [N,3,H,W], about [-1,1], are apart when they are seen: in levels of 255."""
    return (one.float().clamp(-1, 1) - other.float().clamp(-1, 1)).abs().mean().item() * LEVELS_PER_UNIT


def supports_bfloat16(device: str) -> bool:
    """Return whether the device computes in bfloat16 by itself.

    GPUs do since Ampere, x86 processors with AMX or AVX512-BF16, and newer ones of ARM.
    """
    if device.startswith("cuda"):
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("amx_bf16", "avx512_bf16", "bf16", "sve_bf16"))


def half_precision_dtypes(device: str) -> list[torch.dtype]:
    """Return those to measure: not bfloat16 for GPUs that only imitate it."""
    return [torch.float16, torch.bfloat16] if device == "cpu" or supports_bfloat16(device) else [torch.float16]


def choose_precision(
    network: nn.Module, device: str, *, size: tuple[int, int] = PROBE_SIZE, max_error: float = MAX_ERROR_LEVELS
) -> torch.dtype:
    """Return the fastest format whose result for a probe picture is close enough to that of single precision.

    `network` is in single precision and stays so. Of formats that are about as fast, half precision goes first,
    which takes half the memory, and of the two halves the more exact one.
    """
    x = images_to_batch(make_probe(*size), torch.float32).to(device)
    expected, seconds = _run(network, torch.float32, x)
    trials = [PrecisionTrial(torch.float32, 0.0, seconds)]
    for dtype in half_precision_dtypes(device):
        try:
            result, seconds = _run(network, dtype, x)
        except RuntimeError as error:
            logger.warning("%s does not work on this device: %s", dtype, error)
            continue
        trial = PrecisionTrial(dtype, mean_level_error(result, expected), seconds)
        logger.info("%s: mean error %.2f of 255, %.1f ms", dtype, trial.error, 1000 * seconds)
        if trial.error <= max_error:  # not so for NaN
            trials.append(trial)
    fastest = min(trial.seconds for trial in trials)
    near = [trial for trial in trials if trial.seconds <= TIE_FACTOR * fastest]
    return min(near, key=lambda trial: (trial.dtype == torch.float32, trial.error)).dtype


def _run(network: nn.Module, dtype: torch.dtype, x: Tensor) -> tuple[Tensor, float]:
    """Return the result, and the seconds of the best of three runs after a first one."""
    converter = PixelNetwork(copy.deepcopy(network), dtype)
    result = converter(x)
    return result, min(_time(lambda: converter(x), x.device) for _ in range(3))


def _time(run: Callable[[], object], device: torch.device) -> float:
    _synchronize(device)
    started = time.perf_counter()
    run()
    _synchronize(device)
    return time.perf_counter() - started


def _synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()

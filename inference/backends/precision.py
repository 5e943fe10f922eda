"""In which number format a card runs a generator: measured with the generator itself, on that card."""

import copy
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from inference.backends.pixels import PixelNetwork
from inference.tensors import images_to_batch

MOST_ERROR = 2.0  # on average, in levels of 255
AS_FAST = 1.1  # times the seconds of the fastest: closer than this, the measurement cannot tell
# Large enough to keep a card busy, and no usual size of a photo: cuDNN keeps to what it took for a size untuned.
PROBE_SIZE = (648, 904)
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trial:
    """`error`: mean distance from single precision in levels of 255; NaN where the format is too small for it."""

    dtype: torch.dtype
    error: float
    seconds: float


def probe(height: int, width: int) -> Tensor:
    """uint8 [1,H,W,3]: what is hard on a number format. Slopes, flat black and white, and noise, with edges between."""
    slope = torch.linspace(0, 255, width).expand(height, width)
    channels = [slope, slope.flip(1), torch.linspace(0, 255, height)[:, None].expand(height, width)]
    picture = torch.stack(channels, dim=-1).to(torch.uint8)
    noise = torch.randint(0, 256, (height, width, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    third, half = height // 3, width // 2
    picture[:third, :half] = noise[:third, :half]
    picture[-third:, :half] = 0
    picture[-third:, half:] = 255
    return picture[None]


def mean_error(one: Tensor, other: Tensor) -> float:
    """How far two results [N,3,H,W], about [-1,1], are apart when they are seen: in levels of 255."""
    return (one.float().clamp(-1, 1) - other.float().clamp(-1, 1)).abs().mean().item() * 127.5


def computes_in_bfloat16(device: str) -> bool:
    """By itself: graphics cards since Ampere, x86 processors with AMX or AVX512-BF16, newer ones of ARM."""
    if device.startswith("cuda"):
        return torch.cuda.is_bf16_supported(including_emulation=False)
    has = torch.cpu.get_capabilities()
    return any(has.get(name, False) for name in ("amx_bf16", "avx512_bf16", "bf16", "sve_bf16"))


def half_formats(device: str) -> list[torch.dtype]:
    """Those to measure: of cards, not bfloat16 where they only imitate it."""
    return [torch.float16, torch.bfloat16] if device == "cpu" or computes_in_bfloat16(device) else [torch.float16]


def choose_precision(
    network: nn.Module, device: str, *, size: tuple[int, int] = PROBE_SIZE, most_error: float = MOST_ERROR
) -> torch.dtype:
    """The fastest format whose result for a probe picture is close enough to that of single precision.

    `network` is in single precision and stays so. Of formats that are about as fast, half precision goes first,
    which takes half the memory, and of the two halves the more exact one.
    """
    x = images_to_batch(probe(*size), torch.float32).to(device)
    expected, seconds = _run(network, torch.float32, x)
    trials = [Trial(torch.float32, 0.0, seconds)]
    for dtype in half_formats(device):
        try:
            result, seconds = _run(network, dtype, x)
        except RuntimeError as error:
            logger.warning("%s does not work on this device: %s", dtype, error)
            continue
        trial = Trial(dtype, mean_error(result, expected), seconds)
        logger.info("%s: mean error %.2f of 255, %.1f ms", dtype, trial.error, 1000 * seconds)
        if trial.error <= most_error:  # not so for NaN
            trials.append(trial)
    fastest = min(trial.seconds for trial in trials)
    near = [trial for trial in trials if trial.seconds <= AS_FAST * fastest]
    return min(near, key=lambda trial: (trial.dtype == torch.float32, trial.error)).dtype


def _run(network: nn.Module, dtype: torch.dtype, x: Tensor) -> tuple[Tensor, float]:
    """The result, and the seconds of the best of three runs after a first one."""
    converter = PixelNetwork(copy.deepcopy(network), dtype)
    result = converter(x)
    return result, min(_seconds(lambda: converter(x), x.device) for _ in range(3))


def _seconds(run: Callable[[], object], device: torch.device) -> float:
    _await_card(device)
    started = time.perf_counter()
    run()
    _await_card(device)
    return time.perf_counter() - started


def _await_card(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()

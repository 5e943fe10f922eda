"""(5) The limit: how fast this machine multiplies matrices in single precision; and how much work a network is."""

from collections.abc import Callable
from functools import cache

from benchmarks.speed.material import Material

SIDE = 2048  # of the square matrices
PRODUCTS = 5  # a turn
COUNTED = 64  # pixels, height and width that a network's work is counted at
GFLOP = PRODUCTS * 2 * SIDE**3 / 1e9  # a turn's multiplications and additions, in 1e9


def prepare(material: Material, height: int, width: int) -> Callable[[], None]:
    """Products in torch, which calls oneDNN or MKL for them. The size of the photo does not matter."""
    import torch

    a, b = torch.rand(SIDE, SIDE), torch.rand(SIDE, SIDE)

    def run() -> None:
        for _ in range(PRODUCTS):
            torch.mm(a, b)

    return run


@cache
def _gflop_a_pixel(network: str) -> float:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from inference.architectures import build_network

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        build_network(network)(torch.zeros(1, 3, COUNTED, COUNTED))
    return counter.get_total_flops() / 1e9 / COUNTED**2


def network_gflop(network: str, height: int, width: int) -> float:
    """Multiplications and additions in the convolutions of one picture of this size in pixels, in 1e9.

    Every convolution's are in proportion to the picture's pixels.
    """
    return _gflop_a_pixel(network) * height * width

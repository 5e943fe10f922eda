"""Who takes part in which race."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.speed import matrix, new_process, onnx_runtime, ours, published
from benchmarks.speed.matrix import network_gflop
from benchmarks.speed.site import BACKENDS
from benchmarks.speed.worker import Convert
from inference.sizes import working_size
from inference.styles import Style

PUBLISHED = "(1) published script"
NEW_PROCESS = "(2) a new process each"
ONNX = "(3) ONNX Runtime"
MATRIX = "(5) matrix products"


@dataclass(frozen=True)
class Contestant:
    """`gflop`: of a turn, in 1e9. `prepare` is called in the contestant's own process, with material, height, width."""

    name: str
    gflop: float
    prepare: Callable[..., Convert]


def our_name(style: str, backend: str) -> str:
    return f"(4) {style}, {backend}"


def list_our_conversions(styles: list[Style], height: int, width: int) -> list[Contestant]:
    """(4), from a photo's file to the result's file."""
    work = {
        style.id: network_gflop(style.architecture, *working_size(height, width, style, ours.DETAIL))
        for style in styles
    }
    return _ours(ours.prepare, work)


def list_conversions(styles: list[Style], height: int, width: int) -> list[Contestant]:
    """All, from a photo's file to the result's file."""
    at_32, at_8 = (
        network_gflop("animegan2", module.resized_side(height), module.resized_side(width))
        for module in (published, onnx_runtime)
    )
    return [
        Contestant(PUBLISHED, at_32, published.prepare),
        Contestant(NEW_PROCESS, at_32, new_process.prepare),
        Contestant(ONNX, at_8, onnx_runtime.prepare),
        *list_our_conversions(styles, height, width),
        Contestant(MATRIX, matrix.GFLOP, matrix.prepare),
    ]


def list_networks(styles: list[Style], height: int, width: int) -> list[Contestant]:
    """From numbers to numbers, at this very size."""
    animegan2 = network_gflop("animegan2", height, width)
    return [
        Contestant(PUBLISHED, animegan2, published.prepare_network),
        Contestant(ONNX, animegan2, onnx_runtime.prepare_network),
        *_ours(ours.prepare_network, {style.id: network_gflop(style.architecture, height, width) for style in styles}),
        Contestant(MATRIX, matrix.GFLOP, matrix.prepare),
    ]


def _ours(prepare: Callable[..., Convert], work: dict[str, float]) -> list[Contestant]:
    """Of each style, whose `work` is in GFLOP, on each back end."""
    return [
        Contestant(our_name(style, backend), gflop, partial(prepare, style, backend))
        for style, gflop in work.items()
        for backend in BACKENDS
    ]

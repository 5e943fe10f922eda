"""What is recorded for a shape, and what happens where nothing can be recorded."""

import logging

import pytest
import torch
from torch import Tensor

from inference.backends.cuda_backend import split_batch
from inference.backends.cuda_graphs import MAX_GRAPHS, MAX_SEEN_SHAPES, GraphCache

pytestmark = pytest.mark.no_database

without_card = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA card")
with_card = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA card")


def halve(x: Tensor) -> Tensor:
    return x / 2


def picture(value: float, width: int = 8) -> Tensor:
    return torch.full((1, 3, 8, width), value)


@without_card
def test_where_nothing_can_be_recorded_it_runs_step_by_step_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    graphs = GraphCache(halve, "cpu")
    with caplog.at_level(logging.WARNING):
        for value in (1.0, 2.0, 3.0, 4.0):
            assert torch.equal(graphs.run(picture(value)), picture(value / 2))
    (told,) = caplog.messages
    assert told.startswith("no CUDA graph for (1, 3, 8, 8), it runs step by step: ")
    assert len(told) > 60, "no reason"


@without_card
def test_shapes_without_end_are_not_remembered_without_end() -> None:
    graphs = GraphCache(halve, "cpu")
    for _ in range(2):
        for width in range(1, MAX_SEEN_SHAPES + 10):
            graphs.run(picture(1.0, width))
            graphs.run(picture(1.0, width))
    assert len(graphs._seen) == MAX_SEEN_SHAPES
    assert len(graphs._kept) == MAX_GRAPHS


@pytest.mark.parametrize(
    ("count", "most", "expected"),
    [(1, 8, [1]), (7, 8, [4, 2, 1]), (8, 8, [8]), (5, 3, [2, 2, 1]), (32, 5, [4] * 8), (3, 1, [1, 1, 1])],
)
def test_a_batch_is_divided_into_powers_of_two(count: int, most: int, expected: list[int]) -> None:
    assert split_batch(count, most) == expected


@with_card
@torch.inference_mode()
def test_a_recorded_shape_gives_what_it_gave_before() -> None:
    graphs = GraphCache(halve, "cuda")
    with torch.cuda.stream(torch.cuda.Stream()):
        for value in (1.0, 2.0, 3.0, 4.0):
            for width in range(8, 8 + MAX_GRAPHS + 2):
                source = picture(value, width).pin_memory()
                assert torch.equal(graphs.run(source).cpu(), source / 2)
    assert len(graphs._kept) == MAX_GRAPHS
    assert all(graphs._kept.values())
    graphs.clear()
    assert not graphs._kept


@with_card
@torch.inference_mode()
def test_what_cannot_be_recorded_runs_step_by_step(caplog: pytest.LogCaptureFixture) -> None:
    def look(x: Tensor) -> Tensor:
        return x / 2 if x.sum().item() > 0 else x  # waits for the card, which a recording cannot

    graphs = GraphCache(look, "cuda")
    with torch.cuda.stream(torch.cuda.Stream()), caplog.at_level(logging.WARNING):
        for value in (1.0, 2.0, 3.0):
            assert torch.equal(graphs.run(picture(value).pin_memory()).cpu(), picture(value / 2))
    assert len(caplog.messages) == 1

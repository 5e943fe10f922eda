"""Conversions on a CUDA card, beside those of torch in single precision on the processor."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from imaging.tensors import batch_to_image, image_to_batch
from inference.backends.batching import BatchingSession
from inference.backends.cuda_backend import CudaBackend, CudaSession
from inference.backends.gpu_worker import MEMORY_SHARE
from inference.backends.precision import MAX_ERROR_LEVELS
from inference.backends.torch_backend import TorchBackend
from inference.engine import Engine, EngineSettings
from inference.errors import DeviceUnavailable
from inference.styles import Style
from tests.inference.material import apart, photo, run_python, style_of

pytestmark = pytest.mark.no_database

without_card = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA card")
with_card = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA card")


@pytest.fixture(scope="module")
def backend() -> CudaBackend:
    return CudaBackend()


@pytest.fixture(params=["compact", "animegan2"])
def style(request: pytest.FixtureRequest, ink: Style, painter: Path) -> Style:
    return ink if request.param == "compact" else style_of(painter, "animegan2")


def _exact(style: Style, picture: np.ndarray) -> np.ndarray:
    return batch_to_image(TorchBackend().load(style).run(image_to_batch(picture)))


@without_card
def test_the_back_end_of_a_card_that_is_not_there_says_so() -> None:
    with pytest.raises(DeviceUnavailable, match="torch finds no CUDA card"):
        CudaBackend()


@without_card
def test_the_benchmark_of_a_card_that_is_not_there_says_so() -> None:
    done = run_python("benchmarks/gpu.py")
    assert done.returncode == 1
    assert "no CUDA card" in done.stderr
    assert not done.stdout


@with_card
def test_pixels_and_floats_are_converted_as_on_the_processor(backend: CudaBackend, style: Style) -> None:
    session = backend.load(style)
    for seed in range(4):  # the first runs step by step, the second is recorded, the others are replayed
        picture = photo(64, 104, seed)
        expected = _exact(style, picture)
        assert apart(batch_to_image(session.run(image_to_batch(picture))), expected).mean() <= MAX_ERROR_LEVELS
        assert apart(session.run(picture[None])[0], expected).mean() <= MAX_ERROR_LEVELS


@with_card
def test_pictures_of_a_batch_do_not_mix(backend: CudaBackend, style: Style) -> None:
    session = backend.load(style)
    pictures = np.stack([photo(64, 64, seed) for seed in range(7)])
    for result, picture in zip(session.run(pictures), pictures, strict=True):
        assert apart(result, session.run(picture[None])[0]).mean() <= 1


@with_card
def test_a_result_is_not_written_over_by_the_next_one(backend: CudaBackend, ink: Style) -> None:
    session = backend.load(ink)
    results = [session.run(photo(64, 64, seed)[None]) for seed in range(4)]
    again = [session.run(photo(64, 64, seed)[None]) for seed in range(4)]
    assert all(apart(one, other).max() <= 1 for one, other in zip(results, again, strict=True))


@with_card
def test_larger_pictures_are_fewer_at_once(backend: CudaBackend, ink: Style) -> None:
    session = backend.load(ink)
    assert isinstance(session, CudaSession)
    assert session.max_batch((512, 512, 3)) >= session.max_batch((1024, 1024, 3)) >= 1
    assert session.max_batch((10**6, 10**6, 3)) == 1


@with_card
def test_a_picture_that_does_not_fit_is_told_and_others_go_on(backend: CudaBackend, ink: Style) -> None:
    session = backend.load(ink)
    torch.cuda.empty_cache()
    little = torch.cuda.memory_allocated() + 64 * 2**20
    torch.cuda.set_per_process_memory_fraction(little / torch.cuda.mem_get_info()[1])
    try:
        with pytest.raises(torch.OutOfMemoryError):
            session.run(np.zeros((1, 4096, 4096, 3), np.uint8))
        assert session.run(photo(64, 64)[None]).shape == (1, 64, 64, 3)
    finally:
        torch.cuda.set_per_process_memory_fraction(MEMORY_SHARE)


@with_card
def test_many_threads_share_a_card(ink: Style) -> None:
    engine = Engine(EngineSettings(device="cuda", parallel=8, max_waiting=99))
    assert isinstance(engine.load_session(ink), BatchingSession)
    pictures = [photo(96, 96 + 8 * (number % 2), number) for number in range(32)]
    with ThreadPoolExecutor(16) as threads:
        results = threads.map(lambda picture: engine.stylize(picture, ink), pictures)
        for result, picture in zip(results, pictures, strict=True):
            assert apart(result, _exact(ink, picture)).mean() <= MAX_ERROR_LEVELS

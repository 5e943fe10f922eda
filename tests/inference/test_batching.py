"""The micro-batcher, with sessions on the processor: it does not know where they run."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from inference.backends import Session
from inference.backends.batching import BatchingSession
from inference.backends.torch_backend import TorchBackend
from inference.engine import Engine, EngineSettings
from inference.styles import Style
from tests.inference.material import batch, photo, style_of

pytestmark = pytest.mark.no_database

FOR_EVER = 3600.0  # a group that waits this long runs only because it is full
PATIENT = 60.0


class Watched:
    """A session that notes how many pictures each of its runs had, and does something before them."""

    def __init__(self, session: Session, before: Callable[[np.ndarray], None] = lambda batch: None) -> None:
        self.size_bytes, self.accepts_pixels = session.size_bytes, session.accepts_pixels
        self.runs: list[int] = []
        self._session, self._before = session, before

    def run(self, batch: np.ndarray) -> np.ndarray:
        self.runs.append(len(batch))
        self._before(batch)
        return self._session.run(batch)


class Negative:
    size_bytes = 0
    accepts_pixels = False

    def run(self, batch: np.ndarray) -> np.ndarray:
        return -batch


def refuse_nan(batch: np.ndarray) -> None:
    if np.isnan(batch).any():
        raise ValueError(f"not a picture: {np.nanmax(batch):.0f}")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as threads:
        yield threads


def at_once(pool: ThreadPoolExecutor, session: Session, pictures: Iterable[np.ndarray]) -> list["Future[np.ndarray]"]:
    return [pool.submit(session.run, picture) for picture in pictures]


def results(futures: Iterable["Future[np.ndarray]"]) -> list[np.ndarray]:
    return [future.result(PATIENT) for future in futures]


def flat(value: float, height: int = 32) -> np.ndarray:
    return np.full((1, 3, height, 40), value, np.float32)


@pytest.mark.parametrize("network", ["compact", "animegan2"])
def test_each_thread_gets_what_it_would_get_alone(
    pool: ThreadPoolExecutor, ink: Style, painter: Path, network: str
) -> None:
    alone = TorchBackend().load(ink if network == "compact" else style_of(painter, "animegan2"))
    watched = Watched(alone)
    together = BatchingSession(watched, lambda shape: 3, wait_seconds=FOR_EVER)
    pictures = [batch(32, 40) * scale for scale in np.float32((1, 0.9, 0.6, 0.5, 0.2, -1))]
    for result, picture in zip(results(at_once(pool, together, pictures)), pictures, strict=True):
        np.testing.assert_allclose(result, alone.run(picture), atol=1e-4)
    assert watched.runs == [3, 3]


def test_who_is_alone_does_not_wait_for_ever() -> None:
    session = BatchingSession(Negative(), lambda shape: 8)
    assert np.array_equal(session.run(flat(0.5)), flat(-0.5))
    assert not session._open


def test_a_picture_that_fills_a_batch_by_itself_does_not_wait() -> None:
    session = BatchingSession(Negative(), lambda shape: 1, wait_seconds=FOR_EVER)
    assert np.array_equal(session.run(flat(0.5)), flat(-0.5))


def test_what_comes_as_a_batch_is_run_as_it_is() -> None:
    watched = Watched(Negative())
    session = BatchingSession(watched, lambda shape: 8, wait_seconds=FOR_EVER)
    two = np.concatenate([flat(0.5), flat(0.25)])
    assert np.array_equal(session.run(two), -two)
    assert watched.runs == [2]


def test_only_pictures_of_one_shape_and_kind_are_a_batch(pool: ThreadPoolExecutor) -> None:
    watched = Watched(Negative())
    session = BatchingSession(watched, lambda shape: 2, wait_seconds=FOR_EVER)
    pictures = [kind for value in (1, 2) for kind in (flat(value), flat(value, 48), flat(value).astype(np.int16))]
    for result, picture in zip(results(at_once(pool, session, pictures)), pictures, strict=True):
        assert result.dtype == picture.dtype
        assert np.array_equal(result, -picture)
    assert watched.runs == [2, 2, 2]


def test_a_shape_of_which_fewer_fit_is_run_in_smaller_batches(pool: ThreadPoolExecutor) -> None:
    watched = Watched(Negative())
    session = BatchingSession(watched, lambda shape: {32: 4, 64: 2}[shape[1]], wait_seconds=FOR_EVER)
    results(at_once(pool, session, [flat(value) for value in range(4)]))
    results(at_once(pool, session, [flat(value, 64) for value in range(4)]))
    assert watched.runs == [4, 2, 2]


def test_one_that_fails_does_not_fail_the_others(pool: ThreadPoolExecutor) -> None:
    watched = Watched(Negative(), refuse_nan)
    session = BatchingSession(watched, lambda shape: 4, wait_seconds=FOR_EVER)
    bad = flat(3)
    bad[0, 0, 0, 0] = np.nan
    first, failed, second, third = at_once(pool, session, [flat(1), bad, flat(2), flat(4)])
    for future, value in ((first, 1), (second, 2), (third, 4)):
        assert np.array_equal(future.result(PATIENT), flat(-value))
    with pytest.raises(ValueError, match="not a picture: 3"):
        failed.result(PATIENT)
    assert watched.runs == [4, 1, 1, 1, 1]


def test_where_all_fail_each_is_told_of_its_own_failure(pool: ThreadPoolExecutor) -> None:
    session = BatchingSession(Watched(Negative(), refuse_nan), lambda shape: 3, wait_seconds=FOR_EVER)
    pictures = [flat(value) for value in (1, 2, 3)]
    for picture in pictures:
        picture[0, 0, 0, 0] = np.nan
    for value, future in enumerate(at_once(pool, session, pictures), start=1):
        with pytest.raises(ValueError, match=f"not a picture: {value}"):
            future.result(PATIENT)
    assert not session._open


def test_who_is_stopped_while_running_a_batch_leaves_nobody_waiting(pool: ThreadPoolExecutor) -> None:
    def stop_the_first(_: np.ndarray) -> None:
        if len(watched.runs) == 1:
            raise KeyboardInterrupt

    watched = Watched(Negative(), stop_the_first)
    session = BatchingSession(watched, lambda shape: 3, wait_seconds=FOR_EVER)
    futures = at_once(pool, session, [flat(value) for value in (1, 2, 3)])
    stopped = [isinstance(future.exception(PATIENT), KeyboardInterrupt) for future in futures]
    assert sum(stopped) == 1
    for value, future, was_stopped in zip((1, 2, 3), futures, stopped, strict=True):
        assert was_stopped or np.array_equal(future.result(), flat(-value))


def test_who_comes_while_a_batch_runs_does_not_wait_for_it(pool: ThreadPoolExecutor) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def hold_the_first(_: np.ndarray) -> None:
        if len(watched.runs) == 1:
            begun.set()
            assert may_end.wait(PATIENT)

    watched = Watched(Negative(), hold_the_first)
    session = BatchingSession(watched, lambda shape: 2, wait_seconds=FOR_EVER)
    held = at_once(pool, session, [flat(1), flat(2)])
    assert begun.wait(PATIENT)
    others = results(at_once(pool, session, [flat(3), flat(4)]))
    assert [result[0, 0, 0, 0] for result in others] == [-3, -4]
    assert not any(future.done() for future in held)
    may_end.set()
    assert [result[0, 0, 0, 0] for result in results(held)] == [-1, -2]


def test_many_threads_with_many_shapes_all_get_their_own(pool: ThreadPoolExecutor) -> None:
    watched = Watched(Negative())
    session = BatchingSession(watched, lambda shape: 4, wait_seconds=0.001)
    pictures = [flat(number, 32 + 8 * (number % 3)) for number in range(300)]
    for result, picture in zip(results(at_once(pool, session, pictures)), pictures, strict=True):
        assert np.array_equal(result, -picture)
    assert sum(watched.runs) == len(pictures)
    assert max(watched.runs) <= 4
    assert not session._open


class BatchingBackend(TorchBackend):
    """Torch on the processor, batched as on a card."""

    def load(self, style: Style) -> Session:  # type: ignore[override]
        return BatchingSession(super().load(style), lambda shape: 3, wait_seconds=0.01)


def test_an_engine_with_fewer_places_than_a_batch_has_room_for_goes_on(pool: ThreadPoolExecutor, ink: Style) -> None:
    pictures = [photo(64, 64 + 8 * (number % 2), seed=number) for number in range(12)]
    plain = Engine(EngineSettings(device="cpu", backend="torch"))
    expected = [plain.stylize(picture, ink) for picture in pictures]
    engine = Engine(EngineSettings(device="cpu", parallel=2, max_waiting=99))
    engine._backend = BatchingBackend()
    converted = [pool.submit(engine.stylize, picture, ink) for picture in pictures]
    for future, right in zip(converted, expected, strict=True):
        assert np.abs(future.result(PATIENT).astype(int) - right).max() <= 1

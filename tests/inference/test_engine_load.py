"""The engine under load: many threads, no place, little memory."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np
import pytest

from inference.engine import Engine, EngineSettings
from inference.errors import EngineBusy
from inference.styles import Style
from tests.inference.material import PEAK, photo, run_python, style_of, write_weights

pytestmark = pytest.mark.no_database

SIZES = ((40, 56), (200, 150))


def test_eight_threads_get_what_one_after_another_would(engine: Engine, ink: Style, compiled: Path) -> None:
    pictures = [photo(*SIZES[n % len(SIZES)], seed=n) for n in range(16)]
    expected = [engine.stylize(picture, ink) for picture in pictures]
    shared = Engine(EngineSettings(device="cpu", cache_dir=compiled, parallel=4, max_waiting=8))
    start = threading.Barrier(8)

    def work(thread: int) -> list[np.ndarray]:
        start.wait()
        return [shared.stylize(picture, ink) for picture in pictures[thread::8]]

    with ThreadPoolExecutor(8) as threads:
        for thread, results in enumerate(threads.map(work, range(8))):
            for result, right in zip(results, expected[thread::8], strict=True):
                assert np.array_equal(result, right)


def test_eight_threads_at_once_load_a_style_once(tmp_path: Path) -> None:
    style = style_of(write_weights(tmp_path / "w.pt"))
    engine, start = Engine(EngineSettings(device="cpu", backend="torch")), threading.Barrier(8)

    def load(_: int) -> int:
        start.wait()
        return id(engine.load_session(style))

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(load, range(8)))) == 1


@pytest.fixture
def impatient(in_torch: Engine, ink: Style) -> Engine:
    engine = Engine(EngineSettings(device="cpu", backend="torch", wait_seconds=0.05))
    engine.load_session(ink)
    return engine


def _elsewhere(engine: Engine, style: Style) -> np.ndarray:
    """A small conversion in a thread of its own."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(engine.stylize, photo(32, 32), style).result()


def test_without_a_free_place_the_engine_is_busy(impatient: Engine, ink: Style) -> None:
    with impatient.slot(), pytest.raises(EngineBusy, match="try again in") as caught:
        _elsewhere(impatient, ink)
    assert caught.value.retry_after >= 1
    assert _elsewhere(impatient, ink).shape == (32, 32, 3)


def test_who_holds_a_place_converts_in_it_and_keeps_it(impatient: Engine, ink: Style) -> None:
    with impatient.slot():
        for _ in range(2):
            assert impatient.stylize(photo(32, 32), ink).shape == (32, 32, 3)
            with pytest.raises(EngineBusy):
                _elsewhere(impatient, ink)
    assert _elsewhere(impatient, ink).shape == (32, 32, 3)


def test_who_would_be_one_too_many_to_wait_is_told_at_once(ink: Style) -> None:
    engine = Engine(EngineSettings(device="cpu", backend="torch", wait_seconds=300, max_waiting=1))
    engine.load_session(ink)
    with ThreadPoolExecutor(2) as others:
        with engine.slot():
            started = time.monotonic()
            two = [others.submit(engine.stylize, photo(32, 32), ink) for _ in range(2)]
            told = next(as_completed(two))
            with pytest.raises(EngineBusy):
                told.result()
            assert time.monotonic() - started < 100
        (patient,) = (one for one in two if one is not told)
        assert patient.result().shape == (32, 32, 3)


def test_a_conversion_holds_its_place_until_it_is_done(impatient: Engine, ink: Style) -> None:
    busy = 0
    with ThreadPoolExecutor(1) as other:
        # At this size, unlike at those of the other tests, there is a good part of a second's work.
        long = other.submit(impatient.stylize, photo(1500, 1500), style_of(ink.path, working_size=640))
        while not (impatient.queue._served or long.done()):
            time.sleep(0.001)  # until it has its place: it would not wait for it behind another one either
        while not long.done():
            try:
                impatient.stylize(photo(8, 8), ink)
            except EngineBusy:
                busy += 1
    assert long.result().shape == (1500, 1500, 3)
    assert busy > 0
    assert impatient.stylize(photo(32, 32), ink).shape == (32, 32, 3)


def test_the_time_to_try_again_follows_that_of_the_last_conversion(impatient: Engine, ink: Style) -> None:
    with impatient.slot(1.0):
        time.sleep(2)
    with impatient.slot(1.0), pytest.raises(EngineBusy) as caught:
        _elsewhere(impatient, ink)
    assert caught.value.retry_after >= 2


def test_a_place_comes_back_after_a_conversion_that_failed(impatient: Engine, ink: Style) -> None:
    for _ in range(3):
        with pytest.raises(Exception, match=r"."):
            impatient.stylize(np.zeros((64, 64, 4), np.uint8), ink)
    assert impatient.stylize(photo(32, 32), ink).shape == (32, 32, 3)


MEASURE = (
    PEAK
    + """
import sys
from pathlib import Path
import cv2
import numpy as np
from imaging.decode import Picture, decode_image
from imaging.encode import encode_image
from imaging.limits import NO_LIMITS
from inference.engine import Engine, EngineSettings
from inference.styles import Style
weights, cache = map(Path, sys.argv[1:3])
height, width = map(int, sys.argv[3:5])
network, working_size = sys.argv[6], int(sys.argv[7])
style = Style("ink", {"en": "Ink"}, {"en": ""}, "any", network, weights, "", "", "", working_size)
engine = Engine(EngineSettings(device="cpu", cache_dir=cache))
engine.load_session(style)
idle = peak_bytes()
colors = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
data = encode_image(Picture(cv2.resize(colors, (width, height))), "JPEG" if height > 99 else "PNG", style=None)
picture = decode_image(data, NO_LIMITS)
result = engine.stylize(picture.pixels, style, sys.argv[5])
encode_image(Picture(result), "JPEG" if height > 99 else "PNG", style="ink")
assert result.shape == picture.pixels.shape
print((peak_bytes() - idle) / 2**30)
"""
)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to read the peak of memory from")
@pytest.mark.parametrize(
    ("size", "detail", "network"),
    [((7071, 7071), "fine", "compact"), ((12, 1_000_000), "bold", "compact"), ((7071, 7071), "fine", "animegan2")],
)
@pytest.mark.slow
def test_fifty_megapixels_take_less_than_a_gigabyte_and_a_half(
    ink: Style, painter: Path, compiled: Path, size: tuple[int, int], detail: str, network: str
) -> None:
    style = {"compact": ink, "animegan2": style_of(painter, "animegan2")}[network]
    Engine(EngineSettings(device="cpu", cache_dir=compiled)).load_session(
        style
    )  # traced already, as it is when serving
    arguments = (style.path, compiled, *map(str, size), detail, network, "768")
    done = run_python("-c", MEASURE, *arguments)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 1.5

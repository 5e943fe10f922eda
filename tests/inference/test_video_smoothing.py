"""Smoothing: less flicker, no less sharp, no ghosts; as much memory for a long video as for a short one."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks import video_clips
from benchmarks.video_flicker import measure_flicker
from inference.engine import Engine
from inference.styles import Style
from inference.video.prefetch import prefetch
from inference.video.smoothing import smooth_frames
from tests.inference.clips import Clip
from tests.inference.material import PEAK, apart, photo, run_python


def still(count: int, noise: float = 0.0) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    pixels = photo(96, 160)
    return [np.clip(pixels + rng.normal(0, noise, pixels.shape), 0, 255).astype(np.uint8) for _ in range(count)]


def calmed(source: list[np.ndarray], results: list[np.ndarray]) -> list[np.ndarray]:
    return list(smooth_frames(zip(source, results, strict=True), 0, len(source)))


@pytest.mark.parametrize("kind", ["pan", "zoom", "flicker"])
def test_flicker_falls_by_forty_percent_and_sharpness_stays(
    kind: str, engine: Engine, comic: Style, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_clips, "WIDTH", 320)
    monkeypatch.setattr(video_clips, "HEIGHT", 180)
    photos = video_clips.photos(None)
    source = list(video_clips.make_clip(kind, photos[1], photos[0], 10))
    plain = [engine.stylize(frame, comic) for frame in source]
    found = measure_flicker(source, plain, calmed(source, plain))
    assert found.reduction >= 0.4
    assert 0.95 < found.sharpness < 1.05
    assert found.changed < 8


def test_what_does_not_flicker_stays_as_it_is() -> None:
    frames = still(6)
    assert np.array_equal(calmed(frames, frames), frames)


def test_noise_is_averaged_over_five_frames() -> None:
    source, results = still(9), still(9, noise=6)
    before = np.mean([apart(one, other).mean() for one, other in pairwise(results)])
    smooth = calmed(source, results)
    after = np.mean([apart(one, other).mean() for one, other in pairwise(smooth[2:-2])])
    assert after < before / 3


def test_nothing_comes_over_a_cut() -> None:
    one, other = photo(96, 160, seed=1), photo(96, 160, seed=2)
    source = [one] * 4 + [other] * 4
    assert np.array_equal(calmed(source, source), source)


def test_what_differs_much_leaves_no_ghost() -> None:
    """The source says that nothing moves; one result has a bright spot all the same."""
    source = still(5)
    results = [frame.copy() for frame in source]
    results[2][40:56, 60:76] = 255 - results[2][40:56, 60:76]
    smooth = calmed(source, results)
    for place in (0, 1, 3, 4):
        assert apart(smooth[place], source[place]).max() <= 6


@pytest.mark.parametrize("shape", [(8, 8), (16, 200), (201, 17)])
def test_frames_of_any_shape_are_taken(shape: tuple[int, int]) -> None:
    frames = [photo(*shape, seed=1)] * 3
    assert np.array_equal(calmed(frames, frames), frames)


def test_a_stage_is_no_further_ahead_than_it_may_be_and_ends_when_it_is_not_wanted() -> None:
    made: list[int] = []

    def count() -> Iterator[int]:
        try:
            for number in range(1000):
                made.append(number)
                yield number
        finally:
            made.append(-1)

    items = prefetch(count(), max_ahead=2)
    assert [next(items), next(items)] == [0, 1]
    items.close()  # type: ignore[attr-defined]
    assert made[-1] == -1
    assert len(made) <= 7


def test_what_a_stage_raises_is_raised_where_it_is_read() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("the disk is gone")

    items = prefetch(broken())
    assert next(items) == 1
    with pytest.raises(OSError, match="the disk is gone"):
        next(items)


MEMORY = (
    PEAK
    + """
import json, sys
from pathlib import Path
from inference.engine import Engine, EngineSettings
from inference.styles import read_manifest
from inference.video import VideoOptions, convert_segment, join_segments, make_plan
engine = Engine(EngineSettings(device="cpu", cache_dir=Path(sys.argv[2])))
style = read_manifest(Path("weights/manifest.json"))["comic"]
peaks = []
for length in (3, 30):
    plan = make_plan(Path(sys.argv[1]), Path(sys.argv[3]), style, VideoOptions(length=length))
    for index in plan.unfinished_segments():
        convert_segment(plan, index, engine, style)
    join_segments(plan, Path(sys.argv[3]) / "result.mp4")
    peaks.append(peak_bytes() / 2**20)
print(json.dumps(peaks))
"""
)


@pytest.mark.slow
def test_thirty_seconds_take_as_much_memory_as_three(tmp_path: Path, engine: Engine, comic: Style) -> None:
    engine.load_session(comic)  # traced here, so that the process below need not
    clip = Clip(frames=750, sound="aac", options=(("preset", "ultrafast"),)).write(tmp_path / "a.mp4")
    answer = run_python("-c", MEMORY, clip, engine.settings.cache_dir, tmp_path / "work")
    assert answer.returncode == 0, answer.stderr
    short, long = json.loads(answer.stdout)
    # 747 frames of 128x72 pixels would be another 20 MB even if nothing but one of their forms were kept.
    assert long - short < 12

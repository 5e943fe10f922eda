"""Smoothing: less flicker, no less sharp, no ghosts; as much memory for a long video as for a short one."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import known_motion, video_clips
from benchmarks.known_motion import CONDITIONS, make_known_clip
from benchmarks.video_flicker import measure_flicker
from inference.engine import Engine
from inference.styles import Style
from inference.video.prefetch import prefetch
from inference.video.smoothing import denoise_frames, smooth_frames
from tests.inference.clips import Clip
from tests.inference.material import PEAK, apart, photo, run_python


def noisy(pixels: np.ndarray, count: int, noise: float, seed: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [np.clip(pixels + rng.normal(0, noise, pixels.shape), 0, 255).astype(np.uint8) for _ in range(count)]


def still(count: int, noise: float = 0.0) -> list[np.ndarray]:
    return noisy(photo(96, 160), count, noise)


def calmed(source: list[np.ndarray], results: list[np.ndarray]) -> list[np.ndarray]:
    """Smooth given results, whatever becomes of the source."""
    frames = denoise_frames(iter(source), 0, len(source))
    pairs = ((frame.motion, result) for frame, result in zip(frames, results, strict=True))
    return list(smooth_frames(pairs, 0, len(source)))


def denoised(source: list[np.ndarray]) -> list[np.ndarray]:
    return [frame.pixels for frame in denoise_frames(iter(source), 0, len(source))]


def smoothed(source: list[np.ndarray], stylize: Callable[[np.ndarray], np.ndarray]) -> list[np.ndarray]:
    return calmed(source, [stylize(frame) for frame in denoised(source)])


@pytest.fixture
def small_clips(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Photos for clips that are quickly converted."""
    for module in (video_clips, known_motion):
        monkeypatch.setattr(module, "WIDTH", 320)
        monkeypatch.setattr(module, "HEIGHT", 180)
    return video_clips.photos(None)


@pytest.mark.parametrize("kind", ["pan", "zoom", "flicker"])
def test_flicker_falls_by_forty_percent_and_sharpness_stays(
    kind: str, engine: Engine, comic: Style, small_clips: list[np.ndarray]
) -> None:
    source = list(video_clips.make_clip(kind, small_clips[1], small_clips[0], 10))
    plain = [engine.stylize(frame, comic) for frame in source]
    found = measure_flicker(source, plain, smoothed(source, lambda frame: engine.stylize(frame, comic)))
    assert found.reduction >= 0.4
    assert 0.95 < found.sharpness < 1.05
    assert found.changed < 8


@pytest.mark.parametrize(
    ("name", "sample", "reduction"),
    [
        ("noise, light and pan", 0, 0.6),
        ("noise, light and pan", 3, 0.6),  # a dark sky, in which there is nothing but noise to follow
        ("pan", 1, 0.45),
    ],
)
def test_a_pan_with_noise_and_changing_light_is_steadier_by_the_true_motion_and_as_sharp(
    name: str, sample: int, reduction: float, engine: Engine, comic: Style, small_clips: list[np.ndarray]
) -> None:
    clip = make_known_clip(small_clips[sample], CONDITIONS[name], 10)
    plain = [engine.stylize(frame, comic) for frame in clip.frames]
    smooth = smoothed(clip.frames, lambda frame: engine.stylize(frame, comic))
    reference = [engine.stylize(frame, comic) for frame in clip.clean]
    before, after = (known_motion.warping_error(frames, clip.places) for frames in (plain, smooth))
    assert after <= (1 - reduction) * before
    sharp, sharp_before = (known_motion.sharpness(frames, reference) for frames in (smooth, plain))
    assert sharp >= 0.95 * sharp_before
    if CONDITIONS[name].noise:
        off, off_before = (known_motion.mean_difference(frames, reference) for frames in (smooth, plain))
        assert off < 0.75 * off_before


def test_what_does_not_flicker_stays_as_it_is() -> None:
    frames = still(6)
    assert np.array_equal(calmed(frames, frames), frames)
    assert np.array_equal(denoised(frames), frames)


def test_noise_is_averaged_over_five_results() -> None:
    source, results = still(9), still(9, noise=6)
    before = np.mean([apart(one, other).mean() for one, other in pairwise(results)])
    smooth = calmed(source, results)
    after = np.mean([apart(one, other).mean() for one, other in pairwise(smooth[2:-2])])
    assert after < before / 3


def test_noise_of_the_source_is_averaged_over_three_frames() -> None:
    clean, source = photo(96, 160), still(7, noise=8)
    before, after = (np.mean([apart(frame, clean).mean() for frame in frames]) for frames in (source, denoised(source)))
    assert after < 0.7 * before  # at best 0.58, and at both ends, where there are two, 0.71


def test_nothing_comes_over_a_cut() -> None:
    one, other = photo(96, 160, seed=1), photo(96, 160, seed=2)
    for noise in (0, 8):
        shots = noisy(one, 4, noise), noisy(other, 4, noise, seed=4)
        together = [*shots[0], *shots[1]]
        assert np.array_equal(denoised(together), denoised(shots[0]) + denoised(shots[1]))
        assert np.array_equal(calmed(together, together), [*calmed(*[shots[0]] * 2), *calmed(*[shots[1]] * 2)])


def test_what_differs_much_leaves_no_ghost() -> None:
    """The source says that nothing moves; one result has a bright spot all the same."""
    source = still(5)
    results = [frame.copy() for frame in source]
    results[2][40:56, 60:76] = 255 - results[2][40:56, 60:76]
    smooth = calmed(source, results)
    for place in (0, 1, 3, 4):
        assert apart(smooth[place], source[place]).max() <= 6


@pytest.mark.parametrize("pixels_a_frame", [4, 11, 25])
def test_what_crosses_a_background_leaves_no_trail(pixels_a_frame: int) -> None:
    background = video_clips.photos(None)[0][:180, :320]
    source, places = [], []
    for number, frame in enumerate(noisy(background, 9, 4)):
        place = np.zeros(background.shape[:2], np.uint8)
        cv2.circle(place, (60 + pixels_a_frame * number, 90), 24, 255, -1)
        frame[place > 0] = (210, 40, 40)
        source.append(frame)
        places.append(cv2.dilate(place, np.ones((5, 5))) > 0)
    smooth = smoothed(source, lambda frame: frame)
    for number in range(2, 7):
        trail = np.logical_or.reduce(places[number - 2 : number + 3]) & ~places[number]
        assert apart(smooth[number], background)[trail].mean() < apart(source[number], background)[trail].mean()
        assert apart(smooth[number], source[number])[places[number]].mean() < 6  # and it is all there itself


def light(gains: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return how bright each frame is, before and after."""
    pixels = photo(96, 160)
    source = [noisy(pixels * gain, 1, 2, seed=number)[0] for number, gain in enumerate(gains)]
    bright = ([frame.mean() for frame in frames] for frames in (source, smoothed(source, lambda frame: frame)))
    before, after = (np.array(each) for each in bright)
    return before, after


def test_a_flash_stays_one_frame() -> None:
    before, after = light([1, 1, 1, 1.7, 1, 1, 1])
    rise = before[3] - before[2]
    assert after[3] - after[2] > 0.6 * rise
    assert np.abs(np.delete(after - before, 3)).max() < 0.1 * rise


def test_light_that_is_switched_on_is_on_in_the_same_frame() -> None:
    before, after = light([0.5] * 5 + [1.0] * 5)
    assert after[5] - after[4] > 0.7 * (before[5] - before[4])


def test_a_fade_is_followed_without_delay() -> None:
    before, after = light([1.0, 1.0, *np.linspace(1, 0.2, 9), 0.2, 0.2])
    step = (before[2] - before[10]) / 8
    assert np.abs(after - before).max() < 1.5 * step  # at both ends, which are rounded
    assert np.abs(after - before)[4:9].max() < 0.4 * step


@pytest.mark.parametrize("shape", [(8, 8), (16, 200), (201, 17)])
def test_frames_of_any_shape_are_taken(shape: tuple[int, int]) -> None:
    frames = [photo(*shape, seed=1)] * 3
    assert np.array_equal(calmed(frames, frames), frames)
    assert np.array_equal(denoised(frames), frames)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_frames_of_one_color_are_taken(level: int) -> None:
    frames = [np.full((96, 160, 3), level, np.uint8)] * 4
    assert np.array_equal(smoothed(frames, lambda frame: frame), frames)


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

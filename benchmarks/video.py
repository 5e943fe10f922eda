"""Frames a second of a video, what each stage takes of it, and how much smoothing takes out of the flicker.

    .venv/bin/python benchmarks/video.py [--turns 3] [--frames 60] [--photos FOLDER] [--pictures FOLDER]

A clip of 640x360 pixels that moves over a photo is converted in the default style, with and without smoothing, and
beside them some of its frames as the published script of AnimeGANv2 would do them: one by one in plain torch
(benchmarks/speed/published.py), at the frame's own size. They take turns; medians count, and ratios are of one turn.
Then five clips (benchmarks/video_clips.py) are measured as benchmarks/video_flicker.py describes; those whose motion is
known, and others' noise and light, are in benchmarks/flicker.py. --photos takes
photos other than those of scikit-image; --pictures writes frames of each clip to look at.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animegan_site.settings")

from benchmarks import video_clips
from benchmarks.speed.material import make_random_animegan2
from benchmarks.speed.published import convert as convert_as_published
from benchmarks.speed.published import load
from benchmarks.video_flicker import measure_flicker
from inference import video
from inference.engine import Engine, EngineSettings
from inference.styles import Style, read_manifest
from inference.video.read import read_frames
from inference.video.smoothing import DenoisedFrame, denoise_frames, smooth_frames
from inference.video.write import segment_writer

FLICKER_FRAMES = 24
PUBLISHED_FRAMES = 2


def measure_seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3, help="0: only the smoothing")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    photos = video_clips.photos(options.photos)
    style = read_manifest(Path(__file__).parents[1] / "weights" / "manifest.json")["comic"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = Engine(EngineSettings(device="cpu", cache_dir=folder / "compiled"))
        video_clips.write(folder / "clip.mp4", video_clips.make_clip("pan", photos[0], photos[1], options.frames))
        print(f"{os.cpu_count()} cores, load of the last minute {os.getloadavg()[0]:.2f}\n", flush=True)
        if options.turns:
            measure_speed(folder, engine, style, options.turns)
    measure_smoothing(engine, style, photos, options.pictures)


def measure_speed(folder: Path, engine: Engine, style: Style, turns: int) -> None:
    plans = {smooth: make_video_plan(folder, style, smooth) for smooth in (True, False)}
    frames = len(plans[True].times)
    engine.stylize(np.zeros((plans[True].height, plans[True].width, 3), np.uint8), style)  # compiled before
    published = prepare_published(folder)
    taken: dict[str, list[float]] = {"published": [], "smoothed": [], "plain": []}
    for _turn in range(turns):
        taken["published"].append(measure_seconds(published) / PUBLISHED_FRAMES)
        taken["smoothed"].append(measure_seconds(lambda: convert(plans[True], engine, style)) / frames)
        taken["plain"].append(measure_seconds(lambda: convert(plans[False], engine, style)) / frames)
    print("| 640x360 | frames a second | times the published way |\n|---|---|---|")
    for way, each in taken.items():
        ratio = statistics.median(theirs / ours for theirs, ours in zip(taken["published"], each, strict=True))
        print(f"| {way} | {1 / statistics.median(each):.2f} | {ratio:.1f} |", flush=True)
    print_stages(plans[True], engine, style)


def make_video_plan(folder: Path, style: Style, smooth: bool) -> video.VideoPlan:
    return video.make_plan(
        folder / "clip.mp4", folder / f"work_{smooth}", style, video.VideoOptions(is_smoothed=smooth)
    )


def convert(plan: video.VideoPlan, engine: Engine, style: Style) -> None:
    for index in range(plan.segment_count):
        plan.segment_path(index).unlink(missing_ok=True)
        video.convert_segment(plan, index, engine, style)


def prepare_published(folder: Path) -> Callable[[], None]:
    """Some frames, from file to file, after one that does not count."""
    network, frame = load(make_random_animegan2(folder / "animegan2.pt").path), folder / "frame.png"
    capture = cv2.VideoCapture(str(folder / "clip.mp4"))
    cv2.imwrite(str(frame), capture.read()[1])
    convert_as_published(network, frame, folder / "result.png")

    def run() -> None:
        for _ in range(PUBLISHED_FRAMES):
            convert_as_published(network, frame, folder / "result.png")

    return run


def print_stages(plan: video.VideoPlan, engine: Engine, style: Style) -> None:
    """Each alone, one after another: in a conversion they overlap."""
    count = len(plan.times)
    read: list[np.ndarray] = []
    denoised: list[DenoisedFrame] = []
    made: list[np.ndarray] = []
    calm: list[np.ndarray] = []

    def write() -> None:
        with segment_writer(plan.folder / "stage.mp4", plan) as put:
            for frame, moment in zip(calm, plan.times, strict=True):
                put(frame, moment)

    stages = {
        "read": measure_seconds(lambda: read.extend(read_frames(plan, range(count)))),
        "denoise": measure_seconds(lambda: denoised.extend(denoise_frames(iter(read), 0, count))),
        "convert": measure_seconds(lambda: made.extend(engine.stylize(frame.pixels, style) for frame in denoised)),
        "smooth": measure_seconds(lambda: calm.extend(smooth(denoised, made))),
        "write": measure_seconds(write),
    }
    print("\n| stage alone | ms a frame | share |\n|---|---|---|")
    for stage, taken in stages.items():
        print(f"| {stage} | {1000 * taken / count:.1f} | {taken / sum(stages.values()):.0%} |", flush=True)


def smooth(denoised: list[DenoisedFrame], made: list[np.ndarray]) -> Iterator[np.ndarray]:
    pairs = ((frame.motion, result) for frame, result in zip(denoised, made, strict=True))
    return smooth_frames(pairs, 0, len(made))


def measure_smoothing(engine: Engine, style: Style, photos: list[np.ndarray], pictures: Path | None) -> None:
    print(
        "\n| clip | warping error, plain | smoothed | reduction | sharpness | changed by |\n|---|---|---|---|---|---|"
    )
    for place, kind in enumerate(video_clips.KINDS):
        photo, other = photos[place % len(photos)], photos[(place + 1) % len(photos)]
        source = list(video_clips.make_clip(kind, photo, other, FLICKER_FRAMES))
        plain = [engine.stylize(frame, style) for frame in source]
        denoised = list(denoise_frames(iter(source), 0, len(source)))
        calm = list(smooth(denoised, [engine.stylize(frame.pixels, style) for frame in denoised]))
        found = measure_flicker(source, plain, calm)
        cells = (f"{found.before:.2f}", f"{found.after:.2f}", f"{found.reduction:.0%}", f"{found.sharpness - 1:+.1%}")
        print(f"| {kind} | {' | '.join(cells)} | {found.changed:.2f} |", flush=True)
        if pictures:
            write_pictures(pictures, kind, zip(source, plain, calm, strict=True))


def write_pictures(folder: Path, kind: str, frames: Iterator[tuple[np.ndarray, ...]]) -> None:
    """Source, plain and smoothed side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, beside in enumerate(frames):
        if number % 5 == 0 or abs(number - FLICKER_FRAMES // 2) <= 1:
            strip = cv2.cvtColor(np.concatenate(beside, axis=1), cv2.COLOR_RGB2BGR)
            cv2.imwrite(str(folder / f"{kind}_{number:02}.png"), strip)


if __name__ == "__main__":
    main()

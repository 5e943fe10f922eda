"""How much steadier smoothing makes a clip of noise, changing light and a pan, how sharp it leaves it, and its price.

    .venv/bin/python benchmarks/flicker.py [--style comic] [--frames 24] [--photos FOLDER] [--pictures FOLDER]

Clips of 480x270 pixels over photos, whose motion is known exactly (benchmarks/known_motion.py), are converted frame by
frame and smoothed; each row is the mean over the photos. *Warping error*: what is left between a frame and the one
before, moved onto it. *Sharpness*: of edges that are also in the result of the clip without noise, as compared with
frame by frame; *with speckles*: mean gradient of the same. *Off*: difference from the result without noise, in levels.
*ms*: time of processors a frame. --photos takes photos other than those of scikit-image; --pictures writes the
middle frame of each clip: source, frame by frame, smoothed.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animegan_site.settings")

from animegan_site import settings
from benchmarks import known_motion, video_clips
from benchmarks.known_motion import CONDITIONS, KnownClip, make_known_clip
from inference.engine import Engine, EngineSettings
from inference.styles import Style, read_manifest
from inference.video.smoothing import denoise_frames, smooth_frames

COLUMNS = (
    "clip",
    "warping error",
    "smoothed",
    "reduction",
    "sharpness",
    "with speckles",
    "off",
    "smoothed",
    "ms",
    "smoothed",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--style", default=settings.DEFAULT_STYLE)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    style = read_manifest(Path(__file__).parents[1] / "weights" / "manifest.json")[options.style]
    photos = video_clips.photos(options.photos)
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(EngineSettings(device="cpu", cache_dir=Path(folder)))
        engine.stylize(np.zeros((known_motion.HEIGHT, known_motion.WIDTH, 3), np.uint8), style)  # compiled before
        for name, conditions in CONDITIONS.items():
            rows = []
            for number, photo in enumerate(photos):
                clip = make_known_clip(photo, conditions, options.frames)
                plain, smooth, times = convert_both_ways(engine, style, clip)
                rows.append([*compare(engine, style, clip, plain, smooth), *times])
                if options.pictures:
                    write_picture(options.pictures / f"{name}_{number}.png", clip.frames, plain, smooth)
            print_row(name, np.mean(rows, axis=0))


def convert_both_ways(
    engine: Engine, style: Style, clip: KnownClip
) -> tuple[list[np.ndarray], list[np.ndarray], tuple[float, float]]:
    """Return the results frame by frame and smoothed, and the milliseconds of processors a frame of each."""
    begin, count = time.process_time(), len(clip.frames)
    plain = [engine.stylize(frame, style) for frame in clip.frames]
    middle = time.process_time()
    frames = denoise_frames(iter(clip.frames), 0, count)
    results = ((frame.motion, engine.stylize(frame.pixels, style)) for frame in frames)
    smooth = list(smooth_frames(results, 0, count))
    end = time.process_time()
    return plain, smooth, (1000 * (middle - begin) / count, 1000 * (end - middle) / count)


def compare(
    engine: Engine, style: Style, clip: KnownClip, plain: list[np.ndarray], smooth: list[np.ndarray]
) -> tuple[float, ...]:
    """Return what the columns between the name and the times say."""
    reference = [engine.stylize(frame, style) for frame in clip.clean]
    before, after = (known_motion.warping_error(frames, clip.places) for frames in (plain, smooth))
    sharp = known_motion.sharpness(smooth, reference) / known_motion.sharpness(plain, reference)
    speckled = known_motion.mean_gradient(smooth) / known_motion.mean_gradient(plain)
    off = (known_motion.mean_difference(frames, reference) for frames in (plain, smooth))
    return (before, after, 1 - after / before, sharp - 1, speckled - 1, *off)


def print_row(name: str, row: np.ndarray) -> None:
    before, after, reduction, sharp, speckled, off, smooth_off, plain_ms, smooth_ms = row
    cells = (
        *(f"{before:.2f}", f"{after:.2f}", f"{reduction:.0%}", f"{sharp:+.1%}", f"{speckled:+.1%}"),
        *(f"{off:.2f}", f"{smooth_off:.2f}", f"{plain_ms:.0f}", f"{smooth_ms:.0f}"),
    )
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def write_picture(file: Path, *ways: list[np.ndarray]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    strip = np.concatenate([frames[len(frames) // 2] for frames in ways], axis=1)
    cv2.imwrite(str(file), cv2.cvtColor(strip, cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()

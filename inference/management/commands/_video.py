"""What `stylize` does with videos."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from imaging.errors import ImagingError
from inference import video
from inference.ai_labels import build_aigc_label, get_label_language, get_system_language
from inference.batch import BatchPlan, FileJob, separate_targets
from inference.engine import Engine
from inference.errors import BadVideo, describe_bad_video
from inference.management.commands._batch import run_jobs
from inference.runtime import build_engine_settings, get_style_registry
from inference.styles import Style
from inference.video_limits import NO_VIDEO_LIMITS

PICTURE_OPTIONS = ("checkpoint", "x32", "upsample_align", "upsample_legacy", "format", "side_by_side")
FACE_OPTIONS = ("landmarks", "scenery", "portrait_size")


def add_arguments(parser: ArgumentParser) -> None:
    group = parser.add_argument_group(
        "for videos (the result is an MP4; --style, --detail and --device as for pictures)"
    )
    group.add_argument("--start", type=float, default=0.0, metavar="S", help="seconds to leave out at the beginning")
    group.add_argument("--length", type=float, metavar="S", help="seconds to convert (default: to the end)")
    group.add_argument("--halve-rate", action="store_true", help="convert every second frame only")
    group.add_argument("--size", type=int, metavar="N", help="pixels of the long side, at most")
    group.add_argument("--no-smooth", action="store_true", help="each frame on its own, which flickers")


def has_only_videos(inputs: list[Path]) -> bool:
    """Return whether the inputs are videos. Raise CommandError for pictures and videos together."""
    kinds = {entry.suffix.lower() in video.VIDEO_SUFFIXES and not entry.is_dir() for entry in inputs}
    if len(kinds) == 2:
        raise CommandError("videos and pictures need a command each")
    return kinds == {True}


def convert_videos(command: BaseCommand, options: dict[str, Any]) -> None:
    """Convert all videos, one after another. Raise CommandError, at the end where some of several failed."""
    if unfit := [name for name in (*PICTURE_OPTIONS, *FACE_OPTIONS) if options[name]]:
        raise CommandError(f"--{unfit[0].replace('_', '-')} is for pictures")
    if options["faces"] != "off":
        raise CommandError("--faces is for pictures")
    try:
        video_options = video.VideoOptions(
            detail=options["detail"] or "balanced",
            start=options["start"],
            length=options["length"],
            is_rate_halved=options["halve_rate"],
            long_side=options["size"],
            is_smoothed=not options["no_smooth"],
        )
        engine = Engine(build_engine_settings(options["device"]))
        style = get_style_registry().get_available(options["style"] or settings.DEFAULT_STYLE)
        style = style.variant(is_fast=not options["best"])
        engine.load_session(style)
    except (ImagingError, ValueError) as error:
        raise CommandError(str(error)) from error

    def convert_one(job: FileJob) -> str:
        return _convert_one(job, engine, style, video_options)

    plan = BatchPlan(_plan_jobs(options["inputs"], options["output"]))
    run_jobs(command, plan, convert_one, describe_error, has_bar=False, overwrites=options["overwrite"])


def describe_error(error: Exception) -> str:
    """Return one line that a person can act on."""
    if not isinstance(error, BadVideo):
        return str(error)
    limits = NO_VIDEO_LIMITS
    return describe_bad_video(
        error.reason,
        max_bytes=limits.max_bytes,
        max_size=f"{limits.max_pixels} pixels",
        max_seconds=limits.max_seconds,
        details=error.details,
    )


def _plan_jobs(inputs: list[Path], output: Path) -> list[FileJob]:
    names_file = len(inputs) == 1 and output.suffix.lower() in video.VIDEO_SUFFIXES
    if names_file and output.suffix.lower() not in (".mp4", ".m4v"):
        raise CommandError(f"{output.name}: videos are written as .mp4")
    if names_file:
        return [FileJob(inputs[0], output)]
    return separate_targets([FileJob(file, output / result_name(file.name), file.parent) for file in inputs], output)


def result_name(name: str) -> str:
    """Return what the result of a video of this name is called, by that name alone: `a.mp4`, `a.mov.mp4`."""
    stem, suffix = Path(name).stem, Path(name).suffix.lower()
    is_own_name = suffix == ".mp4" and Path(stem).suffix.lower() not in video.VIDEO_SUFFIXES
    return name if is_own_name else f"{name}.mp4"


def _convert_one(job: FileJob, engine: Engine, style: Style, options: video.VideoOptions) -> str:
    folder = job.target.with_name(f"{job.target.name}.work")
    try:
        info = video.probe_in_process(job.source, NO_VIDEO_LIMITS, is_limited=False)
        plan = video.plan_video(info, folder, style, options)
        done, name = plan.finished_frame_count, job.source.name
        with tqdm(total=len(plan.times), initial=done, unit="frame", desc=name, disable=None) as bar:
            for index in plan.unfinished_segments():
                video.convert_segment(plan, index, engine, style, on_frame=lambda *_: bar.update())
        _join(plan, job.target)
    except KeyboardInterrupt:
        text = f"stopped; the same command goes on with what is done in {folder}"
        raise CommandError(text, returncode=130) from None
    shutil.rmtree(folder)
    return _describe_what_is_missing(info) if info.is_cut_off else ""


def _join(plan: video.VideoPlan, target: Path) -> None:
    """Write the result, with the labels that the settings ask for. The number in it is random."""
    label = build_aigc_label(uuid4().hex)
    if not (language := get_label_language(get_system_language())):
        video.join_segments(plan, target, label)
        return
    joined = plan.folder / "joined.mp4"
    video.join_segments(plan, joined, label)
    video.label_video(joined, target, label, language)


def _describe_what_is_missing(info: video.VideoInfo) -> str:
    total = f" of {info.declared_seconds:.1f}" if info.declared_seconds else ""
    return f"the end of the file is missing; {info.seconds:.1f}{total} seconds are there"

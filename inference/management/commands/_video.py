"""What `stylize` does with videos."""

import shutil
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from imaging.errors import ImagingError
from inference import video
from inference.batch import Job, free
from inference.engine import Engine
from inference.errors import BadVideo
from inference.management.commands._jobs import convert_all
from inference.runtime import engine_settings, get_style_registry
from inference.styles import Style
from inference.video_limits import NO_LIMITS

OF_PICTURES = ("checkpoint", "x32", "upsample_align", "format", "side_by_side")
OF_FACES = ("landmarks", "scenery", "portrait_size")
TEXTS = {
    "empty": "the file is empty",
    "not_a_video": "not an MP4, MOV, WebM or MKV file",
    "truncated": "the file is incomplete",
    "no_picture": "there is sound, but no picture",
    "unknown_codec": "its codec is not known here",
    "encrypted": "it is encrypted",
    "too_many_pixels": "its pictures are too large",
    "no_frames": "there is no frame in it",
    "damaged": "the video is damaged",
    "nothing_chosen": "there is no picture in that part of it",
}


def add_arguments(parser: ArgumentParser) -> None:
    group = parser.add_argument_group(
        "for videos (the result is an MP4; --style, --detail and --device as for pictures)"
    )
    group.add_argument("--start", type=float, default=0.0, metavar="S", help="seconds to leave out at the beginning")
    group.add_argument("--length", type=float, metavar="S", help="seconds to convert (default: to the end)")
    group.add_argument("--halve-rate", action="store_true", help="convert every second frame only")
    group.add_argument("--size", type=int, metavar="N", help="pixels of the long side, at most")
    group.add_argument("--no-smooth", action="store_true", help="each frame on its own, which flickers")


def are_videos(inputs: list[Path]) -> bool:
    """Raises CommandError for pictures and videos together."""
    kinds = {entry.suffix.lower() in video.SUFFIXES and not entry.is_dir() for entry in inputs}
    if len(kinds) == 2:
        raise CommandError("videos and pictures need a command each")
    return kinds == {True}


def convert(command: BaseCommand, options: dict[str, Any]) -> None:
    """All videos, one after another. Raises CommandError, at the end where some of several failed."""
    if unfit := [name for name in (*OF_PICTURES, *OF_FACES) if options[name]]:
        raise CommandError(f"--{unfit[0].replace('_', '-')} is for pictures")
    if options["faces"] != "off":
        raise CommandError("--faces is for pictures")
    try:
        wanted = video.Options(
            detail=options["detail"] or "balanced",
            start=options["start"],
            length=options["length"],
            is_rate_halved=options["halve_rate"],
            long_side=options["size"],
            is_smoothed=not options["no_smooth"],
        )
        engine = Engine(engine_settings(options["device"]))
        style = get_style_registry().get_available(options["style"] or settings.DEFAULT_STYLE)
        engine.session(style)
    except (ImagingError, ValueError) as error:
        raise CommandError(str(error)) from error

    def convert_one(job: Job) -> str:
        return _convert_one(job, engine, style, wanted)

    jobs = list(_jobs(options["inputs"], options["output"]))
    convert_all(command, jobs, convert_one, describe, has_bar=False, overwrites=options["overwrite"])


def describe(error: Exception) -> str:
    """One line that a person can act on."""
    return TEXTS.get(error.reason, str(error)) if isinstance(error, BadVideo) else str(error)


def _jobs(inputs: list[Path], output: Path) -> Iterator[Job]:
    names_file = len(inputs) == 1 and output.suffix.lower() in video.SUFFIXES
    if names_file and output.suffix.lower() not in (".mp4", ".m4v"):
        raise CommandError(f"{output.name}: videos are written as .mp4")
    taken: set[str] = set()
    for source in inputs:
        yield Job(source, free(output if names_file else output / source.with_suffix(".mp4").name, taken))


def _convert_one(job: Job, engine: Engine, style: Style, options: video.Options) -> str:
    folder = job.target.with_name(f"{job.target.name}.work")
    try:
        plan = video.make_plan(job.source, folder, style, options, NO_LIMITS)
        done, name = plan.frames_done, job.source.name
        with tqdm(total=len(plan.times), initial=done, unit="frame", desc=name, disable=None) as bar:
            for index in plan.unfinished():
                video.convert_segment(plan, index, engine, style, on_frame=lambda *_: bar.update())
        video.join(plan, job.target)
    except KeyboardInterrupt:
        text = f"stopped; the same command goes on with what is done in {folder}"
        raise CommandError(text, returncode=130) from None
    shutil.rmtree(folder)
    return ""

"""Converts files and folders from the command line."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from inference import images
from inference.batch import Job, format_of, plan, side_by_side
from inference.engine import Engine, EngineSettings
from inference.errors import InferenceError
from inference.published import convert_at_own_size, load_as_published, style_of_checkpoint, to_multiples_of_32
from inference.runtime import registry
from inference.sizes import DETAILS

Convert = Callable[[np.ndarray], np.ndarray]
# The operator's own files: only what cannot fit into memory is refused.
LIMITS = images.Limits(bytes=2**31, pixels=400 * 10**6)


class Command(BaseCommand):
    help = "Convert pictures and folders of pictures. What is done already is skipped; a bad file stops nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "inputs", nargs="+", type=Path, metavar="INPUT", help="files and folders (with what is below)"
        )
        parser.add_argument("-o", "--output", type=Path, required=True, help="a folder, or a file for a single input")
        parser.add_argument("--style", help=f"see manage.py styles (default: {settings.DEFAULT_STYLE})")
        parser.add_argument("--detail", choices=DETAILS, help="default: balanced")
        parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default=settings.INFERENCE_DEVICE)
        parser.add_argument("--format", choices=("jpeg", "png", "webp"), help="default: as the input, else JPEG")
        parser.add_argument("--side-by-side", action="store_true", help="the photo on the left of each result")
        parser.add_argument("--overwrite", action="store_true", help="convert again what is there already")
        group = parser.add_argument_group("as the published test.py script does")
        group.add_argument("--checkpoint", type=Path, help="any AnimeGANv2 state dict, in place of a style")
        group.add_argument("--x32", action="store_true", help="cut sides to multiples of 32 first")
        group.add_argument("--upsample-align", action="store_true", help="enlarge with aligned corners")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["checkpoint"] and options["style"]:
            raise CommandError("--checkpoint takes the place of a style: leave out --style")
        if options["x32"] and options["detail"]:
            raise CommandError("--x32 is for conversion at the picture's own size: leave out --detail")
        if not options["checkpoint"] and (options["x32"] or options["upsample_align"]):
            raise CommandError("--x32 and --upsample-align belong to --checkpoint")
        if any(entry.is_dir() and entry.resolve() == options["output"].resolve() for entry in options["inputs"]):
            raise CommandError("the results need another folder than the photos: give one with --output")
        file_format = options["format"].upper() if options["format"] else None
        jobs = list(plan(options["inputs"], options["output"], file_format))
        convert, label = self._converter(options)
        failed, skipped = self._run(jobs, convert, label, options)
        self.stdout.write(f"{len(jobs) - failed - skipped} converted, {skipped} skipped, {failed} failed")
        if failed:
            raise CommandError(f"{failed} of {len(jobs)} could not be converted")

    def _converter(self, options: dict[str, Any]) -> tuple[Convert, str]:
        """What turns pixels into pixels, and the name that results are marked with."""
        try:
            engine = Engine(
                EngineSettings(
                    device=options["device"],
                    backend=settings.INFERENCE_BACKEND,
                    precision=settings.INFERENCE_PRECISION,
                    cache_dir=settings.INFERENCE_CACHE_DIR,
                )
            )
            if options["checkpoint"]:
                style = style_of_checkpoint(options["checkpoint"], align_corners=options["upsample_align"])
            else:
                style = registry().get_available(options["style"] or settings.DEFAULT_STYLE)
            if options["checkpoint"] and not options["detail"]:
                session = load_as_published(style, options["device"])
                return lambda pixels: convert_at_own_size(session, pixels), style.id
            engine.session(style)
            return lambda pixels: engine.stylize(pixels, style, options["detail"] or "balanced"), style.id
        except InferenceError as error:
            raise CommandError(str(error)) from error

    def _run(self, jobs: list[Job], convert: Convert, label: str, options: dict[str, Any]) -> tuple[int, int]:
        failed = skipped = 0
        with tqdm(jobs, unit="picture", disable=len(jobs) < 2 or None) as bar:
            for job in bar:
                if job.target.exists() and not options["overwrite"]:
                    skipped += 1
                    continue
                try:
                    self._convert_one(job, convert, label, options)
                except (InferenceError, OSError, ValueError, RuntimeError, MemoryError) as error:
                    # RuntimeError: torch and OpenVINO raise it where memory does not suffice.
                    failed += 1
                    bar.write(self.style.ERROR(f"{job.source}: {describe(error)}"), file=self.stderr)
        return failed, skipped

    def _convert_one(self, job: Job, convert: Convert, label: str, options: dict[str, Any]) -> None:
        file_format = format_of(job.target)
        picture = images.decode(job.source, LIMITS)
        if options["x32"]:
            picture = to_multiples_of_32(picture)
        pixels = convert(picture.pixels)
        alpha = picture.alpha if picture.alpha is None else picture.alpha[: pixels.shape[0], : pixels.shape[1]]
        if options["side_by_side"]:
            pixels, alpha = side_by_side(picture.pixels, pixels), None
        data = images.encode(images.Picture(pixels, alpha), file_format, style=label)
        job.target.parent.mkdir(parents=True, exist_ok=True)
        part = job.target.with_name(job.target.name + ".part")
        part.write_bytes(data)
        part.replace(job.target)


def describe(error: Exception) -> str:
    """One line that a person can act on."""
    texts = {
        "empty": "the file is empty",
        "not_a_picture": "not a picture that can be read",
        "damaged": "the picture is damaged or incomplete",
        "too_many_pixels": "too many pixels",
        "too_many_bytes": "the file is too large",
    }
    return texts.get(str(error), str(error))

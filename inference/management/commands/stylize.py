"""Converts files and folders from the command line."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from imaging.decode import Picture
from imaging.errors import BadImage, ImagingError, describe_bad_image
from imaging.files import write_atomically
from imaging.limits import ImageLimits
from imaging.untrusted import decode_untrusted
from inference.ai_labels import encode_result
from inference.batch import FileJob, join_side_by_side, output_format, plan_pictures
from inference.management.commands import _video
from inference.management.commands._batch import run_jobs
from inference.management.commands._conversion import Convert, add_face_arguments, build_converter, check_options
from inference.runtime import set_process_count
from inference.sizes import DETAILS

# The operator's own files: only what cannot fit into memory is refused.
OPERATOR_LIMITS = ImageLimits(max_bytes=2**31, max_pixels=400 * 10**6, max_side=10**6)


class Command(BaseCommand):
    help = (
        "Convert pictures, folders of pictures, and videos. What is done already is skipped; a bad file stops nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "inputs", nargs="+", type=Path, metavar="INPUT", help="files and folders (with what is below)"
        )
        parser.add_argument("-o", "--output", type=Path, required=True, help="a folder, or a file for a single input")
        parser.add_argument("--style", help=f"see manage.py styles (default: {settings.DEFAULT_STYLE})")
        parser.add_argument("--detail", choices=DETAILS, help="default: balanced")
        speed = parser.add_mutually_exclusive_group()
        speed.add_argument("--fast", action="store_true", help="by the style's fast variant, if it has one")
        speed.add_argument(
            "--best", action="store_true", help="in the best quality: the default for pictures, not for videos"
        )
        parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default=settings.INFERENCE_DEVICE)
        parser.add_argument("--format", choices=("jpeg", "png", "webp"), help="default: as the input, else JPEG")
        parser.add_argument("--side-by-side", action="store_true", help="the photo on the left of each result")
        parser.add_argument("--overwrite", action="store_true", help="convert again what is there already")
        add_face_arguments(parser)
        group = parser.add_argument_group("as the published test.py script does")
        group.add_argument("--checkpoint", type=Path, help="any AnimeGANv2 state dict or graph, in place of a style")
        group.add_argument("--x32", action="store_true", help="cut sides to multiples of 32 first")
        group.add_argument("--upsample-align", action="store_true", help="enlarge with aligned corners")
        group.add_argument(
            "--upsample-legacy", action="store_true", help="enlarge as TensorFlow 1, for its checkpoints"
        )
        _video.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        set_process_count(1)  # however many processes the server has
        check_options(options)
        if any(entry.is_dir() and entry.resolve() == options["output"].resolve() for entry in options["inputs"]):
            raise CommandError("the results need another folder than the photos: give one with --output")
        if _video.has_only_videos(options["inputs"]):
            _video.convert_videos(self, options)
            return
        file_format = options["format"].upper() if options["format"] else None
        plan = plan_pictures(options["inputs"], options["output"], file_format)
        try:
            convert, style = build_converter(options)
        except ImagingError as error:
            raise CommandError(str(error)) from error

        def convert_one(job: FileJob) -> str:
            return _convert_one(job, convert, style, is_side_by_side=options["side_by_side"])

        run_jobs(self, plan, convert_one, describe_error, has_bar=len(plan.jobs) > 1, overwrites=options["overwrite"])


def _convert_one(job: FileJob, convert: Convert, style: str | None, *, is_side_by_side: bool) -> str:
    file_format = output_format(job.target)
    conversion = convert(decode_untrusted(job.source, OPERATOR_LIMITS))
    picture = conversion.picture
    if is_side_by_side:
        picture = Picture(join_side_by_side(conversion.photo, picture.pixels))
    data = encode_result(picture, file_format, style)
    job.target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(job.target, data)
    return conversion.note


def describe_error(error: Exception) -> str:
    """Return one line that a person can act on."""
    if isinstance(error, BadImage):
        return describe_bad_image(error.reason, OPERATOR_LIMITS, error.details)
    return str(error)

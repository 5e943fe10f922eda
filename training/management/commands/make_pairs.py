"""Makes pairs to learn from with styles that are there, or with published generators."""

from pathlib import Path
from typing import Any

from django.conf import settings as site
from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.runtime import get_engine, get_style_registry
from inference.styles import stack_style
from training.data.make_pairs import describe_recipe, make_pairs
from training.data.photos import find_photos
from training.data.style_teachers import describe_teacher, make_teacher
from training.management.commands._arguments import add_face_style_argument, run_or_command_error
from training.management.commands._teachers import find_site_style

MIN_LONG_SIDE_PX = 64


class Command(BaseCommand):
    help = "Convert photos with a style, or with one style after another, into pairs for train_paired."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--photos", type=Path, nargs="+", required=True, metavar="DIR")
        parser.add_argument("--style", required=True, metavar="ID_OR_FILE", help="or the file of a generator")
        add_face_style_argument(parser)
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="of NAME_photo.jpg, NAME_anime.jpg")
        parser.add_argument("--after", metavar="ID", help="the style sees what this one makes of the photo")
        parser.add_argument("--share", type=float, default=0.5, help="of that, beside the photo (default: %(default)s)")
        parser.add_argument("--unlike", type=Path, nargs="+", default=[], metavar="DIR", help="no photo like one here")
        parser.add_argument(
            "--long-side", type=int, nargs="+", default=[640], help="pixels, at most; several: a pair of each"
        )
        parser.add_argument(
            "--lossless", action="store_true", help="as PNG, which fit to the last level; 3 times as large"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 < options["share"] <= 1:
            raise CommandError(f"--share must be above 0, and 1 at most, not {options['share']}")
        if min(options["long_side"]) < MIN_LONG_SIDE_PX:
            raise CommandError(f"--long-side must be {MIN_LONG_SIDE_PX} or more, not {min(options['long_side'])}")
        count = run_or_command_error(lambda: self._make(options))
        self.stdout.write(self.style.SUCCESS(f"{options['out']}: {count} pairs"))

    def _make(self, options: dict[str, Any]) -> int:
        style = find_site_style(options["style"])
        face_style = find_site_style(options["face_style"]) if options["face_style"] else None
        if options["after"]:
            style = stack_style(style, get_style_registry().get_available(options["after"]), options["share"])
        photos, unlike = (find_photos(options[name], self.stderr.write) for name in ("photos", "unlike"))
        weights = Path(site.WEIGHTS_DIR)
        recipe = describe_recipe(
            describe_teacher(style, face_style, weights), options["long_side"], lossless=options["lossless"]
        )
        convert = make_teacher(get_engine(), style, face_style, weights)
        return make_pairs(photos, options["out"], convert, recipe, unlike=unlike, report=self.stderr.write)

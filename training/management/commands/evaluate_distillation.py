"""How near a distilled generator is to its teacher, on the photos that its training held out."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from inference.architectures import architectures_of_class
from inference.checkpoints import load_network
from training.data.pairs import load_pair
from training.data.photos import find_photos, split_photos
from training.data.teachers import TEACHERS, teacher_cache_dir
from training.management.commands._arguments import run_or_command_error
from training.metrics.evaluation import style_from_file
from training.metrics.validation import validate
from training.recipes.distill import DistillConfig
from training.report.sheets import draw_pairs, save_sheet

DEFAULTS = DistillConfig(photos=[], teacher_weights=Path(), out=Path())


class Command(BaseCommand):
    help = "Mean error (of 255) and SSIM against the teacher at several sizes; a sheet of photo, teacher, student."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("weights", type=Path, help="of a compact generator")
        networks = architectures_of_class("CompactGenerator")
        parser.add_argument("--network", choices=networks, help="of the file, where it does not say so itself")
        parser.add_argument("--teacher", choices=TEACHERS, default=DEFAULTS.teacher)
        parser.add_argument("--teacher-weights", type=Path, required=True, metavar="FILE")
        parser.add_argument("--photos", type=Path, nargs="+", required=True, metavar="DIR", help="as in the training")
        parser.add_argument("--held-out", type=int, default=DEFAULTS.held_out)
        parser.add_argument("--sizes", type=int, nargs="+", default=[384, 512, 576, 640, 768])
        parser.add_argument("--cache", type=Path, default=Path("runs/teacher_exact"), help="the teacher's pictures")
        parser.add_argument("--sheet", type=Path, metavar="FILE", help="a JPEG of the first eight, at the first size")

    def handle(self, *args: Any, **options: Any) -> None:
        run_or_command_error(lambda: self._evaluate(options))

    def _evaluate(self, options: dict[str, Any]) -> None:
        if options["held_out"] < 1:
            raise ValueError(f"--held-out must be 1 or more, not {options['held_out']}")
        style = style_from_file(options["weights"], options["network"])
        network = load_network(style.path, style.architecture)
        teacher = TEACHERS[options["teacher"]](options["teacher_weights"], exact=True)
        cache = teacher_cache_dir(options["cache"], options["teacher_weights"])
        photos = find_photos(options["photos"], self.stderr.write)
        held_out = split_photos(photos, [], held_out=options["held_out"], report=self.stderr.write)[1]
        self.stdout.write("long side  photos  error  ssim    error of the photo itself")
        for number, size in enumerate(options["sizes"]):
            pairs = [load_pair(photo, size, teacher, cache) for photo in held_out]
            figures = validate(lambda _: network, pairs, ("",))
            error, similarity, nothing = (figures[name] for name in ("error", "ssim", "error_of_photo"))
            self.stdout.write(f"{size:9}  {len(pairs):6}  {error:5.2f}  {similarity:.4f}  {nothing:.2f}")
            if options["sheet"] and number == 0:
                save_sheet(draw_pairs(lambda _: network, pairs[:8]), options["sheet"])

"""How good a style is, by figures and to look at."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings as site
from django.core.management.base import BaseCommand
from PIL import Image
from tqdm import tqdm

from imaging.files import write_atomically
from inference.architectures import ARCHITECTURES
from inference.styles import Style
from inference.vgg19 import VGG19_FILE_NAME
from training.data.face_first import make_face_finder
from training.data.photos import find_photos, find_pictures, load_photo, read_picture
from training.management.commands._arguments import add_face_style_argument, run_or_command_error
from training.management.commands._teachers import find_site_style, load_exact_teacher, torch_session
from training.metrics.evaluation import (
    MIN_SIDE_PX,
    Columns,
    Converter,
    Evaluation,
    EvaluationTools,
    find_photo_pairs,
    format_figures,
    match_by_name,
    measure_feature_distances,
)
from training.metrics.eyes import FaceLandmarkNetwork
from training.metrics.gate import Gate, format_gate
from training.metrics.lpips import load_lpips
from training.networks.vgg19 import load_vgg19
from training.report.sheets import draw_sheet, save_sheet

SHEET_ROWS = 8  # rows of the sheet


class Command(BaseCommand):
    help = "Figures of a style's results against given pictures, or beside photos and anime; with a sheet and a JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("style", metavar="STYLE_OR_WEIGHTS", help="see manage.py styles; or a file")
        parser.add_argument("--network", choices=ARCHITECTURES, help="of the file, where it does not say so itself")
        parser.add_argument("--pairs", type=Path, nargs="+", metavar="DIR", help="with NNN_photo and NNN_anime")
        parser.add_argument("--photos", type=Path, metavar="DIR", help="in place of pairs")
        parser.add_argument("--targets", type=Path, metavar="DIR", help="pictures that belong to them, by name")
        parser.add_argument(
            "--teacher", metavar="ID_OR_FILE", help="what it makes of the photos is what they belong to"
        )
        add_face_style_argument(parser)
        parser.add_argument("--anime", type=Path, metavar="DIR", help="pictures in the style, of anything")
        parser.add_argument("--size", type=int, default=512, help="pixels of the long side at most (default: 512)")
        parser.add_argument("--shift", type=int, default=2, help="pixels that pairs may be apart (default: 2)")
        parser.add_argument("--lpips", type=Path, nargs=2, metavar="FILE", help="AlexNet, and the weights of LPIPS")
        parser.add_argument(
            "--vgg19", type=Path, metavar="FILE", help="for FID and KID (default: weights/" + VGG19_FILE_NAME
        )
        parser.add_argument("--landmarks", type=Path, metavar="FILE", help="MediaPipe's face_landmark.tflite, for eyes")
        parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
        parser.add_argument("--out", type=Path, metavar="DIR", help="default: runs/evaluation/STYLE")

    def handle(self, *args: Any, **options: Any) -> None:
        run_or_command_error(lambda: self._evaluate(options))

    def _evaluate(self, options: dict[str, Any]) -> None:
        pairs = _pictures(options)
        style = find_site_style(options["style"], options["network"])
        tools, notes = _tools(options)
        if tools.vgg19 and len(pairs) < 2:
            raise ValueError("FID and KID need 2 photos or more")
        convert = Converter(torch_session(style, options["device"]), style)
        face_style = find_site_style(options["face_style"]) if options["face_style"] else None
        teacher = find_site_style(options["teacher"]) if options["teacher"] else None
        teach = load_exact_teacher(teacher, face_style, options["device"]) if teacher else None
        evaluation = Evaluation(tools)
        for photo_file, target_file in tqdm(pairs, unit="photo", disable=None):
            try:
                photo = _load(photo_file, options["size"])
                target = _target(target_file, photo) if target_file else teach(photo) if teach else None
            except OSError as error:  # one bad file does not end the others' evaluation
                notes.append(str(error))
                continue
            evaluation.add(photo, convert(photo), target)
        if not evaluation.rows:
            raise ValueError(f"no whole picture: {'; '.join(notes)}")
        figures = evaluation.figures()
        figures["result"]["megapixels a second"] = convert.megapixels_per_second
        if tools.vgg19:
            anime = _load_whole(find_pictures(options["anime"]), options["size"], notes)
            for name, place in (("result", -1), ("photo", 0)):
                pictures = [row[place] for row in evaluation.rows]
                figures[name] |= measure_feature_distances(pictures, anime, tools.vgg19)
        self._write(style, evaluation, figures, notes, options["out"] or Path("runs/evaluation") / style.id)
        if teacher:
            self.stdout.write(format_gate(Gate().check(figures)))

    def _write(self, style: Style, evaluation: Evaluation, figures: Columns, notes: list[str], out: Path) -> None:
        out.mkdir(parents=True, exist_ok=True)
        save_sheet(draw_sheet(evaluation.rows[:SHEET_ROWS]), out / "sheet.jpg")
        found = {
            "style": style.id,
            "network": style.architecture,
            "pictures": len(evaluation.rows),
            "faces": evaluation.faces,
            "figures": figures,
            "notes": notes,
        }
        write_atomically(out / "figures.json", json.dumps(found, indent=2) + "\n")
        self.stdout.write(f"{style.id} ({style.architecture}), {len(evaluation.rows)} pictures")
        self.stdout.write(format_figures(figures))
        for note in notes:
            self.stdout.write(f"left out: {note}")
        self.stdout.write(self.style.SUCCESS(f"{out}: sheet.jpg, figures.json"))


def _pictures(options: dict[str, Any]) -> list[tuple[Path, Path | None]]:
    """Return photos, each with its target or None. Raise ValueError where none are named or found."""
    if bool(options["pairs"]) == bool(options["photos"]):
        raise ValueError("give either --pairs, or --photos (with --teacher, --targets or --anime, or alone)")
    if options["teacher"] and (options["pairs"] or options["targets"]):
        raise ValueError("--teacher makes the targets: give --photos, without --pairs or --targets")
    if options["face_style"] and not options["teacher"]:
        raise ValueError("--under is for a --teacher")
    if options["pairs"]:
        return list(find_photo_pairs(options["pairs"]))
    if options["targets"]:
        return list(match_by_name(options["photos"], options["targets"]))
    if options["teacher"]:
        return [(photo, None) for photo in find_photos([options["photos"]])]
    photos = find_pictures(options["photos"])
    if not photos:
        raise ValueError(f"no photos below {options['photos']}")
    return [(photo, None) for photo in photos]


def _load(path: Path, size: int) -> np.ndarray:
    """Return what `load_photo` does. Raise ValueError, naming the file, for one that is too small."""
    photo = load_photo(path, size)
    if min(photo.shape[:2]) < MIN_SIDE_PX:
        raise ValueError(f"{path}: smaller than {MIN_SIDE_PX} pixels")
    return photo


def _load_whole(paths: Iterable[Path], size: int, notes: list[str]) -> list[np.ndarray]:
    """Return the pictures that can be read, and add to the notes which cannot."""
    found = []
    for path in paths:
        try:
            found.append(_load(path, size))
        except OSError as error:
            notes.append(str(error))
    return found


def _target(path: Path, photo: np.ndarray) -> np.ndarray:
    """Return the target at the size that the photo is measured at. Raise ValueError where it cannot be."""
    height, width = photo.shape[:2]
    target = read_picture(path)
    scale = max(height, width) / max(target.size)
    # Sides were cut to multiples of 8, the photo's now and maybe the target's before.
    is_alike = abs(target.width * scale - width) <= 16 and abs(target.height * scale - height) <= 16
    if not is_alike or max(target.size) < max(height, width) - 16:
        raise ValueError(f"{path}: {target.width}x{target.height}, and its photo {width}x{height}")
    return np.asarray(target.resize((width, height), Image.Resampling.LANCZOS))


def _tools(options: dict[str, Any]) -> tuple[EvaluationTools, list[str]]:
    """Return what the figures need, and what is left out for want of it. Raise ValueError for a wrong file."""
    if not 0 <= options["shift"] <= 8 or options["size"] < MIN_SIDE_PX:
        raise ValueError(f"--shift must be 0 to 8, and --size {MIN_SIDE_PX} or more")
    notes = []
    vgg19, lpips = options["vgg19"] or Path(site.WEIGHTS_DIR) / VGG19_FILE_NAME, None
    if options["lpips"]:
        lpips = load_lpips(*options["lpips"])
    elif options["pairs"] or options["targets"] or options["teacher"]:
        notes.append("LPIPS; it needs --lpips ALEXNET WEIGHTS (see docs/training.md)")
    has_features = bool(options["anime"]) and vgg19.is_file()
    if not options["anime"]:
        notes.append("FID and KID; they need --anime")
    elif not has_features:
        notes.append(f"FID and KID; they need {vgg19} (manage.py fetch_weights vgg19, or --vgg19)")
    elif len(find_pictures(options["anime"])) < 2:
        raise ValueError(f"fewer than 2 pictures below {options['anime']}")
    weights = Path(site.WEIGHTS_DIR)
    return EvaluationTools(
        options["shift"],
        lpips,
        load_vgg19(vgg19) if has_features else None,
        FaceLandmarkNetwork(options["landmarks"]) if options["landmarks"] else None,
        make_face_finder(weights),
    ), notes

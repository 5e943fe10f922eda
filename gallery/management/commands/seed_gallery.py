"""Fill the gallery from a folder of photos."""

from argparse import ArgumentParser
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import User
from accounts.services import UsernameOrEmailTaken
from gallery.failures import EXPECTED_ERRORS, get_failure
from gallery.locks import ObjectDeleted
from gallery.models import DetailLevel, ExhibitKind, FaceMode
from gallery.showcase.seeding import EXHIBITION_USERNAME, SeedOutcome, get_or_create_exhibition_user, seed_photo
from gallery.storage.quotas import QuotaExceeded
from gallery.styles import get_offered_style, load_style_catalog
from imaging.errors import BadImage, ImagingError
from imaging.folders import FolderContents, describe_left_out, find_pictures, printable_path


class Command(BaseCommand):
    help = "Convert a folder of photos and publish the works. What is published already is skipped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="photos, also in folders below")
        parser.add_argument("--kind", choices=ExhibitKind.values, required=True, help="what the photos show")
        parser.add_argument("--style", nargs="+", metavar="ID", help="default: that of the site")
        parser.add_argument(
            "--detail", choices=DetailLevel.values, default=DetailLevel.BALANCED, help="default: balanced"
        )
        parser.add_argument(
            "--faces", choices=FaceMode.values, default=FaceMode.OFF, help="as in stylize; default: off"
        )
        parser.add_argument(
            "--owner", metavar="NAME", help=f"a user name (default: {EXHIBITION_USERNAME}, made if need be)"
        )
        parser.add_argument("--show-photo", action="store_true", help="show each photo beside its work")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            styles = options["style"] or [load_style_catalog().default_id or settings.DEFAULT_STYLE]
            for style in styles:
                get_offered_style(style)
        except ImagingError as error:
            raise CommandError(str(error)) from error
        contents = _find_photos(options["folder"])
        jobs = list(product(contents.pictures, styles))
        options_of_all = {"owner": _get_owner(options["owner"])} | {
            name: options[name] for name in ("kind", "detail", "faces")
        }
        counts, failed = self._run(jobs, shows_photo=options["show_photo"], **options_of_all)
        summary = [f"{counts[outcome]} {outcome.value}" for outcome in SeedOutcome]
        self.stdout.write(", ".join(filter(None, [*summary, f"{failed} failed", describe_left_out(contents.left_out)])))
        if failed:
            raise CommandError(f"{failed} of {len(jobs)} could not be published")

    def _run(self, jobs: list[tuple[Path, str]], **options: Any) -> tuple[Counter[SeedOutcome], int]:
        counts: Counter[SeedOutcome] = Counter()
        failed = 0
        with tqdm(jobs, unit="picture", disable=len(jobs) < 2 or None) as bar:
            for photo, style in bar:
                try:
                    counts[seed_photo(photo=photo, style=style, **options)] += 1
                except (*EXPECTED_ERRORS, OSError, ValueError, RuntimeError, MemoryError) as error:
                    # RuntimeError: torch and OpenVINO raise it where memory does not suffice.
                    failed += 1
                    bar.write(self.style.ERROR(f"{printable_path(photo)}: {_describe_error(error)}"), file=self.stderr)
        return counts, failed


def _describe_error(error: Exception) -> str:
    # What people read where they would meet the same; an operator's errors say more than these texts would.
    is_for_people = isinstance(error, BadImage | ObjectDeleted | QuotaExceeded)
    return get_failure(error).message if is_for_people else str(error)


def _find_photos(folder: Path) -> FolderContents:
    if not folder.is_dir():
        raise CommandError(f"{folder} is not a folder")
    contents = find_pictures(folder)
    if not contents.pictures:
        left_out = describe_left_out(contents.left_out)
        raise CommandError(f"there are no pictures in {folder}{f' ({left_out})' if left_out else ''}")
    return contents


def _get_owner(name: str | None) -> User:
    if name is not None:
        user = User.objects.find_by_login(name)
        if user is None:
            raise CommandError(f"there is no account {name!r}; without --owner, {EXHIBITION_USERNAME!r} is used")
        return user
    try:
        user = get_or_create_exhibition_user()
    except UsernameOrEmailTaken:
        raise CommandError(f"{EXHIBITION_USERNAME}@localhost belongs to somebody: name an owner with --owner") from None
    if user.has_usable_password():
        raise CommandError(f"{EXHIBITION_USERNAME!r} is somebody's account: name an owner with --owner")
    return user

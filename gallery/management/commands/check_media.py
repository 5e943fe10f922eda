"""Finds files without a row and rows without a file."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gallery.models import Exhibit, JobState, Photo, Video, VideoJob, VideoUpload, Work
from gallery.storage.media import WORKING_FOLDER, delete_files, list_stored_files

NAMING = (Photo, Work, Exhibit, Video, VideoJob, VideoUpload)


class Command(BaseCommand):
    help = "Compare the media folders with the database; exit status 1 where they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--delete", action="store_true", help="delete the files that no row names")
        parser.add_argument("--minutes", type=int, default=60, help="pass over younger files (default: 60)")

    def handle(self, *args: Any, **options: Any) -> None:
        named = {name for model in NAMING for row in model._default_manager.all() for name in row.files}
        stored = list_stored_files(older_than=timedelta(0))
        # A file is written shortly before its row: a young one may still get it.
        settled = list_stored_files(older_than=timedelta(minutes=options["minutes"]))
        folders = _at_work()
        orphans = sorted(name for name in settled - named if not name.startswith(folders))
        missing = sorted(named - stored)
        for name in orphans:
            self.stdout.write(f"no row: {name}")
        for name in missing:
            self.stdout.write(f"no file: {name}")
        if options["delete"]:
            delete_files(orphans)
        self.stdout.write(f"{len(stored)} files, {len(orphans)} without a row, {len(missing)} rows without a file")
        if missing or (orphans and not options["delete"]):
            raise CommandError("media and database differ")


def _at_work() -> tuple[str, ...]:
    """The folders of video jobs that are not over, or may be tried again."""
    over = (JobState.DONE, JobState.CANCELED)
    return tuple(
        f"{WORKING_FOLDER}/{key.hex}/" for key in VideoJob.objects.exclude(state__in=over).values_list("pk", flat=True)
    )

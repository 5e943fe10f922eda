"""Find files without a row, and rows without a file."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gallery.storage.media import delete_files
from gallery.storage.orphans import compare_media_with_rows


class Command(BaseCommand):
    help = "Compare the media folders with the database; exit status 1 where they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--delete", action="store_true", help="delete the files that no row names")
        parser.add_argument("--minutes", type=int, default=60, help="pass over younger files (default: 60)")

    def handle(self, *args: Any, **options: Any) -> None:
        found = compare_media_with_rows(min_age=timedelta(minutes=options["minutes"]))
        for name in found.orphaned:
            self.stdout.write(f"no row: {name}")
        for name in found.missing:
            self.stdout.write(f"no file: {name}")
        has_failed = not options["delete"]
        if options["delete"]:
            for name, error in delete_files(found.orphaned).items():
                self.stdout.write(f"could not be deleted: {name}: {error.strerror}")
                has_failed = True
        counts = f"{len(found.orphaned)} without a row, {len(found.missing)} rows without a file"
        self.stdout.write(f"{found.file_count} files, {counts}")
        if found.missing or (found.orphaned and has_failed):
            raise CommandError("media and database differ")

"""manage.py styles: what the site can do, and what is still to be downloaded."""

import json
from unicodedata import combining, east_asian_width

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imaging.errors import ImagingError
from inference.download import download_url
from inference.runtime import get_style_registry
from inference.styles import Style

HEADINGS = ("ID", "Title", "Chinese title", "Subject", "Network", "Size", "Licence", "Status")


def describe_status(style: Style) -> str:
    if style.is_available:
        return "ready"
    if download_url(style) is None:
        return f"missing: see {style.source}"
    return f"not downloaded: manage.py fetch_weights {style.id}"


def display_width(text: str) -> int:
    """Return the columns that a terminal gives to the text: a Chinese character takes two."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def align_columns(rows: list[tuple[str, ...]]) -> list[str]:
    """Return the rows as lines, in which every column begins at the same place."""
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    padded = (
        [cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=True)] for row in rows
    )
    return ["  ".join(cells).rstrip() for cells in padded]


def _row(style: Style) -> tuple[str, ...]:
    titles = style.title_in("en"), style.title_in("zh-hans")
    return (
        style.id,
        *titles,
        style.subject,
        style.architecture,
        str(style.working_size),
        style.license_in("en"),
        describe_status(style),
    )


def _as_json(style: Style) -> dict[str, object]:
    return {
        "id": style.id,
        "title": style.title,
        "description": style.description,
        "subject": style.subject,
        "network": style.architecture,  # programs read these keys: they are not renamed with the fields
        "working_size": style.working_size,
        "licence": style.license,
        "licence_url": style.license_url,
        "source": style.source,
        "has_fast": style.has_fast,
        "ready": style.is_available,
        "status": describe_status(style),
    }


class Command(BaseCommand):
    help = "Lists the styles, and which of them are ready."
    requires_system_checks = []  # it is among the first things that are run, before there is a database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="as JSON, for programs")

    def handle(self, *args: object, **options: object) -> None:
        try:
            styles = get_style_registry().all()
        except ImagingError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            lines = [json.dumps([_as_json(style) for style in styles], ensure_ascii=False, indent=2)]
        else:
            lines = align_columns([HEADINGS, *map(_row, styles)])
        self.stdout.write("\n".join(lines))

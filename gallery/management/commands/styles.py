"""manage.py styles: what the site can do, what is still to be downloaded, and what people are offered."""

import json
from typing import Any
from unicodedata import combining, east_asian_width

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, transaction

from gallery.styles import StyleCatalog, load_style_catalog, services
from imaging.errors import ImagingError
from inference.download import download_url
from inference.runtime import get_style_registry
from inference.styles import Style

HEADINGS = ("ID", "Title", "Chinese title", "Subject", "Network", "Size", "Licence", "Offered", "Status")


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


def _row(style: Style, catalog: StyleCatalog) -> tuple[str, ...]:
    titles = style.title_in("en"), style.title_in("zh-hans")
    return (
        style.id,
        *titles,
        style.subject,
        style.architecture,
        str(style.working_size),
        style.license_in("en"),
        _describe_offer(style, catalog),
        describe_status(style),
    )


def _describe_offer(style: Style, catalog: StyleCatalog) -> str:
    if not catalog.setting(style.id).is_enabled:
        return "disabled"
    return "default" if style.id == catalog.default_id else "yes" if style.is_available else "no"


def _as_json(style: Style, catalog: StyleCatalog) -> dict[str, object]:
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
        "enabled": catalog.setting(style.id).is_enabled,
        "default": style.id == catalog.default_id,
        "status": describe_status(style),
    }


class Command(BaseCommand):
    help = "Lists the styles, and which of them are ready; or changes which ones people are offered, and in what order."
    requires_system_checks = []  # it is among the first things that are run, before there is a database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="as JSON, for programs")
        parser.add_argument("--enable", nargs="+", default=[], metavar="ID", help="offer these to people")
        parser.add_argument("--disable", nargs="+", default=[], metavar="ID", help="offer these no longer")
        parser.add_argument("--order", nargs="+", default=[], metavar="ID", help="list these first, in this order")
        parser.add_argument("--default", metavar="ID", help="the one that is selected at first")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            _apply(options)
            catalog = _load_catalog()
        except ImagingError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            lines = [json.dumps([_as_json(style, catalog) for style in catalog.styles], ensure_ascii=False, indent=2)]
        else:
            lines = align_columns([HEADINGS, *(_row(style, catalog) for style in catalog.styles)])
        self.stdout.write("\n".join(lines))


def _apply(options: dict[str, Any]) -> None:
    """Store what is to be changed: all of it, or nothing. Raise UnknownStyle or StyleNotDownloaded."""
    if not any(options[name] for name in ("enable", "disable", "order", "default")):
        return
    with transaction.atomic():
        for style_id in options["enable"]:
            services.set_enabled(style_id, True)
        for style_id in options["disable"]:
            services.set_enabled(style_id, False)
        if options["order"]:
            services.set_order(options["order"])
        if options["default"]:
            services.set_default(options["default"])


def _load_catalog() -> StyleCatalog:
    """Return the styles with the settings of the database; without them where there is none yet."""
    try:
        with transaction.atomic():
            return load_style_catalog()
    except DatabaseError:
        return StyleCatalog(get_style_registry().all(), {})

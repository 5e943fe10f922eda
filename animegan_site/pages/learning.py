"""Reports of training runs, which `manage.py training_report` writes, as the page How it learns shows them."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gallery.photos.samples import SAMPLES, Sample
from gallery.styles import get_style_titles
from inference.styles import text_in_language

logger = logging.getLogger(__name__)

FOLDER = "learning"  # in static files
MEASURE_LABELS = {
    "error": _("Mean error on held-out photos"),
    "ssim": _("Similarity on held-out photos (SSIM)"),
    "gabor": _("Difference in lines and textures (Gabor)"),
}
UNITS = {"of 255": _("of 255")}
COMPARED = {"photo": _("the unchanged photo"), "start": _("the starting point"), "ours": _("the trained network")}


@dataclass(frozen=True)
class Curve:
    """A panel of the picture of all curves. `last`: the value at the end, with its unit after it."""

    label: Promise | str
    column: str
    address: str
    last: float
    unit: Promise | str
    has_reference: bool


@dataclass(frozen=True)
class Strip:
    """A photo and its results at these steps, in one picture."""

    style: str
    sample: Sample
    address: str
    width: int
    height: int
    steps: list[int]


@dataclass(frozen=True)
class Report:
    """What a run shows. `figures`: rows of figures on pairs held out, by style."""

    name: str
    title: str
    date: date
    command: list[str]  # an option with its values each
    steps: int
    duration: str  # empty where the run did not log it
    curves: list[Curve]
    strips: list[Strip]
    figures: list[tuple[str, list[dict[str, Any]]]]

    @property
    def credits(self) -> list[str]:
        """Whom to thank for the photos, each once."""
        return list(dict.fromkeys(strip.sample.credit for strip in self.strips))


def reports(language: str) -> list[Report]:
    """Those in the static files, the latest first; what cannot be shown is logged and left out."""
    return sorted(_reports(language), key=lambda report: (report.date, report.name), reverse=True)


def _reports(language: str) -> Iterator[Report]:
    titles = get_style_titles(language)
    for folder in settings.STATICFILES_DIRS:
        for path in sorted((Path(folder) / FOLDER).glob("[!.]*/report.json")):
            try:
                yield _report(path.parent.name, json.loads(path.read_text("utf-8")), language, titles)
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                # ValueError, too, where files are not collected yet: the next start does that.
                logger.warning("%s is not shown: %s", path, error)


def _report(name: str, facts: dict[str, Any], language: str, titles: dict[str, str]) -> Report:
    def address(file: str) -> str:
        return staticfiles_storage.url(f"{FOLDER}/{name}/{file}")

    def style_title(style: str) -> str:
        return titles.get(style) or style.replace("_", " ").capitalize()

    title = facts["title"]  # one for all languages, or by language
    return Report(
        name=name,
        title=text_in_language(title, language) if isinstance(title, dict) else title,
        date=date.fromisoformat(facts["date"]),
        command=re.split(" (?=--)", facts["command"]) if facts["command"] else [],
        steps=facts["steps"],
        duration="" if facts["seconds"] is None else _duration(facts["seconds"]),
        curves=[_curve(curve, address("curves.svg"), style_title) for curve in facts["curves"]],
        strips=[
            Strip(style_title(s["style"]), SAMPLES[s["photo"]], address(s["file"]), s["width"], s["height"], s["steps"])
            for s in facts["strips"]
        ],
        figures=[
            (style_title(style), [row | {"name": COMPARED.get(row["of"]) or style_title(row["of"])} for row in rows])
            for style, rows in groupby(facts["figures"], lambda row: row["style"])
        ],
    )


def _duration(seconds: float) -> str:
    if seconds < 3600:
        return gettext("%(minutes)s min") % {"minutes": localize(ceil(seconds / 60))}
    return gettext("%(hours)s h") % {"hours": localize(round(seconds / 3600, 1))}


def _curve(facts: dict[str, Any], address: str, style_title: Any) -> Curve:
    from training.losses import LABELS  # takes torch along, which is not to make the start of the site longer

    name = facts["name"]
    label = LABELS.get(name) or MEASURE_LABELS.get(name) or style_title(name.removeprefix("error_"))
    return Curve(
        label, name, f"{address}#{name}", facts["last"], UNITS.get(facts["unit"], facts["unit"]), facts["has_reference"]
    )

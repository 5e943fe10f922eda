"""The page How it learns, with the reports of training runs that `manage.py training_report` writes."""

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
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from gallery.photos.samples import SAMPLES, SamplePhoto
from gallery.showcase.views.gallery import allow_public_caching
from gallery.styles import get_style_titles, list_style_cards
from imaging.json_files import read_json
from imaging.samples import DEFAULT_SAMPLE
from inference.styles import text_in_language

logger = logging.getLogger(__name__)

REPORTS_FOLDER = "learning"  # in static files
MEASURE_LABELS = {
    "error": _("Mean error on held-out photos"),
    "ssim": _("Similarity on held-out photos (SSIM)"),
    "gabor": _("Difference in lines and textures (Gabor)"),
}
# Reports of older versions bring no labels. Those are written out here by column: to import them from `training.losses`
# would load torch into the web process.
LEGACY_LOSS_LABELS = {
    "l1": _("Colors"),
    "gradient": _("Lines"),
    "hint": _("Feature distillation"),
    "patches": _("Patch distribution"),
    "lpips": _("Perceptual distance (LPIPS)"),
    "features": _("Feature matching"),
    "adversarial": _("Adversarial loss"),
    "discriminator": _("Discriminator loss"),
    "content": _("Content"),
    "style": _("Textures"),
    "colour": _("Colors"),
    "total_variation": _("Total variation"),
    "surface": _("Surface"),
    "structure": _("Structure"),
    "regions": _("Structure"),  # the same loss, as AnimeGAN has it
    "texture": _("Texture"),
    "landmark": _("Faces"),
    "surface_discriminator": _("Surface discriminator loss"),
    "texture_discriminator": _("Texture discriminator loss"),
}
UNITS = {"of 255": _("of 255")}
COMPARED = {"photo": _("the unchanged photo"), "start": _("the starting point"), "ours": _("the trained network")}


@dataclass(frozen=True)
class CurvePanel:
    """A panel of the picture of all curves. `last`: the value at the end, with its unit after it."""

    label: Promise | str
    column: str
    url: str
    last: float
    unit: Promise | str
    has_reference: bool


@dataclass(frozen=True)
class ResultStrip:
    """A photo and its results at these steps, in one picture."""

    style: str
    sample: SamplePhoto
    url: str
    width: int
    height: int
    steps: list[int]


@dataclass(frozen=True)
class MetricsRow:
    """How near `name` comes to the targets of held-out pairs: mean error of 255, SSIM, Gabor distance."""

    name: Promise | str
    error: float
    ssim: float
    gabor: float


@dataclass(frozen=True)
class TrainingReport:
    """What a run shows. `metrics`: rows on held-out pairs, by style."""

    name: str
    title: str
    date: date
    command: list[str]  # an option with its values each
    steps: int
    duration: str  # empty where the run did not log it
    curves: list[CurvePanel]
    strips: list[ResultStrip]
    metrics: list[tuple[str, list[MetricsRow]]]

    @property
    def credits(self) -> list[str]:
        """Return whom to thank for the photos, each once."""
        return list(dict.fromkeys(strip.sample.credit for strip in self.strips))


@login_not_required
@require_safe
def learning(request: HttpRequest) -> HttpResponse:
    """Show how a network learns, and the reports of training runs."""
    context = {
        "styles": list_style_cards(request.LANGUAGE_CODE),
        "portrait": SAMPLES[DEFAULT_SAMPLE],
        "reports": list_reports(request.LANGUAGE_CODE),
    }
    return allow_public_caching(request, render(request, "learning/page.html", context))


def list_reports(language: str) -> list[TrainingReport]:
    """Return those in the static files, the latest first; what cannot be shown is logged and left out."""
    return sorted(_read_reports(language), key=lambda report: (report.date, report.name), reverse=True)


def _read_reports(language: str) -> Iterator[TrainingReport]:
    titles = get_style_titles(language)
    for folder in settings.STATICFILES_DIRS:
        for path in sorted((Path(folder) / REPORTS_FOLDER).glob("[!.]*/report.json")):
            try:
                yield _parse_report(path.parent.name, read_json(path), language, titles)
            except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
                # ValueError, too, where files are not collected yet: the next start does that.
                logger.warning("%s is not shown: %s", path, error)


def _parse_report(name: str, facts: dict[str, Any], language: str, titles: dict[str, str]) -> TrainingReport:
    """Return the report that `facts`, a report.json, tells of."""

    def static_url(file: str) -> str:
        return staticfiles_storage.url(f"{REPORTS_FOLDER}/{name}/{file}")

    def style_title(style: str) -> str:
        return titles.get(style) or style.replace("_", " ").capitalize()

    def parse_curve(curve: dict[str, Any]) -> CurvePanel:
        column = curve["name"]
        return CurvePanel(
            label=_label_of_loss(curve) or MEASURE_LABELS.get(column) or style_title(column.removeprefix("error_")),
            column=column,
            url=f"{static_url('curves.svg')}#{column}",
            last=curve["last"],
            unit=UNITS.get(curve["unit"], curve["unit"]),
            has_reference=curve["has_reference"],
        )

    def parse_strip(strip: dict[str, Any]) -> ResultStrip:
        return ResultStrip(
            style=style_title(strip["style"]),
            sample=SAMPLES[strip["photo"]],
            url=static_url(strip["file"]),
            width=strip["width"],
            height=strip["height"],
            steps=strip["steps"],
        )

    def parse_metrics(row: dict[str, Any]) -> MetricsRow:
        title = COMPARED.get(row["of"]) or style_title(row["of"])
        return MetricsRow(title, error=row["error"], ssim=row["ssim"], gabor=row["gabor"])

    title = facts["title"]  # one for all languages, or by language
    return TrainingReport(
        name=name,
        title=text_in_language(title, language) if isinstance(title, dict) else title,
        date=date.fromisoformat(facts["date"]),
        command=re.split(" (?=--)", facts["command"]) if facts["command"] else [],
        steps=facts["steps"],
        duration="" if facts["seconds"] is None else _format_duration(facts["seconds"]),
        curves=[parse_curve(curve) for curve in facts["curves"]],
        strips=[parse_strip(strip) for strip in facts["strips"]],
        metrics=[
            (style_title(style), [parse_metrics(row) for row in rows])
            for style, rows in groupby(facts["figures"], lambda row: row["style"])
        ],
    )


def _label_of_loss(curve: dict[str, Any]) -> Promise | str | None:
    """Return the label of the loss whose curve it is, None where it is another measure."""
    if "label" in curve:
        return gettext(curve["label"]) if curve["label"] else None
    return LEGACY_LOSS_LABELS.get(curve["name"])


def _format_duration(seconds: float) -> str:
    if seconds < 3600:
        return gettext("%(minutes)s min") % {"minutes": localize(ceil(seconds / 60))}
    return gettext("%(hours)s h") % {"hours": localize(round(seconds / 3600, 1))}

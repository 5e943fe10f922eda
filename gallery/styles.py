"""Styles as the pages show them: titles in the visitor's language, previews of sample photos."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from gallery.photos.samples import PREVIEW_PX
from gallery.storage.labels import get_visible_language, make_label
from imaging.decode import Picture, decode_image, shrink_picture
from imaging.encode import encode_image
from imaging.files import write_atomically
from imaging.labels import AigcLabel
from imaging.labels.relabel import relabel_image
from imaging.samples import DEFAULT_SAMPLE, sample_file
from imaging.urls import is_web_url
from inference.runtime import get_engine, get_style_registry
from inference.styles import Style


@dataclass(frozen=True)
class StyleCard:
    """A style with its texts in one language."""

    id: str
    title: str
    description: str
    subject: str
    license: str
    license_url: str  # empty where there is none that may be a link
    is_available: bool
    has_fast: bool
    version: str  # part of the URLs of previews: another version gives another picture


def _card(style: Style, language: str) -> StyleCard:
    return StyleCard(
        id=style.id,
        title=style.title_in(language),
        description=style.description_in(language),
        subject=style.subject,
        license=style.license_in(language),
        # Whoever wrote the manifest, a link on a page leads to a page.
        license_url=style.license_url if is_web_url(style.license_url) else "",
        is_available=style.is_available,
        has_fast=style.has_fast,
        version=style.variant(is_fast=True).version if style.is_available else "",
    )


def list_style_cards(language: str) -> list[StyleCard]:
    """Return all styles, those that can be used first."""
    return sorted((_card(s, language) for s in get_style_registry().all()), key=lambda card: not card.is_available)


def get_style_titles(language: str) -> dict[str, str]:
    """Return the titles of all styles by their ids."""
    return {style.id: style.title_in(language) for style in get_style_registry().all()}


def get_style_preview(style_id: str, sample: str = DEFAULT_SAMPLE) -> bytes:
    """Return a WebP of a sample photo in a style; it is converted on the first call, and stored below VAR_DIR.

    A fast variant of the style makes it, where there is one. Raise what `Engine.stylize` and
    `StyleRegistry.get_available` raise, and KeyError for an unknown sample.
    """
    style = get_style_registry().get_available(style_id).variant(is_fast=True)
    name = f"{style.version}_{sample}"
    path = Path(settings.VAR_DIR) / "previews" / f"{name}.webp"
    if not path.exists():
        with get_engine().slot():
            if not path.exists():  # of many visitors who come at once, the first one makes it
                _write_style_preview(path, style, sample)
    return _label_preview(path.read_bytes(), make_label(name), get_visible_language())


@lru_cache(maxsize=64)
def _label_preview(data: bytes, label: AigcLabel | None, language: str | None) -> bytes:
    """It is the same for all who see the site in one language."""
    return relabel_image(data, "WEBP", label, language)


def _write_style_preview(path: Path, style: Style, sample: str) -> None:
    photo = decode_image(sample_file(sample))
    result = shrink_picture(Picture(get_engine().stylize(photo.pixels, style)), PREVIEW_PX)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, encode_image(result, "WEBP", style=style.id))  # two processes may be the first at once

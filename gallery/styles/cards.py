"""Styles as the pages show them: with titles and texts in the visitor's language."""

from dataclasses import dataclass

from gallery.styles.catalog import StyleCatalog, load_style_catalog
from gallery.styles.titles import get_style_titles
from imaging.urls import is_web_url
from inference.runtime import get_style_registry
from inference.styles import Style


@dataclass(frozen=True)
class StyleCard:
    """A style with its texts in one language."""

    id: str
    title: str
    description: str
    subject: str
    license: str  # empty where the style is gone from the manifest
    license_url: str  # empty where there is none that may be a link
    is_available: bool
    has_fast: bool
    version: str  # part of the URLs of previews: another version gives another picture


def build_style_card(style: Style, language: str) -> StyleCard:
    """Return the card of a style of the manifest."""
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


def list_style_cards(language: str, catalog: StyleCatalog | None = None) -> list[StyleCard]:
    """Return the styles that people may convert with, in the operator's order."""
    return [build_style_card(style, language) for style in (catalog or load_style_catalog()).offered]


def get_style_card(style_id: str, language: str) -> StyleCard:
    """Return the style that something was made with, be it offered, disabled, or gone from the manifest."""
    for style in get_style_registry().all():
        if style.id == style_id:
            return build_style_card(style, language)
    return StyleCard(style_id, get_style_titles(language)[style_id], "", "any", "", "", False, False, "")

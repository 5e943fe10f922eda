"""Styles as the pages show them: titles in the visitor's language, previews of one sample photo."""

import importlib.util
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from inference import images
from inference.runtime import registry
from inference.styles import Style

from .conversion import THUMBNAIL_SIDE, convert

# Portrait of the astronaut Eileen Collins: NASA, public domain; scikit-image carries it.
SAMPLE_IN_PACKAGE = Path("data") / "astronaut.png"


@dataclass(frozen=True)
class StyleCard:
    """A style with its texts in one language."""

    id: str
    title: str
    description: str
    subject: str
    licence: str
    licence_url: str
    downloaded: bool
    version: str  # another one is another picture


def _card(style: Style, language: str) -> StyleCard:
    return StyleCard(
        id=style.id,
        title=style.title_in(language),
        description=style.description_in(language),
        subject=style.subject,
        licence=style.licence_in(language),
        licence_url=style.licence_url,
        downloaded=style.downloaded,
        version=style.version if style.downloaded else "",
    )


def style_cards(language: str) -> list[StyleCard]:
    """All styles, those that can be used first."""
    return sorted((_card(s, language) for s in registry().all()), key=lambda card: not card.downloaded)


def style_titles(language: str) -> dict[str, str]:
    """Title by id."""
    return {style.id: style.title_in(language) for style in registry().all()}


def sample_file() -> Path:
    """The sample photo's file. Only found, not imported: the package is large."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("scikit-image, which carries the sample photo, is not installed")
    return Path(spec.submodule_search_locations[0]) / SAMPLE_IN_PACKAGE


@cache
def sample_preview() -> bytes:
    """The sample photo as WebP; everybody who opens the site asks for it."""
    picture = images.shrink(images.decode(sample_file()), THUMBNAIL_SIDE)
    return images.encode(picture, "WEBP", style=None)


def style_preview(style_id: str) -> bytes:
    """WebP of the sample photo in a style; converted on the first call, kept for the next.

    Raises what `convert` raises.
    """
    style = registry().get_available(style_id)
    kept = Path(settings.VAR_DIR) / "previews" / f"{style.version}.webp"
    if not kept.exists():
        converted = convert(sample_file(), style_id, "balanced")
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{uuid.uuid4().hex}")  # two visitors may be the first at the same time
        part.write_bytes(converted.thumbnail.data)
        part.replace(kept)
    return kept.read_bytes()

"""Previews of styles: sample photos, converted once and stored, labeled as results are."""

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
from inference.runtime import get_engine, get_style_registry
from inference.styles import Style


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

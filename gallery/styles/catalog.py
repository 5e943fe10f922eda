"""The styles of the manifest as the operator wants them: which are offered, in what order, which one first.

The manifest says what a style is, a row of `StyleSetting` what the operator decided about it. Rows are read once for a
page: `load_style_catalog` asks one query.
"""

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from gallery.models import StyleSetting
from inference.errors import UnknownStyle
from inference.runtime import get_style_registry
from inference.styles import Style


@dataclass(frozen=True)
class StyleCatalog:
    """Every style of the manifest in the operator's order, and the operator's settings by id."""

    styles: list[Style]
    settings: dict[str, StyleSetting]

    def setting(self, style_id: str) -> StyleSetting:
        """Return the settings of a style or another file; those of one that nobody touched are not stored."""
        return self.settings.get(style_id) or StyleSetting(style=style_id)

    def is_offered(self, style: Style) -> bool:
        """Return whether people may convert with it: it is there, and not disabled."""
        return self.setting(style.id).is_enabled and style.is_available

    @cached_property
    def offered(self) -> list[Style]:
        """Return the styles that people may convert with."""
        return [style for style in self.styles if self.is_offered(style)]

    @property
    def default_id(self) -> str:
        """Return the id of the style that is selected at first; empty where none is offered.

        It is the one that the operator chose, else DEFAULT_STYLE, else the first.
        """
        offered = [style.id for style in self.offered]
        chosen = [style_id for style_id, row in self.settings.items() if row.is_default]
        return next((style_id for style_id in (*chosen, settings.DEFAULT_STYLE, *offered) if style_id in offered), "")


def load_style_catalog() -> StyleCatalog:
    """Return the styles with the settings of now. Raise BadWeights where the manifest is not usable."""
    rows = {row.style: row for row in StyleSetting.objects.all()}

    def key(place: int, style: Style) -> tuple[bool, int, int]:
        position = rows[style.id].position if style.id in rows else None
        return (position is None, position or 0, place)

    places = sorted(enumerate(get_style_registry().all()), key=lambda item: key(*item))
    return StyleCatalog([style for _place, style in places], rows)


def get_offered_style(style_id: str) -> Style:
    """Return a style that people may convert with. Raise UnknownStyle or StyleNotDownloaded."""
    style = get_style_registry().get_available(style_id)
    if StyleSetting.objects.filter(style=style_id, is_enabled=False).exists():
        raise UnknownStyle(f"{style_id} is disabled on this site; an administrator can enable it under Styles")
    return style

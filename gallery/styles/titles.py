"""Titles of styles, also of those that are gone: a work says what it was made with for as long as it is there."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from gallery.conversion_log import VIDEO_SUFFIX
from gallery.models import StyleSetting
from inference.runtime import get_style_registry
from inference.styles import Style, text_in_language

# Styles that came with earlier versions. Others that are gone are in the rows of the operator's settings.
RETIRED_TITLES = {
    "compact_face_paint": {"en": "Painted face", "zh-hans": "手绘人像"},
    "compact_hayao": {"en": "Hayao, light", "zh-hans": "宫崎骏 · 轻量"},
    "compact_paprika": {"en": "Paprika, light", "zh-hans": "红辣椒 · 轻量"},
    "compact_shinkai": {"en": "Shinkai, light", "zh-hans": "新海诚 · 轻量"},
}


class StyleTitles(dict[str, str]):
    """The titles of the manifest by id, in its order; `titles[id]` is a readable name for any other id as well."""

    def __init__(self, language: str, styles: Iterable[Style]) -> None:
        super().__init__((style.id, style.title_in(language)) for style in styles)
        self._language = language
        self._remembered: dict[str, dict[str, str]] | None = None

    def __missing__(self, style_id: str) -> str:
        if style_id.endswith(VIDEO_SUFFIX):  # as the statistics name what videos were converted with
            return _("%(style)s (video)") % {"style": self[style_id.removesuffix(VIDEO_SUFFIX)]}
        if "en" in (titles := self.load_remembered().get(style_id, {})):
            return text_in_language(titles, self._language)
        return style_id.replace("_", " ").strip().capitalize()

    def load_remembered(self) -> dict[str, dict[str, str]]:
        """Return the titles of styles that are gone; read once, where they are needed: most sites have none."""
        if self._remembered is None:
            rows = StyleSetting.objects.values_list("style", "titles")
            self._remembered = RETIRED_TITLES | {style: titles for style, titles in rows if titles}
        return self._remembered


def get_style_titles(language: str) -> StyleTitles:
    """Return the titles of all styles by their ids."""
    return StyleTitles(language, get_style_registry().all())


def remember_style_titles() -> None:
    """Store the titles of the manifest for the time when it no longer has them."""
    titles = {style.id: style.title for style in get_style_registry().all()}
    known = dict(StyleSetting.objects.values_list("style", "titles"))
    new = [StyleSetting(style=style_id, titles=texts) for style_id, texts in titles.items() if style_id not in known]
    StyleSetting.objects.bulk_create(new, ignore_conflicts=True)  # another process may do the same
    for style_id, texts in titles.items():
        if known.get(style_id, texts) != texts:
            StyleSetting.objects.filter(style=style_id).update(titles=texts)

"""The styles of this site: what the manifest knows, and what the operator made of it."""

from gallery.styles.cards import StyleCard, get_style_card, list_style_cards
from gallery.styles.catalog import StyleCatalog, get_offered_style, load_style_catalog
from gallery.styles.previews import get_style_preview
from gallery.styles.titles import StyleTitles, get_style_titles

__all__ = [
    "StyleCard",
    "StyleCatalog",
    "StyleTitles",
    "get_offered_style",
    "get_style_card",
    "get_style_preview",
    "get_style_titles",
    "list_style_cards",
    "load_style_catalog",
]

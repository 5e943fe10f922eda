"""The admin pages of the gallery: what waits for a decision, what was decided, works, videos and accounts."""

from gallery.moderation.admin import exhibits, people, reports, styles, videos, works

__all__ = ["exhibits", "people", "reports", "styles", "videos", "works"]

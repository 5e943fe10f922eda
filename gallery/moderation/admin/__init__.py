"""The pages of staff: what waits for a decision, what was decided, and how the site does."""

from gallery.moderation.admin import exhibits, people, reports, videos, works

__all__ = ["exhibits", "people", "reports", "videos", "works"]

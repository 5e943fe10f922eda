"""The pages of staff: what waits for a decision, what was decided, and how the site does."""

from gallery.moderation.admin import decisions, exhibits, people, reports, video_jobs, videos, works

__all__ = ["decisions", "exhibits", "people", "reports", "video_jobs", "videos", "works"]

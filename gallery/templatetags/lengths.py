"""Durations of videos."""

from django import template

register = template.Library()


@register.filter
def clock(seconds: float) -> str:
    """Return minutes and seconds: `0:07`, `12:30`; never `0:00`."""
    minutes, rest = divmod(max(1, round(seconds)), 60)
    return f"{minutes}:{rest:02}"

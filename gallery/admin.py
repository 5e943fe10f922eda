"""Registers the pages of staff with Django's admin, which looks for them here."""

from gallery.moderation import admin

__all__ = ["admin"]

"""Lets a page of another app say how much somebody keeps here."""

from django import template

from accounts.models import User
from gallery.storage import quotas

register = template.Library()


@register.simple_tag
def get_quota(user: User) -> quotas.Quota:
    return quotas.get_quota(user)

"""The quota, for pages of other apps."""

from django import template

from accounts.models import User
from gallery.storage import quotas

register = template.Library()


@register.simple_tag
def get_quota(user: User) -> quotas.Quota:
    """Return what a person stores and may store: `{% get_quota user as quota %}`."""
    return quotas.get_quota(user)

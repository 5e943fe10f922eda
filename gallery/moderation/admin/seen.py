"""What staff had before them when they decided: their pages send back which exhibits they showed, and as of when."""

from collections.abc import Iterable
from datetime import datetime

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from gallery.models import Exhibit

SEEN_FIELD = "seen"


def format_seen_versions(exhibits: Iterable[Exhibit]) -> str:
    """The key of each, and when its owner last changed it."""
    return " ".join(f"{exhibit.pk}@{exhibit.submitted.isoformat()}" for exhibit in exhibits)


def seen_versions_input(exhibits: Iterable[Exhibit]) -> SafeString:
    """For the form of the page that shows them; one for all, as Django takes only so many fields."""
    return format_html('<input type="hidden" name="{}" value="{}">', SEEN_FIELD, format_seen_versions(exhibits))


def parse_seen_versions(request: HttpRequest) -> dict[int, datetime]:
    """What the page that this comes from showed; what cannot be read was not shown."""
    seen = {}
    for stamp in " ".join(request.POST.getlist(SEEN_FIELD)).split():
        pk, _at, submitted = stamp.partition("@")
        try:
            seen[int(pk)] = datetime.fromisoformat(submitted)
        except ValueError:
            continue
    return seen

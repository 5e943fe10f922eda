"""Pictures on the pages of staff. A work is its owner's alone until they submit it, and once they take it back."""

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from gallery.models import Exhibit, ExhibitState, VideoJob, Work
from gallery.moderation.admin.seen import seen_versions_input

SMALL, LARGE = "small", "large"


def submitted_exhibit(work: Work | VideoJob) -> Exhibit | None:
    """The exhibit that staff may look at; None for what is private."""
    exhibit: Exhibit | None = getattr(work, "exhibit", None)  # no row: the attribute is missing
    return None if exhibit is None or exhibit.state == ExhibitState.WITHDRAWN else exhibit


def before_after_html(exhibit: Exhibit | None, size: str = SMALL) -> SafeString:
    """Before and after, as far as their owner shows them; a word for a private work."""
    if exhibit is None or exhibit.state == ExhibitState.WITHDRAWN:
        return render_to_string("admin/gallery/private.html")
    width = exhibit.renditions[0][0]
    return render_to_string("admin/gallery/pictures.html", {"exhibit": exhibit, "width": width, "size": size})


def caption(exhibit: Exhibit) -> str:
    """What else others see of it."""
    return f"{exhibit.title} ({exhibit.get_kind_display()})"


def list_cell_html(exhibit: Exhibit | None) -> SafeString:
    """All that a decision is about, in a row that has no columns for it; the list sends back that it was shown."""
    if exhibit is None or exhibit.state == ExhibitState.WITHDRAWN:
        return before_after_html(None)
    return format_html(
        '{}<p class="line">{}</p>{}', before_after_html(exhibit), caption(exhibit), seen_versions_input([exhibit])
    )

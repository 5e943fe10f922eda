"""What a row of the staff's lists shows: before and after, the buttons that decide, and which version was seen.

A work is its owner's alone until they submit it, and once they take it back.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise as StrPromise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gallery.models import Exhibit, ExhibitState, ModerationAction, VideoJob, Work

SMALL, LARGE = "small", "large"
SEEN_FIELD = "seen"

Button = tuple[ModerationAction, StrPromise]
PUBLISH: Button = (ModerationAction.PUBLISH, _("Publish"))
KEEP_PUBLISHED: Button = (ModerationAction.PUBLISH, _("Keep published"))
REJECT: Button = (ModerationAction.REJECT, _("Reject…"))
HIDE: Button = (ModerationAction.HIDE, _("Hide…"))
BUTTONS_BY_STATE: dict[ExhibitState, tuple[Button, ...]] = {
    ExhibitState.WAITING: (PUBLISH, REJECT),
    ExhibitState.PUBLISHED: (HIDE,),
    ExhibitState.REJECTED: (PUBLISH,),
    ExhibitState.HIDDEN: (PUBLISH, REJECT),
    ExhibitState.WITHDRAWN: (),
}


def submitted_exhibit(work: Work | VideoJob) -> Exhibit | None:
    """Return the exhibit that staff may look at; None for what is private."""
    exhibit: Exhibit | None = getattr(work, "exhibit", None)  # without a row the attribute is missing
    return None if exhibit is None or exhibit.state == ExhibitState.WITHDRAWN else exhibit


def before_after_html(exhibit: Exhibit | None, size: str = SMALL) -> SafeString:
    """Return both images, as far as the owner shows them; a word for a private work."""
    if exhibit is None or exhibit.state == ExhibitState.WITHDRAWN:
        return render_to_string("admin/gallery/private.html")
    width = exhibit.renditions[0][0]
    return render_to_string("admin/gallery/pictures.html", {"exhibit": exhibit, "width": width, "size": size})


def caption(exhibit: Exhibit) -> str:
    """Return what else others see of an exhibit."""
    return f"{exhibit.title} ({exhibit.get_kind_display()})"


def list_cell_html(exhibit: Exhibit | None) -> SafeString:
    """Return all that a decision is about, for a row that has no columns for it, with the hidden field."""
    if exhibit is None or exhibit.state == ExhibitState.WITHDRAWN:
        return before_after_html(None)
    return format_html(
        '{}<p class="line">{}</p>{}', before_after_html(exhibit), caption(exhibit), seen_versions_input([exhibit])
    )


def decision_buttons(row: Model, exhibit: Exhibit, buttons: Sequence[Button], *, in_list: bool) -> SafeString:
    """Return the buttons of a row. In a list they post to its URL with its filters, elsewhere to the plain list."""
    context = {
        "buttons": buttons,
        "row": row,
        "title": exhibit.title,
        "target": "" if in_list else reverse(f"admin:gallery_{row._meta.model_name}_changelist"),
    }
    return render_to_string("admin/gallery/buttons.html", context)


# Staff decide about what they saw. Their pages send back which exhibits they showed, and as of when; a decision about
# one that its owner has changed since is refused (see `gallery.moderation.services`).
def format_seen_versions(exhibits: Iterable[Exhibit]) -> str:
    """Return the key of each exhibit, and when its owner last changed it."""
    return " ".join(f"{exhibit.pk}@{exhibit.submitted.isoformat()}" for exhibit in exhibits)


def seen_versions_input(exhibits: Iterable[Exhibit]) -> SafeString:
    """Return the hidden field for a page that shows these; one for all, as Django takes only so many fields."""
    return format_html('<input type="hidden" name="{}" value="{}">', SEEN_FIELD, format_seen_versions(exhibits))


def parse_seen_versions(request: HttpRequest) -> dict[int, datetime]:
    """Return what the page that was posted showed: when each exhibit was submitted, by its key.

    A part that cannot be read counts as not shown.
    """
    seen = {}
    for version in " ".join(request.POST.getlist(SEEN_FIELD)).split():
        pk, _at, submitted = version.partition("@")
        try:
            seen[int(pk)] = datetime.fromisoformat(submitted)
        except ValueError:
            continue
    return seen

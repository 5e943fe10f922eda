"""The buttons that decide about one row, in its list and on its own page."""

from collections.abc import Sequence

from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise as StrPromise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gallery.models import Act, Exhibit, State

PUBLISH, KEEP = (Act.PUBLISH, _("Publish")), (Act.PUBLISH, _("Keep published"))
REJECT, HIDE = (Act.REJECT, _("Reject…")), (Act.HIDE, _("Hide…"))
# What may be decided about an exhibit, by its state.
ACTS = {
    State.WAITING: (PUBLISH, REJECT),
    State.PUBLISHED: (HIDE,),
    State.REJECTED: (PUBLISH,),
    State.HIDDEN: (PUBLISH, REJECT),
    State.WITHDRAWN: (),
}


def buttons(row: Model, exhibit: Exhibit, acts: Sequence[tuple[Act, StrPromise]], *, in_list: bool) -> SafeString:
    """In a list they send to the address with its filters; the row's own page sends to the plain list."""
    context = {
        "acts": acts,
        "row": row,
        "title": exhibit.title,
        "target": "" if in_list else reverse(f"admin:gallery_{row._meta.model_name}_changelist"),
    }
    return render_to_string("admin/gallery/buttons.html", context)

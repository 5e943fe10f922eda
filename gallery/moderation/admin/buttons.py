"""The buttons that decide about one row, in its list and on its own page."""

from collections.abc import Sequence

from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise as StrPromise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gallery.models import Exhibit, ExhibitState, ModerationAction

PUBLISH, KEEP = (ModerationAction.PUBLISH, _("Publish")), (ModerationAction.PUBLISH, _("Keep published"))
REJECT, HIDE = (ModerationAction.REJECT, _("Reject…")), (ModerationAction.HIDE, _("Hide…"))
# What may be decided about an exhibit, by its state.
ACTIONS_BY_STATE = {
    ExhibitState.WAITING: (PUBLISH, REJECT),
    ExhibitState.PUBLISHED: (HIDE,),
    ExhibitState.REJECTED: (PUBLISH,),
    ExhibitState.HIDDEN: (PUBLISH, REJECT),
    ExhibitState.WITHDRAWN: (),
}


def decision_buttons(
    row: Model, exhibit: Exhibit, actions: Sequence[tuple[ModerationAction, StrPromise]], *, in_list: bool
) -> SafeString:
    """In a list they send to the address with its filters; the row's own page sends to the plain list."""
    context = {
        "actions": actions,
        "row": row,
        "title": exhibit.title,
        "target": "" if in_list else reverse(f"admin:gallery_{row._meta.model_name}_changelist"),
    }
    return render_to_string("admin/gallery/buttons.html", context)

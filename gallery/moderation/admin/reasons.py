"""The page that asks for a reason before staff refuse or delete works."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gallery.models import Decision, Exhibit, ModerationAction
from gallery.moderation.admin.widgets import SEEN_FIELD, format_seen_versions

# Each row that the page asks about is a hidden field of its form; Django takes 1000 fields.
MAX_WORKS_PER_REASON = 500
# Title of the page, its button, and what becomes of the reason.
TEXTS = {
    ModerationAction.REJECT: (
        gettext_lazy("Reject works"),
        gettext_lazy("Reject"),
        gettext_lazy("The owner of the work will see it."),
    ),
    ModerationAction.HIDE: (
        gettext_lazy("Hide works"),
        gettext_lazy("Hide"),
        gettext_lazy("The owner of the work will see it."),
    ),
    ModerationAction.DELETE: (
        gettext_lazy("Delete works"),
        gettext_lazy("Delete"),
        gettext_lazy("It is kept in the list of decisions. The works and their files are deleted permanently."),
    ),
}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=Decision._meta.get_field("reason").max_length,
        widget=forms.Textarea({"rows": 3, "class": "vLargeTextField", "autofocus": True}),
    )


def make_reason_form(request: HttpRequest, action: ModerationAction) -> ReasonForm:
    """Return the form, bound where the page that asks was posted."""
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    form.fields["reason"].help_text = TEXTS[action][2]
    return form


@dataclass(frozen=True)
class ReasonPage:
    """What the page asks about. `works` are shown, each with its name and images.

    The versions of the `exhibits` on it are posted with the reason. `private_count` says how many works are skipped.
    """

    action: ModerationAction
    action_name: str  # of the admin's action that the answer runs
    works: Sequence[tuple[str, SafeString]]
    exhibits: Sequence[Exhibit] = ()
    private_count: int = 0


def render_reason_page(
    admin: ModelAdmin, request: HttpRequest, rows: QuerySet, form: ReasonForm, page: ReasonPage
) -> HttpResponse:
    """Ask for the reason. Every row is named in a hidden field, so that nothing else is decided about."""
    title, button, _help = TEXTS[page.action]
    selected = [(ACTION_CHECKBOX_NAME, pk) for pk in rows.values_list("pk", flat=True)]
    one = request.POST.get("one")
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": title,
        "button": button,
        "form": form,
        "works": page.works,
        "private": page.private_count,
        "hidden": [
            (SEEN_FIELD, format_seen_versions(page.exhibits)),
            *([("one", one)] if one else [("action", page.action_name), *selected]),
        ],
        "opts": admin.opts,
        "back": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/gallery/reason.html", context)


def too_many_works_text(maximum: int) -> str:
    return _("Please select at most %(count)s works at a time.") % {"count": maximum}

"""Publishing, rejecting and hiding from a list: for marked rows, or with the buttons of one."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User

from ..models import Act, Exhibit, State
from ..services.moderation import decide
from .base import LookingAdmin
from .pictures import pair

# What is asked about is named again in the answer, field by field; Django takes 1000 of them.
MOST_WITH_A_REASON = 500


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The owner of the work reads it."),
        max_length=Exhibit._meta.get_field("reason").max_length,
        widget=forms.Textarea({"rows": 3, "class": "vLargeTextField", "autofocus": True}),
    )


class DecidingAdmin(LookingAdmin):
    """Rows that stand for works. Only submitted ones are decided about; how many others there were is told."""

    def exhibits_of(self, rows: QuerySet) -> QuerySet[Exhibit]:
        """The exhibits that the rows stand for, private ones included."""
        raise NotImplementedError

    def works_in(self, rows: QuerySet) -> int:
        """How many works the rows stand for."""
        return rows.count()

    @admin.action(description=gettext_lazy("Publish"), permissions=["moderate"])
    def publish(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._decide(request, queryset, Act.PUBLISH)

    @admin.action(description=gettext_lazy("Reject with a reason"), permissions=["moderate"])
    def reject(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return self._decide_with_reason(request, queryset, Act.REJECT)

    @admin.action(description=gettext_lazy("Hide with a reason"), permissions=["moderate"])
    def hide(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return self._decide_with_reason(request, queryset, Act.HIDE)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list; also what the buttons in its rows send, so that its filters stay as they are."""
        act, _colon, pk = request.POST.get("one", "").partition(":")
        if act in self.acts and pk.isdecimal():
            if not self.has_moderate_permission(request):
                raise PermissionDenied
            row = self.get_queryset(request).filter(pk=pk)
            return getattr(self, act)(request, row) or HttpResponseRedirect(request.get_full_path())
        return super().changelist_view(request, extra_context)

    @property
    def acts(self) -> list[str]:
        return [name for name in self.actions or () if name in Act.values]

    def _decide_with_reason(self, request: HttpRequest, rows: QuerySet, act: Act) -> HttpResponse | None:
        """The page that asks for the reason; once it is given, the deed."""
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            self._decide(request, rows, act, form.cleaned_data["reason"])
            return None
        chosen = list(self._submitted(rows)[: MOST_WITH_A_REASON + 1])
        if not chosen:
            self._decide(request, rows, act)  # says why nothing comes of it
            return None
        if len(chosen) > MOST_WITH_A_REASON:
            text = _("Please mark at most %(count)s works at a time.") % {"count": MOST_WITH_A_REASON}
            self.message_user(request, text, messages.WARNING)
            return None
        return self._ask(request, rows, act, chosen, form)

    def _submitted(self, rows: QuerySet) -> QuerySet[Exhibit]:
        return self.exhibits_of(rows).exclude(state=State.WITHDRAWN).order_by("pk")

    def _ask(
        self, request: HttpRequest, rows: QuerySet, act: Act, chosen: list[Exhibit], form: ReasonForm
    ) -> HttpResponse:
        marked = [(ACTION_CHECKBOX_NAME, pk) for pk in rows.values_list("pk", flat=True)]
        one = request.POST.get("one")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Reject works") if act == Act.REJECT else _("Hide works"),
            "button": _("Reject") if act == Act.REJECT else _("Hide"),
            "form": form,
            "exhibits": [(exhibit, pair(exhibit)) for exhibit in chosen],
            "private": self.works_in(rows) - len(chosen),
            "hidden": [("one", one)] if one else [("action", str(act)), *marked],
            "opts": self.opts,
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/gallery/reason.html", context)

    def _decide(self, request: HttpRequest, rows: QuerySet, act: Act, reason: str = "") -> None:
        assert isinstance(request.user, User)  # noqa: S101 - staff are logged in
        total, chosen = self.works_in(rows), list(self._submitted(rows))
        changed = len(decide(exhibits=chosen, act=act, by=request.user, reason=reason))
        if changed:
            self.message_user(request, _done(act, changed), messages.SUCCESS)
        if unchanged := len(chosen) - changed:
            self.message_user(request, _unchanged(unchanged), messages.INFO)
        if private := total - len(chosen):
            self.message_user(request, _passed_over(private), messages.WARNING)


def _done(act: Act, count: int) -> str:
    texts = {
        Act.PUBLISH: ngettext("%(count)s work is published.", "%(count)s works are published.", count),
        Act.REJECT: ngettext("%(count)s work is rejected.", "%(count)s works are rejected.", count),
        Act.HIDE: ngettext("%(count)s work is hidden.", "%(count)s works are hidden.", count),
    }
    return texts[act] % {"count": count}


def _unchanged(count: int) -> str:
    text = ngettext("%(count)s work stays as it was.", "%(count)s works stay as they were.", count)
    return text % {"count": count}


def _passed_over(count: int) -> str:
    text = ngettext("%(count)s private work was passed over.", "%(count)s private works were passed over.", count)
    return text % {"count": count}

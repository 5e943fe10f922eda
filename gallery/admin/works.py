"""All works. What their owners have not submitted, staff see the data of, but not the pictures."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User

from ..models import Act, Exhibit, State, Work
from ..services.moderation import delete
from .base import person_link
from .filters import KindFilter, SizeFilter, StyleFilter, WorkStateFilter
from .moderation import MOST_WITH_A_REASON, DecidingAdmin
from .pictures import LARGE, in_list, pair, submitted
from .reasons import ask, reason_form, too_many


@admin.register(Work)
class WorkAdmin(DecidingAdmin):
    list_display = ("pictures", "photo", "owner_link", "style_title", "state", "kind", "size", "created")
    list_display_links = ("photo",)
    list_filter = (WorkStateFilter, KindFilter, StyleFilter, "faces", "created", SizeFilter)
    list_select_related = ("owner", "photo", "exhibit")
    search_fields = ("owner__username", "owner__email", "photo__name")
    search_help_text = _("User name, e-mail address or file name")
    ordering = ("-created",)
    actions = ("publish", "reject", "hide", "delete_selected")
    for_moderators = ("pictures", "large_pictures")
    fields = (
        "large_pictures",
        *("photo", "owner_link", "style_title", "detail", "faces", "dimensions", "size", "created"),
        *("state", "kind", "title", "reason"),
        *("seconds", "engine", "device", "id"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Work]:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("gallery.delete_work")

    def exhibits_of(self, rows: QuerySet) -> QuerySet[Exhibit]:
        return Exhibit.objects.filter(work__in=rows.order_by().values("pk"))

    # In place of the admin's own, which would leave the files behind, and nobody would know why.
    @admin.action(description=_("Delete with a reason"), permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Work]) -> HttpResponse | None:
        form = reason_form(request, Act.DELETE)
        if form.is_valid():
            self._delete(request, queryset, form.cleaned_data["reason"])
            return None
        chosen = list(queryset[: MOST_WITH_A_REASON + 1])
        if len(chosen) > MOST_WITH_A_REASON:
            self.message_user(request, too_many(MOST_WITH_A_REASON), messages.WARNING)
            return None
        works = [(work.photo.name, pair(submitted(work))) for work in chosen]
        return ask(self, request, queryset, form, act=Act.DELETE, action="delete_selected", works=works)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The same for one, from its own page."""
        if not self.has_delete_permission(request):
            raise PermissionDenied
        back = HttpResponseRedirect(reverse("admin:gallery_work_changelist"))
        row = self.get_queryset(request).filter(pk=object_id) if self.is_key(object_id) else Work.objects.none()
        if not row.exists():
            self.tell_that_it_is_gone(request)
            return back
        return self.delete_selected(request, row) or back

    def _delete(self, request: HttpRequest, works: QuerySet[Work], reason: str) -> None:
        assert isinstance(request.user, User)  # noqa: S101 - staff are logged in
        self.log_deletions(request, works)
        count = delete(works=list(works), by=request.user, reason=reason)
        text = ngettext("%(count)s work is deleted.", "%(count)s works are deleted.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    @admin.display(description=_("before and after"))
    def pictures(self, work: Work) -> SafeString:
        return in_list(submitted(work))

    @admin.display(description=_("before and after"))
    def large_pictures(self, work: Work) -> SafeString:
        return pair(submitted(work), LARGE)

    @admin.display(description=_("owner"), ordering="owner__username_key")
    def owner_link(self, work: Work) -> SafeString:
        return person_link(work.owner)

    @admin.display(description=_("state"))
    def state(self, work: Work) -> str:
        exhibit = submitted(work)
        return exhibit.get_state_display() if exhibit else str(State.WITHDRAWN.label)

    @admin.display(description=_("kind"), empty_value="")
    def kind(self, work: Work) -> str | None:
        exhibit = submitted(work)
        return exhibit.get_kind_display() if exhibit else None

    @admin.display(description=_("title"))
    def title(self, work: Work) -> str | None:
        exhibit = submitted(work)
        return exhibit.title if exhibit else None

    @admin.display(description=_("reason"))
    def reason(self, work: Work) -> str | None:
        exhibit = submitted(work)
        return exhibit.reason if exhibit else None

    @admin.display(description=_("pixels"))
    def dimensions(self, work: Work) -> str:
        return f"{work.width} × {work.height}"

    @admin.display(description=_("size"), ordering="bytes")
    def size(self, work: Work) -> str:
        return filesizeformat(work.bytes)

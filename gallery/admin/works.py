"""All works. What their owners have not submitted, staff see the data of, but not the pictures."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User

from ..models import Exhibit, State, Work
from ..services import moderation
from .base import person_link
from .filters import KindFilter, SizeFilter, StyleFilter, WorkStateFilter
from .moderation import DecidingAdmin
from .pictures import LARGE, pair, submitted


@admin.register(Work)
class WorkAdmin(DecidingAdmin):
    list_display = ("pictures", "photo", "owner_link", "style", "state", "kind", "size", "created")
    list_display_links = ("photo",)
    list_filter = (WorkStateFilter, KindFilter, StyleFilter, "created", SizeFilter)
    list_select_related = ("owner", "photo", "exhibit")
    search_fields = ("owner__username", "owner__email", "photo__name")
    search_help_text = _("User name, e-mail address or file name")
    ordering = ("-created",)
    actions = ("publish", "reject", "hide")
    for_moderators = ("pictures", "large_pictures")
    fields = (
        "large_pictures",
        *("photo", "owner_link", "style", "detail", "dimensions", "size", "created"),
        *("state", "kind", "title", "reason"),
        *("seconds", "engine", "device", "id"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Work]:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("gallery.delete_work")

    def exhibits_of(self, rows: QuerySet) -> QuerySet[Exhibit]:
        return Exhibit.objects.filter(work__in=rows.order_by().values("pk"))

    # The admin's own deletion would leave the files behind, and nobody would know who did it.
    def delete_model(self, request: HttpRequest, obj: Work) -> None:
        self.delete_queryset(request, Work.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Work]) -> None:
        assert isinstance(request.user, User)  # noqa: S101 - staff are logged in
        moderation.delete(works=list(queryset.select_related("owner")), by=request.user)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """What belongs to a work goes with it, and needs no permission of its own."""
        _nested, counts, _lacking, protected = super().get_deleted_objects(objs, request)
        return [str(work) for work in objs], counts, set(), protected

    @admin.display(description=_("before and after"))
    def pictures(self, work: Work) -> SafeString:
        return pair(submitted(work))

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

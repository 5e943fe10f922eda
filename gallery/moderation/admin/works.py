"""All works."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gallery.models import Exhibit, Work
from gallery.moderation.admin.filters import KindFilter, SizeFilter, StyleFilter, WorkStateFilter
from gallery.moderation.admin.pictures import before_after_html, submitted_exhibit
from gallery.moderation.admin.submitted import PublishableAdmin


@admin.register(Work)
class WorkAdmin(PublishableAdmin):
    list_display = ("pictures", "photo", "owner_link", "style_title", "state", "kind", "size", "created")
    list_display_links = ("photo",)
    list_filter = (WorkStateFilter, KindFilter, StyleFilter, "faces", "created", SizeFilter)
    list_select_related = ("owner", "photo", "exhibit")
    search_fields = ("owner__username", "owner__email", "photo__name")
    search_help_text = _("Username, email address or file name")
    ordering = ("-created",)
    fields = (
        "large_pictures",
        *("photo", "owner_link", "style_title", "detail", "faces", "dimensions", "size", "created"),
        *("state", "kind", "title", "reason"),
        *("seconds", "engine", "device", "id"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Work]:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def exhibits_of(self, rows: QuerySet) -> QuerySet[Exhibit]:
        return Exhibit.objects.filter(work__in=rows.order_by().values("pk"))

    def name_and_pictures(self, row: Work) -> tuple[str, SafeString]:
        return row.photo.name, before_after_html(submitted_exhibit(row))

    @admin.display(description=_("state"))
    def state(self, work: Work) -> str:
        return self.shown(work)

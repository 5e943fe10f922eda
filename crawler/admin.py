"""Crawls and their pictures, to look at: what was collected, from where, and why the rest was not."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.readonly_admin import ReadOnlyAdmin
from crawler.models import Item, Run
from crawler.reasons import reason_text
from crawler.thumbnails import thumbnail


class WhyFilter(admin.SimpleListFilter):
    title, parameter_name = gettext_lazy("why"), "why"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        codes = Item.objects.exclude(reason="").order_by().values_list("reason", flat=True).distinct()
        return sorted(((code, reason_text(code)) for code in codes), key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Item]) -> QuerySet[Item]:
        return queryset.filter(reason=self.value()) if self.value() else queryset


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("started", "source", "state", "pictures", "skipped", "failed", "size", "output")
    list_filter = ("state", "source", "started")
    ordering = ("-started", "-pk")
    fields = (
        *("source", "output", "state", "message", "started", "ended"),
        *("pictures", "skipped", "failed", "size", "options"),
    )

    @admin.display(description=gettext_lazy("kept"), ordering="kept")
    def pictures(self, run: Run) -> SafeString:
        address = reverse("admin:crawler_item_changelist")
        return format_html('<a href="{}?run__id__exact={}&amp;state__exact=kept">{}</a>', address, run.pk, run.kept)

    @admin.display(description=gettext_lazy("size"), ordering="bytes")
    def size(self, run: Run) -> str:
        return filesizeformat(run.bytes)


@admin.register(Item)
class ItemAdmin(ReadOnlyAdmin):
    list_display = ("picture", "label", "gender", "page", "place", "state", "why", "dimensions", "caption", "fetched")
    list_display_links = ("picture", "place")
    list_filter = ("state", "label", "gender", WhyFilter, "run")
    search_fields = ("title", "=remote_id", "=file", "=address")
    search_help_text = gettext_lazy("A word of the title, the id at the site, or the whole file name or address")
    ordering = ("-pk",)
    fields = (
        *("picture", "label", "gender", "page", "place", "state", "why", "same_as", "file", "origin", "remote_id"),
        *("title", "keywords", "licence", "dimensions", "size", "sha256", "perceptual_hash", "fetched", "run"),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(thumbnail)
        return [path("<int:pk>/thumbnail.jpg", view, name="crawler_item_thumbnail"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        return super().get_queryset(request).select_related("run")

    @admin.display(description=gettext_lazy("picture"))
    def picture(self, item: Item) -> SafeString | str:
        if item.state != Item.State.KEPT:
            return "–"
        address = reverse("admin:crawler_item_thumbnail", args=[item.pk])
        text = item.title or _("page %(page)s, place %(place)s") % {"page": item.page, "place": item.place}
        return format_html('<img class="collected" src="{}" alt="{}" loading="lazy">', address, text)

    @admin.display(description=gettext_lazy("why"), ordering="reason")
    def why(self, item: Item) -> str:
        return reason_text(item.reason)

    @admin.display(description=gettext_lazy("pixels"))
    def dimensions(self, item: Item) -> str:
        return f"{item.width} × {item.height}" if item.width else ""

    @admin.display(description=gettext_lazy("title"), ordering="title")
    def caption(self, item: Item) -> str:
        return item.title[:80]

    @admin.display(description=gettext_lazy("size"))
    def size(self, item: Item) -> str:
        return filesizeformat(item.bytes)

    @admin.display(description=gettext_lazy("address"))
    def origin(self, item: Item) -> SafeString | str:
        if not item.address.startswith(("http://", "https://")):
            return item.address  # what a page says is no reason to make a link of it
        return format_html('<a href="{0}" rel="noreferrer">{0}</a>', item.address)

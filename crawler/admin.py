"""Admin pages of crawls and their pictures, read-only: what was collected, from where, and why the rest was not."""

from pathlib import Path

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.readonly_admin import ReadOnlyAdmin
from crawler.models import Item, Run
from crawler.pictures import MAX_PIXELS
from imaging.decode import shrink_picture
from imaging.encode import encode_image
from imaging.errors import BadImage
from imaging.isolation import ProcessesBusy
from imaging.limits import ImageLimits
from imaging.untrusted import decode_untrusted
from imaging.urls import is_web_url

THUMBNAIL_PX = 192  # longer side: 96 on a screen of two pixels a point
# What the crawler kept is shown: its own limits, and any number of bytes that an operator allowed.
THUMBNAIL_LIMITS = ImageLimits(max_bytes=2**31, max_pixels=MAX_PIXELS)


def describe_reason(code: str) -> str:
    """Return in the reader's language why a picture was skipped or failed; rows hold the codes.

    `status_404` and the like name what the server answered.
    """
    if code.startswith("status_"):
        return _("the server returned %(status)s") % {"status": code.removeprefix("status_")}
    texts = {
        "no_address": _("no URL on the page"),
        "other_kind": _("not one of the site's creative pictures"),
        "same_address": _("same URL in another set"),
        "duplicate": _("duplicate of another file"),
        "near_duplicate": _("looks like another picture"),
        "too_small": _("too small"),
        "too_large": _("too large"),
        "too_many_bytes": _("too large"),
        "too_many_pixels": _("too many pixels"),
        "not_a_picture": _("not a picture"),
        "damaged": _("damaged or incomplete"),
        "empty": _("empty"),
        "missing": _("no longer available"),
        "robots": _("forbidden by robots.txt"),
        "bad_address": _("not a URL that can be requested"),
        "other_host": _("host not allowed"),
        "private_address": _("private network"),
        "too_many_redirects": _("too many redirects"),
        "too_complex": _("takes too long to open"),
        "too_slow": _("too slow"),
        "timeout": _("timed out"),
        "broken_off": _("connection closed by the server"),
        "no_connection": _("no connection"),
    }
    return texts.get(code, code)


def serve_thumbnail(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a JPEG of a kept picture, made now and not stored; 404 where its file is gone or no picture any more."""
    if not request.user.has_perm("crawler.view_item"):
        raise PermissionDenied
    item = get_object_or_404(Item, pk=pk, state=Item.State.KEPT)
    try:
        picture = decode_untrusted(Path(item.output) / item.file, THUMBNAIL_LIMITS, min_side=THUMBNAIL_PX)
    except (OSError, MemoryError, BadImage, ProcessesBusy) as error:
        raise Http404 from error
    data = encode_image(shrink_picture(picture, THUMBNAIL_PX), "JPEG", style=None, quality=80)
    return HttpResponse(data, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


class ReasonFilter(admin.SimpleListFilter):
    title, parameter_name = gettext_lazy("reason"), "why"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        codes = Item.objects.exclude(reason="").order_by().values_list("reason", flat=True).distinct()
        return sorted(((code, describe_reason(code)) for code in codes), key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Item]) -> QuerySet[Item]:
        return queryset.filter(reason=self.value()) if self.value() else queryset


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("started", "source", "state", "kept_link", "skipped", "failed", "size", "output")
    list_filter = ("state", "source", "started")
    ordering = ("-started", "-pk")
    fields = (
        *("source", "output", "state", "message", "started", "ended"),
        *("kept_link", "skipped", "failed", "size", "options"),
    )

    @admin.display(description=gettext_lazy("saved"), ordering="kept")
    def kept_link(self, run: Run) -> SafeString:
        url = reverse("admin:crawler_item_changelist")
        return format_html('<a href="{}?run__id__exact={}&amp;state__exact=kept">{}</a>', url, run.pk, run.kept)

    @admin.display(description=gettext_lazy("size"), ordering="bytes")
    def size(self, run: Run) -> str:
        return filesizeformat(run.bytes)


@admin.register(Item)
class ItemAdmin(ReadOnlyAdmin):
    list_display = (
        *("picture", "label", "gender", "page", "position"),
        *("state", "reason_text", "dimensions", "caption", "fetched"),
    )
    list_display_links = ("picture", "position")
    list_filter = ("state", "label", "gender", ReasonFilter, "run")
    search_fields = ("title", "=remote_id", "=file", "=url")
    search_help_text = gettext_lazy("A word of the title, the ID at the source, or the full file name or URL")
    ordering = ("-pk",)
    fields = (
        *("picture", "label", "gender", "page", "position", "state", "reason_text", "same_as", "file"),
        *("url_link", "remote_id"),
        *("title", "keywords", "license", "dimensions", "size", "sha256", "perceptual_hash", "fetched", "run"),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(serve_thumbnail)
        return [path("<int:pk>/thumbnail.jpg", view, name="crawler_item_thumbnail"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        return super().get_queryset(request).select_related("run")

    @admin.display(description=gettext_lazy("picture"))
    def picture(self, item: Item) -> SafeString | str:
        if item.state != Item.State.KEPT:
            return "–"
        url = reverse("admin:crawler_item_thumbnail", args=[item.pk])
        text = item.title or _("page %(page)s, position %(place)s") % {"page": item.page, "place": item.position}
        return format_html('<img class="collected" src="{}" alt="{}" loading="lazy">', url, text)

    @admin.display(description=gettext_lazy("reason"), ordering="reason")
    def reason_text(self, item: Item) -> str:
        return describe_reason(item.reason)

    @admin.display(description=gettext_lazy("pixels"))
    def dimensions(self, item: Item) -> str:
        return f"{item.width} × {item.height}" if item.width else ""

    @admin.display(description=gettext_lazy("title"), ordering="title")
    def caption(self, item: Item) -> str:
        return item.title[:80]

    @admin.display(description=gettext_lazy("size"))
    def size(self, item: Item) -> str:
        return filesizeformat(item.bytes)

    @admin.display(description=gettext_lazy("URL"))
    def url_link(self, item: Item) -> SafeString | str:
        if not is_web_url(item.url):
            return item.url  # what a page says is no reason to make a link of it
        return format_html('<a href="{0}" rel="noreferrer">{0}</a>', item.url)

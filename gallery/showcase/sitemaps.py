"""What search engines are told: of a public gallery the published works, of any other nothing."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap, views
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.absolute_urls import build_absolute_url
from gallery.models import Exhibit, ExhibitState


class SiteUrlSitemap(Sitemap):
    """A sitemap whose URLs begin with SITE_URL, or where that is not set, with what the request was sent to."""

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SITE_URL).scheme or super().get_protocol(protocol)

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.SITE_URL).netloc or super().get_domain(site)


def sitemap_index(request: HttpRequest, sitemaps: dict[str, Any]) -> TemplateResponse:
    """Return the list of all sitemaps, whose URLs begin as theirs do."""
    response = views.index(request, sitemaps)
    if settings.SITE_URL:
        for item in (response.context_data or {})["sitemaps"]:
            _scheme, _netloc, path, query, _fragment = urlsplit(item.location)
            item.location = build_absolute_url(f"{path}?{query}".rstrip("?"), request)
    return response


class PageSitemap(SiteUrlSitemap):
    def items(self) -> list[str]:
        public = ["gallery:showcase", "gallery:faces", "gallery:scenery"] if settings.PUBLIC_GALLERY else []
        return ["landing", "learning", *public]

    def location(self, item: str) -> str:
        return reverse(item)


class ExhibitSitemap(SiteUrlSitemap):
    limit = 5000  # addresses a page: quick to make, though the standard allows ten times as many

    def items(self) -> QuerySet[Exhibit, Any]:
        shown = (
            Exhibit.objects.filter(state=ExhibitState.PUBLISHED) if settings.PUBLIC_GALLERY else Exhibit.objects.none()
        )
        return shown.order_by("pk").only("work_id", "job_id", "published")

    def location(self, item: Exhibit) -> str:
        return reverse("gallery:exhibit", args=[item.work_key])

    def get_latest_lastmod(self) -> datetime | None:
        # Django would look at every single one.
        return self.items().aggregate(latest=Max("published"))["latest"]

    def lastmod(self, item: Exhibit) -> datetime | None:
        return item.published


SITEMAPS = {"pages": PageSitemap, "exhibits": ExhibitSitemap}

"""What search engines are told: of a public gallery the published works, of any other nothing."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Max, QuerySet
from django.urls import reverse

from gallery.models import Exhibit, ExhibitState


class PageSitemap(Sitemap):
    def items(self) -> list[str]:
        public = ["gallery:showcase", "gallery:faces", "gallery:scenery"] if settings.PUBLIC_GALLERY else []
        return ["landing", "learning", *public]

    def location(self, item: str) -> str:
        return reverse(item)


class ExhibitSitemap(Sitemap):
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

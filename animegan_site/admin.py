"""The admin site under `/admin/`."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path


class SiteAdmin(AdminSite):
    """Django's, with what waits for staff on its first page, and the status page.

    What these need is imported late: this module is read while apps are still being set up.
    """

    site_header = site_title = settings.SITE_NAME
    index_template = "admin/site_index.html"

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [path("status/", self.admin_view(self.status), name="status"), *super().get_urls()]

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("accounts:password_change")  # which counts guesses of the old one

    def status(self, request: HttpRequest) -> HttpResponse:
        from animegan_site.pages.status import status_page

        return status_page(request, self.each_context(request))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from animegan_site.pages.status import get_pending_reviews

        return super().index(request, {**(extra_context or {}), **get_pending_reviews(request.user)})


class SiteAdminConfig(AdminConfig):
    default_site = "animegan_site.admin.SiteAdmin"

    def ready(self) -> None:
        super().ready()
        from animegan_site import checks  # noqa: F401 - registers them

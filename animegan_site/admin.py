"""The admin site under `/admin/`."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, FieldError, ValidationError
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

logger = logging.getLogger(__name__)

# Django's, whose modules are imported late.
ERROR_FLAG = "e"
ACTION_CHECKBOX_NAME = "_selected_action"


# What databases, and Django on the way to them, say of values that no row can have, as the year -1.
QUERY_ERRORS = (ValueError, TypeError, ArithmeticError, LookupError, FieldError, ValidationError, Error)


def refuse_invalid_query(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view of the admin: a query string, or rows marked for an action, that cannot be is no server's error.

    Django leads from some such lists to the same one without filters, and says so by `?e=1`; here all do. A page that
    fails without a query too, as where the database is away, fails as ever.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_read = request.method in ("GET", "HEAD")
        if (is_read and ERROR_FLAG in request.GET) or not (request.GET or ACTION_CHECKBOX_NAME in request.POST):
            return view(request, *args, **kwargs)
        try:
            response = view(request, *args, **kwargs)
            # Lists are read from the database where they are shown.
            return response.render() if isinstance(response, SimpleTemplateResponse) else response
        except QUERY_ERRORS as error:
            if isinstance(error, Error) and not connection.is_usable():
                raise
            logger.warning("%s cannot answer this query", request.path, exc_info=True)
            if is_read:
                return redirect(f"{request.path}?{ERROR_FLAG}=1")
            raise BadRequest from error

    return wrapper


class SiteAdmin(AdminSite):
    """Django's, with what waits for staff on its first page, and the status page.

    What these need is imported late: this module is read while apps are still being set up.
    """

    site_header = site_title = settings.SITE_NAME
    index_template = "admin/site_index.html"

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(refuse_invalid_query(view), cacheable)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [path("status/", self.admin_view(self.status), name="status"), *super().get_urls()]

    @method_decorator(never_cache)
    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from accounts.redirects import get_next_url

        for name in ("GET", "POST"):
            query = getattr(request, name)
            if "next" in query and not get_next_url(request):
                query = query.copy()
                query["next"] = reverse("admin:index")
                setattr(request, name, query)
        return super().login(request, extra_context)

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

"""Addresses of the site."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps import views as sitemaps
from django.urls import include, path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page
from django.views.i18n import JavaScriptCatalog

from animegan_site.pages import views
from gallery.showcase.sitemaps import SITEMAPS

# The same for everybody: the addresses of the scripts' texts name the language.
kept_an_hour = cache_control(public=True, max_age=3600)

urlpatterns = [
    path("", views.landing, name="landing"),
    path("learning/", views.learning, name="learning"),
    path("healthz", views.health, name="health"),
    path("readyz", views.ready, name="ready"),
    path("texts.js", login_not_required(kept_an_hour(conditional_page(JavaScriptCatalog.as_view()))), name="texts"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", login_not_required(kept_an_hour(sitemaps.index)), {"sitemaps": SITEMAPS}, name="sitemap"),
    path(
        "sitemap-<section>.xml",
        login_not_required(kept_an_hour(sitemaps.sitemap)),
        {"sitemaps": SITEMAPS},
        name="django.contrib.sitemaps.views.sitemap",
    ),
    path("accounts/", include("accounts.urls")),
    path("", include("gallery.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "animegan_site.pages.views.bad_request"
handler404 = "animegan_site.pages.views.not_found"
handler500 = "animegan_site.pages.views.server_error"

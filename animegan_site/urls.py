"""URLs of the site."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps import views as sitemaps
from django.urls import include, path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page
from django.views.i18n import JavaScriptCatalog

from animegan_site.pages import health, landing, learning
from gallery.showcase.sitemaps import SITEMAPS, sitemap_index

# The same for everybody: the URL of the scripts' texts names the language.
cache_an_hour = cache_control(public=True, max_age=3600)

urlpatterns = [
    path("", landing.landing, name="landing"),
    path("learning/", learning.learning, name="learning"),
    path("healthz", health.health, name="health"),
    path("readyz", health.ready, name="ready"),
    path("texts.js", login_not_required(cache_an_hour(conditional_page(JavaScriptCatalog.as_view()))), name="texts"),
    path("robots.txt", landing.robots, name="robots"),
    path("sitemap.xml", login_not_required(cache_an_hour(sitemap_index)), {"sitemaps": SITEMAPS}, name="sitemap"),
    path(
        "sitemap-<section>.xml",
        login_not_required(cache_an_hour(sitemaps.sitemap)),
        {"sitemaps": SITEMAPS},
        name="django.contrib.sitemaps.views.sitemap",
    ),
    path("accounts/", include("accounts.urls")),
    path("", include("gallery.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "animegan_site.pages.errors.bad_request"
handler404 = "animegan_site.pages.errors.not_found"
handler500 = "animegan_site.pages.errors.server_error"

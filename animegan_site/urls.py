"""Addresses of the site."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import JavaScriptCatalog

from . import views

urlpatterns = [
    path("", views.landing, name="landing"),
    path("healthz", views.health, name="health"),
    path("texts.js", login_not_required(JavaScriptCatalog.as_view()), name="texts"),
    path("accounts/", include("accounts.urls")),
    path("", include("gallery.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "animegan_site.views.bad_request"
handler404 = "animegan_site.views.not_found"
handler500 = "animegan_site.views.server_error"

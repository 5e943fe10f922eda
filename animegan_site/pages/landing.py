"""The landing page, and what search engines may read."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.absolute_urls import build_absolute_url
from gallery.photos.samples import SAMPLES, get_samples_for
from gallery.showcase.listing import ExhibitListing
from gallery.showcase.tiles import build_tiles
from gallery.showcase.views.gallery import allow_public_caching
from gallery.styles import list_style_cards
from imaging.samples import DEFAULT_SAMPLE

LATEST_WORKS = 10


@login_not_required
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Show what the site is; redirect who is logged in to the studio."""
    if request.user.is_authenticated:
        return redirect("gallery:studio")
    styles = list_style_cards(request.LANGUAGE_CODE)
    listing = ExhibitListing()
    context = {
        "styles": styles,
        "portrait": SAMPLES[DEFAULT_SAMPLE],
        "samples_by_style": [(style, get_samples_for(style.subject)) for style in styles],
        "credits": [sample.credit for sample in SAMPLES.values()],
        "tiles": build_tiles(listing.get_first(LATEST_WORKS), listing) if settings.PUBLIC_GALLERY else [],
    }
    return allow_public_caching(request, render(request, "landing.html", context))


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Let search engines read what everybody may, with all that these pages are made of."""
    root = reverse("landing")
    public_paths = [reverse("gallery:showcase")] if settings.PUBLIC_GALLERY else []
    static_paths = (settings.STATIC_URL, f"{root}styles/", reverse("learning"), reverse("texts"), f"{root}sitemap")
    lines = ["User-agent: *", *(f"Allow: {path}" for path in (f"{root}$", *static_paths, *public_paths))]
    lines += [f"Disallow: {root}", f"Sitemap: {build_absolute_url(reverse('sitemap'), request)}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain", headers={"Cache-Control": "public, max-age=3600"})

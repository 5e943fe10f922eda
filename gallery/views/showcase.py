"""The gallery: lists of published works, and each of them large."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..access import exhibit_or_404, gallery_view, may_download
from ..models import Exhibit, Kind, Like
from ..queries.showcase import Listing
from ..styles import style_cards, style_titles
from ..tiles import large_picture, photo_address, tiles

PLACES = {"": "gallery:showcase", Kind.FACE: "gallery:faces", Kind.SCENERY: "gallery:scenery"}
PUBLIC_SECONDS = 60  # so long others may keep a page that everybody sees


def _for_everybody(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let caches keep what nobody in particular sees; PrivatePagesMiddleware has the other pages."""
    if not request.user.is_authenticated:
        patch_cache_control(response, public=True, max_age=PUBLIC_SECONDS)
    return response


@require_safe
@gallery_view
def index(request: HttpRequest, kind: str = "") -> HttpResponse:
    """A page of the gallery. It begins `?after=` a place in the order, or ends `?before=` one."""
    listing = Listing.of(request.GET, kind)
    page = listing.page(after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    titles = style_titles(request.LANGUAGE_CODE)
    context = {
        "listing": listing,
        "page": page,
        "tiles": tiles(page.exhibits, listing, titles),
        "tabs": [
            (label, reverse(PLACES[value]) + listing.query(with_kind=False), value == listing.kind)
            for value, label in (("", _("All")), *Kind.choices)
        ],
        "titles": titles,
        "newer": listing.query(with_kind=False, before=page.newer) if page.newer else "",
        "older": listing.query(with_kind=False, after=page.older) if page.older else "",
    }
    return _for_everybody(request, render(request, "gallery/showcase.html", context))


@require_safe
@gallery_view
def exhibit(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """One work on a dark stage, with the way to its neighbours in the list that the query describes."""
    shown = exhibit_or_404(request.user, work_id)
    listing = Listing.of(request.GET)
    newer, older = listing.neighbours(shown) if shown.is_public else (None, None)
    cards = style_cards(request.LANGUAGE_CODE)
    context = {
        "exhibit": shown,
        "picture": large_picture(shown, request.user),
        "photo": photo_address(shown, request.user),
        "style": next((card for card in cards if card.id == shown.style), None),
        "is_downloadable": may_download(request.user, shown),
        "is_owner": shown.owner_id == request.user.pk,
        "is_liked": _likes(request, shown),
        "newer": _address(newer, listing),
        "older": _address(older, listing),
        "near": [large_picture(near, request.user) for near in (newer, older) if near],
        "back": _way_back(shown, listing),
        "is_open_to_all": settings.PUBLIC_GALLERY and shown.is_public,
        "address": request.build_absolute_uri(request.path),
        "card": request.build_absolute_uri(reverse("gallery:card", args=[shown.work_id])),
    }
    return _for_everybody(request, render(request, "gallery/exhibit.html", context))


def _likes(request: HttpRequest, shown: Exhibit) -> bool:
    return request.user.is_authenticated and Like.objects.filter(exhibit=shown, user_id=request.user.pk).exists()


def _address(near: Exhibit | None, listing: Listing) -> str:
    return reverse("gallery:exhibit", args=[near.work_id]) + listing.query() if near else ""


def _way_back(shown: Exhibit, listing: Listing) -> str:
    """The page of the list that this work stands on, scrolled to it."""
    cursor = listing.cursor_before(shown) if shown.is_public else ""
    return f"{reverse(PLACES[listing.kind])}{listing.query(with_kind=False, after=cursor)}#work-{shown.work_id}"

"""The gallery: lists of published works, and each of them large."""

from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gallery.access import can_download, gallery_access_required, get_exhibit_or_404
from gallery.models import Exhibit, ExhibitKind, Like
from gallery.showcase.listing import ExhibitListing
from gallery.showcase.tiles import build_tiles, large_image, owner_url, photo_url
from gallery.styles import get_style_titles, list_style_cards

LIST_URL_NAMES = {"": "gallery:showcase", ExhibitKind.FACE: "gallery:faces", ExhibitKind.SCENERY: "gallery:scenery"}
PUBLIC_MAX_AGE_SECONDS = 60  # so long others may keep a page that everybody sees


def _for_everybody(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let caches keep what nobody in particular sees; PrivatePagesMiddleware has the other pages."""
    if not request.user.is_authenticated:
        patch_cache_control(response, public=True, max_age=PUBLIC_MAX_AGE_SECONDS)
    return response


@require_safe
@gallery_access_required
def index(request: HttpRequest, kind: str = "") -> HttpResponse:
    """A page of the gallery. It begins `?after=` a place in the order, or ends `?before=` one."""
    listing = ExhibitListing.of(request.GET, kind)
    place = {name: request.GET.get(name, "") for name in ("after", "before")}
    if listing.kind != kind:
        return redirect(_list_address(listing, **place))
    page = listing.page(**place)
    context = {
        "listing": listing,
        "kind": ExhibitKind(kind).label if kind else "",
        "page": page,
        "tiles": build_tiles(page.exhibits, listing),
        "tabs": _links(listing, "kind", {"": _("All"), **{kind.value: str(kind.label) for kind in ExhibitKind}}),
        **_finder(listing, request.LANGUAGE_CODE),
        "canonical": request.build_absolute_uri(_canonical(listing, place if page.newer else {})),
        "newer": listing.query(with_kind=False, before=page.newer) if page.newer else "",
        "older": listing.query(with_kind=False, after=page.older) if page.older else "",
    }
    return _for_everybody(request, render(request, "gallery/showcase.html", context))


class Link(NamedTuple):
    label: str
    address: str
    is_chosen: bool


def _list_address(listing: ExhibitListing, **place: str) -> str:
    """Where a list is; its kind is told by the path."""
    return reverse(LIST_URL_NAMES[listing.kind]) + listing.query(with_kind=False, **place)


def _links(listing: ExhibitListing, name: str, labels: dict[str, str]) -> list[Link]:
    """The same list with each of these values for the one thing that is named."""
    return [
        Link(label, _list_address(replace(listing, **{name: value})), value == getattr(listing, name))
        for value, label in labels.items()
    ]


def _finder(listing: ExhibitListing, language: str) -> dict[str, object]:
    """The styles and orders to choose from."""
    titles = get_style_titles(language)
    return {
        "styles": _links(listing, "style", {"": _("All styles"), **titles}),
        "style_title": titles.get(listing.style, listing.style) or _("All styles"),
        "orders": _links(listing, "sort", {"newest": _("Newest"), "liked": _("Most liked")}),
    }


def _canonical(listing: ExhibitListing, place: dict[str, str]) -> str:
    """Of all ways to look through the same works, the address that search engines should remember."""
    plain = ExhibitListing(kind=listing.kind)
    return _list_address(plain, **place) if listing == plain else _list_address(plain)


@require_safe
@gallery_access_required
def exhibit(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """One work or video on a dark stage, with the way to its neighbours in the list that the query describes."""
    shown = get_exhibit_or_404(request.user, work_id)
    listing = ExhibitListing.of(request.GET)
    newer, older = listing.neighbours(shown) if shown.is_public else (None, None)
    cards = list_style_cards(request.LANGUAGE_CODE)
    context = {
        "exhibit": shown,
        "picture": large_image(shown, request.user),
        "photo": photo_url(shown, request.user),
        "style": next((card for card in cards if card.id == shown.style), None),
        "is_downloadable": can_download(request.user, shown),
        "is_owner": shown.owner_id == request.user.pk,
        "own_address": owner_url(shown),
        "is_liked": _likes(request, shown),
        "newer": _address(newer, listing),
        "older": _address(older, listing),
        "near": [large_image(near, request.user) for near in (newer, older) if near],
        "back": _way_back(shown, listing),
        "query": listing.query(),
        "is_open_to_all": settings.PUBLIC_GALLERY and shown.is_public,
        "address": request.build_absolute_uri(request.path),
        "card": request.build_absolute_uri(reverse("gallery:card", args=[shown.work_key])),
        "video": reverse("gallery:exhibit_video", args=[shown.work_key]) if shown.job else "",
    }
    return _for_everybody(request, render(request, "gallery/exhibit.html", context))


def _likes(request: HttpRequest, shown: Exhibit) -> bool:
    return request.user.is_authenticated and Like.objects.filter(exhibit=shown, user_id=request.user.pk).exists()


def _address(near: Exhibit | None, listing: ExhibitListing) -> str:
    return reverse("gallery:exhibit", args=[near.work_key]) + listing.query() if near else ""


def _way_back(shown: Exhibit, listing: ExhibitListing) -> str:
    """The page of the list that this work stands on, scrolled to it."""
    cursor = listing.cursor_before(shown) if shown.is_public else ""
    return f"{_list_address(listing, after=cursor)}#work-{shown.work_key}"

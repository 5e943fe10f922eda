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

from accounts.absolute_urls import build_absolute_url
from gallery.access import can_download, gallery_access_required, get_exhibit_or_404
from gallery.models import Exhibit, ExhibitKind, Like
from gallery.showcase.listing import ExhibitListing, list_published_styles
from gallery.showcase.tiles import build_tiles, large_image, owner_url, photo_url
from gallery.styles import get_style_card, get_style_titles

LIST_URL_NAMES = {"": "gallery:showcase", ExhibitKind.FACE: "gallery:faces", ExhibitKind.SCENERY: "gallery:scenery"}
PUBLIC_MAX_AGE_SECONDS = 60  # for caches, of pages that are the same for everybody


def allow_public_caching(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let caches keep a page for visitors who are not logged in; PrivatePagesMiddleware marks all others."""
    if not request.user.is_authenticated:
        patch_cache_control(response, public=True, max_age=PUBLIC_MAX_AGE_SECONDS)
    return response


@require_safe
@gallery_access_required
def exhibit_list(request: HttpRequest, kind: str = "") -> HttpResponse:
    """A page of the gallery. It begins `?after=` a cursor, or ends `?before=` one."""
    listing = ExhibitListing.from_query(request.GET, kind)
    cursors = {name: request.GET.get(name, "") for name in ("after", "before")}
    if listing.kind != kind:
        return redirect(_list_url(listing, **cursors))
    page = listing.get_page(**cursors)
    context = {
        "listing": listing,
        "kind": ExhibitKind(kind).label if kind else "",
        "page": page,
        "tiles": build_tiles(page.exhibits, listing),
        "tabs": _choice_links(listing, "kind", {"": _("All"), **{kind.value: str(kind.label) for kind in ExhibitKind}}),
        **_finder_context(listing, request.LANGUAGE_CODE),
        "canonical": build_absolute_url(_canonical_url(listing, cursors if page.newer_cursor else {}), request),
        "newer": listing.to_query(with_kind=False, before=page.newer_cursor) if page.newer_cursor else "",
        "older": listing.to_query(with_kind=False, after=page.older_cursor) if page.older_cursor else "",
    }
    return allow_public_caching(request, render(request, "gallery/showcase.html", context))


class Link(NamedTuple):
    label: str
    url: str
    is_chosen: bool


def _list_url(listing: ExhibitListing, **cursors: str) -> str:
    """Return the URL of a list; the path says its kind."""
    return reverse(LIST_URL_NAMES[listing.kind]) + listing.to_query(with_kind=False, **cursors)


def _choice_links(listing: ExhibitListing, name: str, labels: dict[str, str]) -> list[Link]:
    """Return links to the same list with each of these values in the named field."""
    return [
        Link(label, _list_url(replace(listing, **{name: value})), value == getattr(listing, name))
        for value, label in labels.items()
    ]


def _finder_context(listing: ExhibitListing, language: str) -> dict[str, object]:
    """Return the styles and orders to choose from."""
    titles = get_style_titles(language)
    styles = sorted(
        list_published_styles(), key=lambda style: list(titles).index(style) if style in titles else len(titles)
    )
    return {
        "styles": _choice_links(listing, "style", {"": _("All styles"), **{style: titles[style] for style in styles}}),
        "style_title": titles[listing.style] if listing.style else _("All styles"),
        "orders": _choice_links(listing, "sort", {"newest": _("Newest"), "liked": _("Most liked")}),
    }


def _canonical_url(listing: ExhibitListing, cursors: dict[str, str]) -> str:
    """Return the URL that search engines should remember, of all the lists of the same works."""
    plain = ExhibitListing(kind=listing.kind)
    return _list_url(plain, **cursors) if listing == plain else _list_url(plain)


@require_safe
@gallery_access_required
def exhibit_detail(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """One work or video on a dark stage, with links to its neighbors in the list that the query describes."""
    shown = get_exhibit_or_404(request.user, work_id)
    listing = ExhibitListing.from_query(request.GET)
    newer, older = listing.neighbors(shown) if shown.is_public else (None, None)
    context = {
        "exhibit": shown,
        "picture": large_image(shown, request.user),
        "photo": photo_url(shown, request.user),
        "style": get_style_card(shown.style, request.LANGUAGE_CODE),
        "is_downloadable": can_download(request.user, shown),
        "is_owner": shown.owner_id == request.user.pk,
        "owner_url": owner_url(shown),
        "is_liked": _is_liked(request, shown),
        "newer": _exhibit_url(newer, listing),
        "older": _exhibit_url(older, listing),
        "neighbor_images": [large_image(neighbor, request.user) for neighbor in (newer, older) if neighbor],
        "back": _back_url(shown, listing),
        "query": listing.to_query(),
        "is_open_to_all": settings.PUBLIC_GALLERY and shown.is_public,
        "page_url": build_absolute_url(request.path, request),
        "card": build_absolute_url(reverse("gallery:card", args=[shown.work_key]), request),
        "video": reverse("gallery:exhibit_video", args=[shown.work_key]) if shown.job else "",
    }
    return allow_public_caching(request, render(request, "gallery/exhibit.html", context))


def _is_liked(request: HttpRequest, shown: Exhibit) -> bool:
    return request.user.is_authenticated and Like.objects.filter(exhibit=shown, user_id=request.user.pk).exists()


def _exhibit_url(exhibit: Exhibit | None, listing: ExhibitListing) -> str:
    return reverse("gallery:exhibit", args=[exhibit.work_key]) + listing.to_query() if exhibit else ""


def _back_url(shown: Exhibit, listing: ExhibitListing) -> str:
    """Return the URL of the page of the list that this work is on, scrolled to it."""
    cursor = listing.cursor_before(shown) if shown.is_public else ""
    return f"{_list_url(listing, after=cursor)}#work-{shown.work_key}"

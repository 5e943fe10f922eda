"""Exhibits as the gallery's pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log2

from django.urls import reverse

from gallery.access import AnyUser, can_download, can_view_original
from gallery.models import Exhibit
from gallery.showcase.listing import ExhibitListing

# Rows of images need each one's aspect ratio in the style sheet, as inline styles are not allowed: it has a class for
# each ratio, in steps so fine that nobody sees the sixtieth part that is cut off. See static/css/gallery.css.
SHAPES_PER_DOUBLING = 24  # classes from one ratio to one twice as wide
MIN_SHAPE, MAX_SHAPE = -SHAPES_PER_DOUBLING, 2 * SHAPES_PER_DOUBLING
ROW_HEIGHT_PX, PHONE_ROW_HEIGHT_PX = 280, 190  # about; for the browser's choice among renditions
MAX_ENLARGEMENT = 1.5  # CSS pixels for one of the image; a small one stays small, and sharp


@dataclass(frozen=True)
class ResponsiveImage:
    """What an <img> element needs. `width` and `height` are the most that it is shown at, in CSS pixels.

    `shape` is a class of the style sheet; `blur` is a data URI, or empty.
    """

    src: str
    srcset: str
    sizes: str
    width: int
    height: int
    shape: str
    blur: str


@dataclass(frozen=True)
class ExhibitTile:
    exhibit: Exhibit
    image: ResponsiveImage
    url: str


def shape_class(width: int, height: int) -> str:
    """Return the class of the style sheet whose aspect ratio is nearest to this one."""
    step = round(SHAPES_PER_DOUBLING * log2(width / height))
    return f"shape{min(MAX_SHAPE, max(MIN_SHAPE, step)) - MIN_SHAPE}"


def _rendition_urls(exhibit: Exhibit) -> list[tuple[int, str]]:
    """Return (width in pixels, URL) of each rendition, the smallest first."""
    key = exhibit.work_key
    return [(width, reverse("gallery:rendition", args=[key, width])) for width, _name in exhibit.renditions]


def _build_image(exhibit: Exhibit, sources: list[tuple[int, str]], src: str, sizes: str, width: int) -> ResponsiveImage:
    return ResponsiveImage(
        src=src,
        srcset=", ".join(f"{url} {width}w" for width, url in sources),
        sizes=sizes,
        width=width,
        height=max(1, round(width * exhibit.subject.height / exhibit.subject.width)),
        shape=shape_class(exhibit.subject.width, exhibit.subject.height),
        blur=exhibit.blur,
    )


def build_tiles(exhibits: Iterable[Exhibit], listing: ExhibitListing) -> list[ExhibitTile]:
    """Return the tiles of a list; each leads to its exhibit's page, which knows the list that it was opened from."""
    query = listing.to_query()
    return [
        ExhibitTile(exhibit, _tile_image(exhibit), reverse("gallery:exhibit", args=[exhibit.work_key]) + query)
        for exhibit in exhibits
    ]


def _tile_image(exhibit: Exhibit) -> ResponsiveImage:
    sources = _rendition_urls(exhibit)
    ratio = exhibit.subject.width / exhibit.subject.height
    phone, screen = (round(height * ratio) for height in (PHONE_ROW_HEIGHT_PX, ROW_HEIGHT_PX))
    sizes = f"(max-width: 40rem) {phone}px, {screen}px"
    return _build_image(exhibit, sources, sources[0][1], sizes, exhibit.subject.width)


def large_image(exhibit: Exhibit, visitor: AnyUser) -> ResponsiveImage:
    """Return the image of an exhibit's page: up to the work's size where it may be downloaded, else up to a screen's.

    Of a video it is the poster, which may be smaller than what plays in its place.
    """
    sources = _rendition_urls(exhibit)
    if exhibit.work and can_download(visitor, exhibit) and exhibit.work.width > sources[-1][0]:
        sources.append((exhibit.work.width, reverse("gallery:full", args=[exhibit.work_key])))
    width = round(MAX_ENLARGEMENT * (exhibit.job.width if exhibit.job else sources[-1][0]))
    # As wide as the window, or as its height allows.
    sizes = f"min(100vw, {round(100 * exhibit.subject.width / exhibit.subject.height)}vh, {width}px)"
    return _build_image(exhibit, sources, sources[-1][1], sizes, width)


def photo_url(exhibit: Exhibit, visitor: AnyUser) -> str:
    """Return the URL of the photo, or of a frame of the original video; empty for visitors who may not see it."""
    return reverse("gallery:exhibit_photo", args=[exhibit.work_key]) if can_view_original(visitor, exhibit) else ""


def owner_url(exhibit: Exhibit) -> str:
    """Return the URL of the page where its owner changes how it is shown."""
    return reverse("gallery:publish_video" if exhibit.job_id else "gallery:work", args=[exhibit.work_key])

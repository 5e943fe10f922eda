"""Exhibits as the gallery's pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log2

from django.urls import reverse

from gallery.access import AnyUser, can_download, can_view_original
from gallery.models import Exhibit
from gallery.showcase.listing import ExhibitListing

# Rows of pictures need each one's shape in the style sheet, as inline styles are not allowed: it has a class for
# each shape, in steps so fine that nobody sees the sixtieth part that is cut off. See static/css/gallery.css.
SHAPES_PER_DOUBLING = 24  # classes from one shape to one twice as wide
MIN_SHAPE, MAX_SHAPE = -SHAPES_PER_DOUBLING, 2 * SHAPES_PER_DOUBLING
ROW_HEIGHT_PX, PHONE_ROW_HEIGHT_PX = 280, 190  # pixels, about; for the browser's choice among renditions
MAX_ENLARGEMENT = 1.5  # CSS pixels for one of the picture; a small one stays small, and sharp


@dataclass(frozen=True)
class ResponsiveImage:
    """What an <img> element needs. `shape` is a class of the style sheet; without a `blur` it is empty.

    Width and height are the most that it is shown at, in CSS pixels.
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
    picture: ResponsiveImage
    href: str


def shape_class(width: int, height: int) -> str:
    """The class of the shape nearest to this one."""
    step = round(SHAPES_PER_DOUBLING * log2(width / height))
    return f"shape{min(MAX_SHAPE, max(MIN_SHAPE, step)) - MIN_SHAPE}"


def _sources(exhibit: Exhibit) -> list[tuple[int, str]]:
    key = exhibit.work_key
    return [(width, reverse("gallery:rendition", args=[key, width])) for width, _name in exhibit.renditions]


def _picture(exhibit: Exhibit, sources: list[tuple[int, str]], src: str, sizes: str, width: int) -> ResponsiveImage:
    return ResponsiveImage(
        src=src,
        srcset=", ".join(f"{address} {width}w" for width, address in sources),
        sizes=sizes,
        width=width,
        height=max(1, round(width * exhibit.subject.height / exhibit.subject.width)),
        shape=shape_class(exhibit.subject.width, exhibit.subject.height),
        blur=exhibit.blur,
    )


def build_tiles(exhibits: Iterable[Exhibit], listing: ExhibitListing) -> list[ExhibitTile]:
    """What a list shows; each leads to its large view, which knows the list it was opened from."""
    query = listing.query()
    return [
        ExhibitTile(exhibit, _tile_picture(exhibit), reverse("gallery:exhibit", args=[exhibit.work_key]) + query)
        for exhibit in exhibits
    ]


def _tile_picture(exhibit: Exhibit) -> ResponsiveImage:
    sources = _sources(exhibit)
    ratio = exhibit.subject.width / exhibit.subject.height
    phone, screen = (round(height * ratio) for height in (PHONE_ROW_HEIGHT_PX, ROW_HEIGHT_PX))
    sizes = f"(max-width: 40rem) {phone}px, {screen}px"
    return _picture(exhibit, sources, sources[0][1], sizes, exhibit.subject.width)


def large_image(exhibit: Exhibit, visitor: AnyUser) -> ResponsiveImage:
    """For the large view: up to the work's own size where it may be downloaded, else up to a screen's.

    Of a video it is the poster, which may be smaller than what plays in its place.
    """
    sources = _sources(exhibit)
    if exhibit.work and can_download(visitor, exhibit) and exhibit.work.width > sources[-1][0]:
        sources.append((exhibit.work.width, reverse("gallery:full", args=[exhibit.work_key])))
    width = round(MAX_ENLARGEMENT * (exhibit.job.width if exhibit.job else sources[-1][0]))
    # As wide as the window, or as its height allows.
    sizes = f"min(100vw, {round(100 * exhibit.subject.width / exhibit.subject.height)}vh, {width}px)"
    return _picture(exhibit, sources, sources[-1][1], sizes, width)


def photo_url(exhibit: Exhibit, visitor: AnyUser) -> str:
    """Where the photo is, or a picture of the video before, for who may see it; else empty."""
    return reverse("gallery:exhibit_photo", args=[exhibit.work_key]) if can_view_original(visitor, exhibit) else ""


def owner_url(exhibit: Exhibit) -> str:
    """Where its owner changes how it is shown."""
    return reverse("gallery:publish_video" if exhibit.job_id else "gallery:work", args=[exhibit.work_key])

"""What can go wrong with people's files, each with a message that a person can act on."""

from collections.abc import Callable, Mapping


class ImagingError(Exception):
    """Base of all errors that `imaging`, and what stands on it, raises on purpose."""


class BadFile(ImagingError):
    """A person's file cannot be converted; `reason` is a code, `details` are numbers for its text."""

    def __init__(self, reason: str, **details: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


class BadImage(BadFile):
    """The file is not a picture that can be read; `reason` is one of BAD_IMAGE_TEXTS."""


def gettext_noop(text: str) -> str:
    """Mark a text for the message catalogs, and return it; who shows it translates it, as no Django is known here."""
    return text


# The one place that has the words for a refused picture: the site's pages and JSON, the pages of its staff and the
# command line take them from here. `limit` is in megabytes or megapixels.
BAD_IMAGE_TEXTS: Mapping[str, str] = {
    "empty": gettext_noop("This file is empty."),
    "too_many_bytes": gettext_noop("This file is larger than %(limit)s MB."),
    "too_many_pixels": gettext_noop("This picture has more than %(limit)s megapixels."),
    "not_a_picture": gettext_noop("We can't open this file. Use JPEG, PNG, WebP, HEIC, AVIF, TIFF or BMP."),
    "damaged": gettext_noop("This picture is damaged or incomplete. Try another file."),
}


def describe_bad_image(reason: str, *, max_bytes: int, max_pixels: int, translate: Callable[[str], str] = str) -> str:
    """Return a sentence for a reason of BadImage, given the limits that were in force."""
    text = translate(BAD_IMAGE_TEXTS.get(reason, BAD_IMAGE_TEXTS["not_a_picture"]))
    limits = {"too_many_bytes": max_bytes // 2**20, "too_many_pixels": max_pixels // 10**6}
    return text % {"limit": limits[reason]} if reason in limits else text

"""What can go wrong with people's files, each with a message that a person can act on."""

from collections.abc import Callable, Mapping

from imaging.limits import ImageLimits


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
# command line take them from here. `limit` is in megabytes, megapixels or pixels.
BAD_IMAGE_TEXTS: Mapping[str, str] = {
    "empty": gettext_noop("This file is empty."),
    "too_many_bytes": gettext_noop("This file is larger than %(limit)s MB."),
    "too_many_pixels": gettext_noop("This picture has more than %(limit)s megapixels."),
    "too_long_side": gettext_noop("A side of this picture is longer than %(limit)s pixels."),
    "too_complex": gettext_noop("This file takes too long to open. Save the picture as a new JPEG and try that."),
    "not_a_picture": gettext_noop("We can't open this file. Use JPEG, PNG, WebP, HEIC, AVIF, TIFF or BMP."),
    "camera_raw": gettext_noop("This is a camera's raw file. Export the picture as JPEG and try that."),
    "tiff_float": gettext_noop("This is a TIFF with floating-point pixels. Export it with 8 or 16 bits."),
    "tiff_lab16": gettext_noop("This is a TIFF in Lab color with 16 bits. Export it as RGB."),
    "tiff_unsupported": gettext_noop("This is a TIFF of a kind that can't be opened here. Save it as JPEG or PNG."),
    "jpeg_unsupported": gettext_noop("This is a lossless or 12-bit JPEG. Save it as an ordinary JPEG or PNG."),
    "damaged": gettext_noop("This picture is damaged or incomplete. Try another file."),
}
# Said in place of the text above where the size of the picture is known.
SIZED_TEXTS: Mapping[str, str] = {
    "too_many_pixels": gettext_noop(
        "This picture has %(megapixels)s megapixels (%(width)s × %(height)s). The limit is %(limit)s megapixels."
    ),
    "too_long_side": gettext_noop(
        "This picture has %(width)s × %(height)s pixels. The limit for a side is %(limit)s pixels."
    ),
}


def describe_bad_image(
    reason: str,
    limits: ImageLimits,
    details: Mapping[str, object] | None = None,
    translate: Callable[[str], str] = str,
) -> str:
    """Return a sentence for a reason of BadImage, given its details, if they are known, and the limits in force."""
    in_force = {
        "too_many_bytes": limits.max_bytes // 2**20,
        "too_many_pixels": limits.max_pixels // 10**6,
        "too_long_side": limits.max_side,
    }
    text = BAD_IMAGE_TEXTS.get(reason, BAD_IMAGE_TEXTS["not_a_picture"])
    values: dict[str, object] = {"limit": in_force.get(reason)}
    if reason in SIZED_TEXTS and details:
        width, height = int(str(details["width"])), int(str(details["height"]))
        text = SIZED_TEXTS[reason]
        values |= {"width": width, "height": height, "megapixels": f"{width * height / 10**6:.4g}"}
    text = translate(text)
    return text % values if "%(" in text else text

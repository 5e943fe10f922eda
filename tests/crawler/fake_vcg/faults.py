"""What can be wrong with a picture or a page, and how a crawler should end each.

Faults of pictures and of pages that are the same have the same value: `control_responses` answers both.
"""

from enum import Enum, StrEnum
from typing import NamedTuple

from tests.crawler.fake_vcg.slots import PictureSlot


class Fault(StrEnum):
    """A fault of one item."""

    NO_URL800 = "no url800"
    NOT_CREATIVE = "a URL below /editorial/ (which has a picture, for whoever asks all the same)"
    TRUNCATED = "half a JPEG, and a Content-Length that says so"
    CUT_OFF = "half a JPEG, then the connection ends"
    HTML = "a page instead of a picture"
    HTML_AS_JPEG = "a page that is called image/jpeg"
    NOT_FOUND = "404"
    ERROR_ONCE = "500, then fine"
    ERROR_ALWAYS = "500"
    BUSY_ONCE = "429 with seconds to wait, then fine"
    BUSY_ONCE_DATE = "429 with a date to wait for, then fine"
    UNAVAILABLE_ONCE = "503 with seconds to wait, then fine"
    DRIP = "fine, but bit by bit"
    STALL = "half a JPEG, then nothing, for as long as one waits"
    MOVED = "a redirect to another URL of the site"
    REDIRECT_LOOP = "two URLs that redirect to one another"
    REDIRECT_TRAP = "a redirect to another port of this machine"
    REDIRECT_PRIVATE = "a redirect to 10.0.0.1"
    ENDLESS = "a picture that does not end, in chunks"
    OVERSIZE = "a picture that is long beyond reason, and says so"
    DUPLICATE = "the picture of the slot before"
    NEAR_DUPLICATE = "the picture of the slot before, a little smaller and encoded again"
    TOO_SMALL = "120x90"
    PNG = "a PNG named .jpg"


class CopyOf(NamedTuple):
    """A duplicate of any other slot's picture: the same bytes, or if `near`, smaller and encoded again."""

    slot: PictureSlot
    near: bool = False


class PageFault(StrEnum):
    """A fault, or a peculiarity, of one page of results."""

    NOT_FOUND = "404"
    ERROR_ONCE = "500, then fine"
    ERROR_ALWAYS = "500"
    BUSY_ONCE = "429 with seconds to wait, then fine"
    BUSY_ONCE_DATE = "429 with a date to wait for, then fine"
    UNAVAILABLE_ONCE = "503 with seconds to wait, then fine"
    REPEATED = "shows what the page before shows"
    EMPTY = "no items"
    SERVICE_ERROR = "the JSON service's own way to say that something is wrong"
    CHALLENGE = "403 and a captcha"
    CHALLENGE_200 = "a verification page that is called fine"
    GZIP = "compressed with gzip"
    BROTLI = "compressed with br; needs the package brotli"
    GB18030 = "GB18030, says the Content-Type"
    GB18030_META = "GB18030, says the page alone"


class Outcome(Enum):
    """How an item should end."""

    KEPT = "its picture becomes a file"
    SKIPPED = "it has no URL to ask for"
    FAILED = "nothing came that could be kept"
    DUPLICATE = "its picture was there already"
    TOO_SMALL = "its picture is too small"


_OUTCOMES = {
    Fault.NO_URL800: Outcome.SKIPPED,
    Fault.NOT_CREATIVE: Outcome.SKIPPED,
    Fault.DUPLICATE: Outcome.DUPLICATE,
    Fault.NEAR_DUPLICATE: Outcome.DUPLICATE,
    Fault.TOO_SMALL: Outcome.TOO_SMALL,
}
_HARMLESS = {
    Fault.ERROR_ONCE,
    Fault.BUSY_ONCE,
    Fault.BUSY_ONCE_DATE,
    Fault.UNAVAILABLE_ONCE,
    Fault.DRIP,
    Fault.MOVED,
    Fault.PNG,
}


def expected_outcome(fault: Fault | CopyOf | None) -> Outcome:
    """How an item with this fault ends, if the crawler tries again and waits long enough."""
    if isinstance(fault, CopyOf):
        return Outcome.DUPLICATE
    if fault is None or fault in _HARMLESS:
        return Outcome.KEPT
    return _OUTCOMES.get(fault, Outcome.FAILED)

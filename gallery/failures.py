"""What goes wrong with people's requests, in their words and with the right HTTP status.

Services raise exceptions; `get_failure` is the one place that says what each is to whoever asked, be the answer a page
or JSON.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.forms import Form
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.rate_limits import TOO_MANY_REQUESTS, RateLimitExceeded
from gallery.locks import ObjectDeleted
from gallery.photos.conversion import get_upload_limits
from gallery.storage.media import StorageError
from gallery.storage.quotas import QuotaExceeded
from gallery.videos.uploads import TooManyUnfinishedUploads, max_size_text
from imaging.errors import BadImage, ImagingError, describe_bad_image
from inference.errors import (
    BadVideo,
    ClientDisconnected,
    EngineBusy,
    NonFiniteResult,
    StyleNotDownloaded,
    UnknownStyle,
    describe_bad_video,
)

logger = logging.getLogger(__name__)

# What a request may end in; everything else is a bug.
EXPECTED_ERRORS = (
    ImagingError,
    ObjectDeleted,
    QuotaExceeded,
    RateLimitExceeded,
    StorageError,
    TooManyUnfinishedUploads,
)
FORBIDDEN, CONTENT_TOO_LARGE, UNPROCESSABLE_CONTENT = 403, 413, 422
CLIENT_CLOSED_REQUEST, INSUFFICIENT_STORAGE = 499, 507  # 499 as nginx writes it into its log
IMAGE_STATUS = dict.fromkeys(("too_many_bytes", "too_many_pixels", "too_long_side"), CONTENT_TOO_LARGE)
VIDEO_STATUS = {"too_many_bytes": CONTENT_TOO_LARGE}


@dataclass(frozen=True)
class Failure:
    """A text for whoever asked, and an HTTP status; `retry_after` in seconds where trying again later helps."""

    message: str
    status: int
    retry_after: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)} if self.retry_after else {}

    @property
    def is_for_all_files(self) -> bool:
        """Whether the other files of the same request would meet it, too."""
        return bool(self.retry_after) or self.status == FORBIDDEN


def get_failure(error: Exception) -> Failure:
    """Return what one of EXPECTED_ERRORS is to whoever asked. What the operator has to see to is also logged."""
    if isinstance(error, BadImage):
        text = get_image_failure_text(error.reason, error.details)
        return Failure(text, IMAGE_STATUS.get(error.reason, UNPROCESSABLE_CONTENT))
    if isinstance(error, BadVideo):
        text = get_video_failure_text(error.reason, error.details)
        return Failure(text, VIDEO_STATUS.get(error.reason, UNPROCESSABLE_CONTENT))
    if isinstance(error, TooManyUnfinishedUploads):
        text = _("You have several unfinished uploads. Continue or delete one of them first.")
        return Failure(text, FORBIDDEN)
    if isinstance(error, RateLimitExceeded):
        return Failure(_get_rate_limit_text(error), TOO_MANY_REQUESTS, error.retry_after)
    if isinstance(error, EngineBusy):
        return Failure(_get_busy_text(error.retry_after), 503, error.retry_after)
    if isinstance(error, UnknownStyle | StyleNotDownloaded):
        return Failure(_("This style is not available here."), UNPROCESSABLE_CONTENT)
    if isinstance(error, NonFiniteResult):
        logger.warning("conversion failed: %s", error)
        return Failure(_("This style cannot convert this picture. Choose another style."), UNPROCESSABLE_CONTENT)
    if isinstance(error, ClientDisconnected):
        return Failure("", CLIENT_CLOSED_REQUEST)  # there is nobody to read it
    if isinstance(error, ObjectDeleted):
        return Failure(_("It was deleted in the meantime."), 404)
    if isinstance(error, QuotaExceeded):
        return Failure(_get_quota_text(error), FORBIDDEN)
    if isinstance(error, StorageError):
        logger.error("the media folder takes no files: %s", error)
        text = _("The server is out of storage space. The operator can find the cause in the log.")
        return Failure(text, INSUFFICIENT_STORAGE)
    logger.error("conversion failed: %s: %s", type(error).__name__, error)
    return Failure(_("This style cannot be used right now. The operator can find the cause in the log."), 500)


def get_form_failure(form: Form) -> Failure:
    """Return what is wrong with a form that is not valid, as one text."""
    texts = [str(error) for errors in form.errors.values() for error in errors]
    return Failure(" ".join(texts), UNPROCESSABLE_CONTENT)


def get_image_failure_text(reason: str, details: Mapping[str, object] | None = None) -> str:
    """Return why a picture was refused: `reason` and `details` are those of BadImage."""
    return describe_bad_image(reason, get_upload_limits(), details, translate=_)


def get_video_failure_text(reason: str, details: Mapping[str, object] | None = None) -> str:
    """Return why a video was refused, or its conversion failed: a reason of BadVideo, or `VideoJob.error`.

    `details` are those of the BadVideo.
    """
    texts = {
        "style_not_available": _("This style is not available here."),
        "not_finite": _("This style cannot convert this video. Choose another style."),
        "quota": _("The result exceeds your storage quota. Delete something, then try again."),
        "gave_up": _("Conversion failed repeatedly. The operator can find the cause in the log."),
    }
    if reason in texts:
        return texts[reason]
    return describe_bad_video(
        reason,
        max_bytes=settings.VIDEO_MAX_BYTES,
        max_size=max_size_text(),
        max_seconds=settings.VIDEO_MAX_SECONDS,
        details=details,
        translate=_,
    )


def _get_quota_text(error: QuotaExceeded) -> str:
    works = ngettext(
        "Your storage quota is %(limit)s work. Delete some works, or ask the operator for a higher quota.",
        "Your storage quota is %(limit)s works. Delete some works, or ask the operator for a higher quota.",
        error.limit,
    )
    megabytes = _(
        "This exceeds your storage quota of %(limit)s MB. Delete some works, or ask the operator for a higher quota."
    )
    return (megabytes if error.in_megabytes else works) % {"limit": error.limit}


def _get_busy_text(seconds: int) -> str:
    text = ngettext(
        "Many photos are being converted right now. Please try again in %(seconds)s second.",
        "Many photos are being converted right now. Please try again in %(seconds)s seconds.",
        seconds,
    )
    return text % {"seconds": seconds}


def _get_rate_limit_text(error: RateLimitExceeded) -> str:
    text = _("You have done this too often within an hour. Please try again later.")
    if error.scope == "upload":
        text = _("You have converted %(limit)s photos within an hour, which is the limit. Please try again later.")
    elif error.scope == "video_job":
        text = _("You have converted %(limit)s videos within an hour, which is the limit. Please try again later.")
    return text % {"limit": error.limit}

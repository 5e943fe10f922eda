"""What went wrong with a conversion, in the visitor's words and with the right status."""

import logging
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gallery.locks import ObjectDeleted
from gallery.storage.media import StorageError
from gallery.storage.quotas import QuotaExceeded
from gallery.videos.uploads import TooManyUnfinishedUploads, max_size_label
from imaging.errors import BadImage, ImagingError
from inference.errors import BadVideo, ClientDisconnected, EngineBusy, StyleNotDownloaded, UnknownStyle

logger = logging.getLogger(__name__)

# What a conversion may end in; everything else is a bug.
EXPECTED_ERRORS = (ImagingError, ObjectDeleted, QuotaExceeded, TooManyUnfinishedUploads, StorageError)
INSUFFICIENT_STORAGE, CLIENT_CLOSED_REQUEST = 507, 499  # as nginx writes into its log
STATUS = {"too_many_bytes": 413, "too_many_pixels": 413}
STATUS_OF_VIDEOS = {"too_many_bytes": 413}


@dataclass(frozen=True)
class Failure:
    """`retry_after` in seconds where trying again later helps."""

    message: str
    status: int
    retry_after: int | None = None


def _bad_image(reason: str) -> str:
    megabytes, megapixels = settings.UPLOAD_MAX_BYTES // 2**20, settings.UPLOAD_MAX_PIXELS // 10**6
    texts = {
        "empty": _("This file is empty."),
        "too_many_bytes": _("This file is larger than %(limit)s MB.") % {"limit": megabytes},
        "too_many_pixels": _("This picture has more than %(limit)s megapixels.") % {"limit": megapixels},
        "damaged": _("This picture is damaged or incomplete. Try another file."),
    }
    unreadable = _("We can't open this file. Use JPEG, PNG, WebP, HEIC, AVIF, TIFF or BMP.")
    return texts.get(reason, unreadable)


def get_video_failure_text(reason: str) -> str:
    """Why a video was not taken, or its conversion failed: a reason of BadVideo, or `VideoJob.error`."""
    megabytes, seconds = settings.VIDEO_MAX_BYTES // 2**20, settings.VIDEO_MAX_SECONDS
    unreadable = _("We can't open this file. Use MP4, MOV, WebM or MKV.")
    texts = {
        "empty": _("This file is empty."),
        "too_many_bytes": _("This file is larger than %(limit)s MB.") % {"limit": megabytes},
        "not_a_video": unreadable,
        "truncated": _("This video is incomplete: its end is missing."),
        "no_picture": _("This file has sound but no video."),
        "unknown_codec": _("The codec of this video is not supported."),
        "encrypted": _("This video is encrypted and cannot be opened."),
        "too_many_pixels": _("The frames of this video are too large. The limit is %(size)s.")
        % {"size": max_size_label()},
        "no_frames": _("This video has no frames."),
        "too_many_frames": _("The frame rate of this video is too high."),
        "too_long": _("This video is longer than %(limit)s seconds.") % {"limit": seconds},
        "damaged": _("This video is damaged and cannot be read completely."),
        "nothing_chosen": _("There are no frames in the selected part of this video."),
        "style_not_available": _("This style is not available here."),
        "quota": _("The result exceeds your storage quota. Delete something, then try again."),
        "gave_up": _("Conversion failed repeatedly. The operator can find the cause in the log."),
    }
    return texts.get(reason, unreadable)


def get_failure(error: Exception) -> Failure:
    """The problem that one of EXPECTED is to a visitor."""
    if isinstance(error, BadImage):
        return Failure(_bad_image(error.reason), STATUS.get(error.reason, 422))
    if isinstance(error, BadVideo):
        return Failure(get_video_failure_text(error.reason), STATUS_OF_VIDEOS.get(error.reason, 422))
    if isinstance(error, TooManyUnfinishedUploads):
        return Failure(_("You have several unfinished uploads. Continue or delete one of them first."), 403)
    if isinstance(error, EngineBusy):
        return get_busy_failure(error.retry_after)
    if isinstance(error, UnknownStyle | StyleNotDownloaded):
        return Failure(_("This style is not available here."), 422)
    if isinstance(error, ClientDisconnected):
        return Failure("", CLIENT_CLOSED_REQUEST)  # there is nobody to read it
    if isinstance(error, ObjectDeleted):
        return Failure(_("It was deleted in the meantime."), 404)
    if isinstance(error, QuotaExceeded):
        return _full(error)
    if isinstance(error, StorageError):
        logger.error("the media folder takes no files: %s", error)
        text = _("The server is out of storage space. The operator can find the cause in the log.")
        return Failure(text, INSUFFICIENT_STORAGE)
    logger.error("conversion failed: %s: %s", type(error).__name__, error)
    return Failure(_("This style cannot be used right now. The operator can find the cause in the log."), 500)


def _full(error: QuotaExceeded) -> Failure:
    works = ngettext(
        "Your storage quota is %(limit)s work. Delete some works, or ask the operator for a higher quota.",
        "Your storage quota is %(limit)s works. Delete some works, or ask the operator for a higher quota.",
        error.limit,
    )
    megabytes = _(
        "Your photos and works may take up no more than %(limit)s MB here, and this does not fit any more. "
        "Delete some works, or ask the operator for more room."
    )
    return Failure((megabytes if error.in_megabytes else works) % {"limit": error.limit}, 403)


def get_busy_failure(seconds: int) -> Failure:
    text = ngettext(
        "Many photos are being converted right now. Please try again in %(seconds)s second.",
        "Many photos are being converted right now. Please try again in %(seconds)s seconds.",
        seconds,
    )
    return Failure(text % {"seconds": seconds}, 503, seconds)


def get_rate_limit_failure(wait: int) -> Failure:
    text = _("You have converted %(limit)s photos within an hour, which is the limit. Please try again later.")
    return Failure(text % {"limit": settings.UPLOADS_PER_HOUR}, 429, wait)

"""The log of conversions, from which the statistics are made. Nothing in it leads to a person or a picture."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import Error, transaction
from django.utils import timezone

from gallery.models import Conversion
from imaging.errors import BadImage, ImagingError
from inference.errors import (
    BadWeights,
    ClientDisconnected,
    DeviceUnavailable,
    EngineBusy,
    NonFiniteResult,
    StyleNotDownloaded,
    UnknownStyle,
)

logger = logging.getLogger(__name__)

VIDEO_SUFFIX = " (video)"  # after the style that a video was converted with
VIDEO_PREFIX = "video_"  # before the code of a failed video, as the same code has another text for pictures
RETENTION = timedelta(days=90)
PRUNE_INTERVAL = 100  # rows between two deletions of old ones
FAILURE_CODES = {
    ClientDisconnected: "left",
    BadWeights: "bad_weights",
    DeviceUnavailable: "device_unavailable",
    EngineBusy: "busy",
    NonFiniteResult: "not_finite",
    StyleNotDownloaded: "style_not_downloaded",
    UnknownStyle: "unknown_style",
    FileNotFoundError: "gone",  # the photo was deleted meanwhile
}


@contextmanager
def log_failures(style: str) -> Iterator[None]:
    """Log what is expected to go wrong in the block, and raise it on. Everything else is a bug, and not logged here."""
    started = time.perf_counter()
    try:
        yield
    except (ImagingError, FileNotFoundError) as error:
        log_conversion(style=style, seconds=time.perf_counter() - started, failure=_code(error))
        raise


def video_style(style: str) -> str:
    """Return the style that videos are logged under: they take so long that they would hide the photos' times."""
    return f"{style[:50]}{VIDEO_SUFFIX}"


def _code(error: Exception) -> str:
    return error.reason if isinstance(error, BadImage) else FAILURE_CODES.get(type(error), "other")


def log_conversion(*, style: str, seconds: float, failure: str = "") -> None:
    """Add one conversion. Statistics are not worth a lost picture: a database error here is only written to the log."""
    try:
        with transaction.atomic():
            row = Conversion.objects.create(style=style[:60], seconds=seconds, failure=failure[:30])
            if row.pk % PRUNE_INTERVAL == 0:
                Conversion.objects.filter(at__lt=timezone.now() - RETENTION).delete()
    except Error:
        logger.exception("a conversion was not noted")

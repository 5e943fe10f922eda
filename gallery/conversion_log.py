"""Notes how conversions went. Nothing in a note leads to a person or a picture."""

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
    StyleNotDownloaded,
    UnknownStyle,
)

logger = logging.getLogger(__name__)

VIDEO_PREFIX = "video_"  # before the reason why a video failed: it has texts of its own
RETENTION = timedelta(days=90)
PRUNE_INTERVAL = 100  # notes
FAILURE_CODES = {
    ClientDisconnected: "left",
    BadWeights: "bad_weights",
    DeviceUnavailable: "device_unavailable",
    EngineBusy: "busy",
    StyleNotDownloaded: "style_not_downloaded",
    UnknownStyle: "unknown_style",
    FileNotFoundError: "gone",  # the photo was deleted meanwhile
}


@contextmanager
def log_failures(style: str) -> Iterator[None]:
    """Notes what is expected to go wrong in the block, and lets it pass on; everything else is a bug."""
    started = time.perf_counter()
    try:
        yield
    except (ImagingError, FileNotFoundError) as error:
        log_conversion(style=style, seconds=time.perf_counter() - started, failure=_code(error))
        raise


def video_style(style: str) -> str:
    """What videos in this style are noted under: they take so much longer that they would hide the photos."""
    return f"{style[:50]} (video)"


def _code(error: Exception) -> str:
    return error.reason if isinstance(error, BadImage) else FAILURE_CODES.get(type(error), "other")


def log_conversion(*, style: str, seconds: float, failure: str = "") -> None:
    """Write one conversion down. Statistics are not worth a lost picture: what fails here only gets into the log."""
    try:
        with transaction.atomic():
            row = Conversion.objects.create(style=style[:60], seconds=seconds, failure=failure[:30])
            if row.pk % PRUNE_INTERVAL == 0:
                Conversion.objects.filter(at__lt=timezone.now() - RETENTION).delete()
    except Error:
        logger.exception("a conversion was not noted")

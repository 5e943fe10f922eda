"""The newest frame of a conversion, for who waits for it."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from inference.video import write_still

logger = logging.getLogger(__name__)

PREVIEW_INTERVAL_SECONDS = 2.0  # seconds


def preview_writer(path: Path, style: str) -> Callable[[np.ndarray], None]:
    """A function that is given each frame, uint8 [H,W,3], and keeps one now and then as a JPEG at `path`.

    A conversion does not fail for want of it.
    """
    latest = -PREVIEW_INTERVAL_SECONDS

    def show(pixels: np.ndarray) -> None:
        nonlocal latest
        if time.monotonic() - latest >= PREVIEW_INTERVAL_SECONDS:
            latest = time.monotonic()
            try:
                write_still(pixels, path, style=style)
            except OSError as error:  # the disk is full, or nobody wants the video any more
                logger.info("no preview: %s", error)

    return show

"""Makes a serving process ready before anybody waits for it."""

import logging
import threading

import numpy as np

from imaging.limits import ImageLimits
from imaging.samples import sample_file
from imaging.untrusted import read_untrusted_size
from inference.engine import Engine
from inference.styles import Style

PHOTO_SHAPES = ((3, 4), (4, 3))  # of most photos; others are compiled when the first one comes
logger = logging.getLogger(__name__)


class WarmUp:
    """Loads a style in the background and converts once in the shapes of most photos.

    The process answers pages meanwhile. It is ready also where this fails: the log says why, and those who convert
    are told.
    """

    def __init__(self) -> None:
        self._running = threading.Event()

    @property
    def is_finished(self) -> bool:
        """Return whether none runs, also where none was started."""
        return not self._running.is_set()

    def start(self, engine: Engine, style: Style) -> threading.Thread:
        """Start it, and return its thread."""
        self._running.set()
        thread = threading.Thread(target=self._run, args=(engine, style), name="warm-up", daemon=True)
        thread.start()
        return thread

    def _run(self, engine: Engine, style: Style) -> None:
        try:
            read_untrusted_size(sample_file(), ImageLimits())  # starts the process that reads uploads
            for height, width in PHOTO_SHAPES:
                side = style.working_size // max(PHOTO_SHAPES[0])
                engine.stylize(np.zeros((height * side, width * side, 3), np.uint8), style)
        except Exception:  # a thread that ends in silence would leave the process not ready for ever
            logger.exception("the engine could not be made ready")
        finally:
            self._running.clear()

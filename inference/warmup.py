"""Makes a serving process ready before anybody waits for it."""

import logging
import threading

import numpy as np

from inference.engine import Engine
from inference.styles import Style

SHAPES = ((3, 4), (4, 3))  # of most photos; others are compiled when the first one comes
logger = logging.getLogger(__name__)


class WarmUp:
    """Loads a style in the background and converts once in the shapes of most photos.

    The process answers pages meanwhile. It is ready also where this fails: the log says why, and those who convert
    are told.
    """

    def __init__(self) -> None:
        self._under_way = threading.Event()

    @property
    def is_over(self) -> bool:
        """Also where none was begun."""
        return not self._under_way.is_set()

    def begin(self, engine: Engine, style: Style) -> threading.Thread:
        self._under_way.set()
        thread = threading.Thread(target=self._run, args=(engine, style), name="warm-up", daemon=True)
        thread.start()
        return thread

    def _run(self, engine: Engine, style: Style) -> None:
        try:
            for height, width in SHAPES:
                side = style.working_size // max(SHAPES[0])
                engine.stylize(np.zeros((height * side, width * side, 3), np.uint8), style)
        except Exception:  # a thread that ends in silence would leave the process not ready for ever
            logger.exception("the engine could not be made ready")
        finally:
            self._under_way.clear()

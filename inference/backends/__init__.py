"""Ways of running a generator. A back end turns a style into a session; the engine keeps the sessions."""

from typing import Protocol

import numpy as np

from inference.styles import Style


class Session(Protocol):
    """One generator, loaded. `run` may be called from several threads, one at a time each."""

    size_bytes: int  # what it keeps in memory, about

    accepts_pixels: bool  # `run` takes uint8 [N,H,W,3] to the same, too, and does so faster

    def run(self, batch: np.ndarray) -> np.ndarray:
        """Convert float32 [N,3,H,W] in [-1,1], in the network's color order, to the same; H, W as it needs them.

        Raise NonFiniteResult.
        """
        ...


class Backend(Protocol):
    """`name` and `device` are stored with each work and shown to its owner."""

    name: str
    device: str

    def load(self, style: Style) -> Session:
        """Load a style. Raise BadWeights where the style's file is not what it should be."""
        ...

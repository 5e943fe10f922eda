"""Decoded pictures on disk in place of memory: thousands of pairs take several gigabytes."""

from collections.abc import Iterable
from math import prod
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np


class PictureFile:
    """Pictures one after the other in a file without a name, which is gone when the process ends.

    What is read of it, the system keeps in memory as long as nothing else needs that.
    """

    def __init__(self, folder: Path) -> None:
        """`folder`: on which disk; it need not be there yet, and nothing is to be seen of the file in it."""
        existing = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
        self._file = TemporaryFile(dir=existing)  # noqa: SIM115 - open as long as its pictures are read
        self._shapes: list[tuple[int, ...]] = []

    def add(self, pictures: Iterable[np.ndarray]) -> None:
        """Write uint8 [H,W,3] pictures."""
        for picture in pictures:
            self._file.write(np.ascontiguousarray(picture).data)
            self._shapes.append(picture.shape)

    def read_all(self) -> list[np.ndarray]:
        """Return all pictures, in their order, to be read from the file when they are looked at."""
        if not self._shapes:
            return []
        self._file.flush()
        mapped = np.memmap(self._file, np.uint8, "r")
        ends = np.cumsum([prod(shape) for shape in self._shapes]).tolist()
        return [mapped[end - prod(shape) : end].reshape(shape) for end, shape in zip(ends, self._shapes, strict=True)]

"""Pictures that look alike: hashes that hardly change when one is scaled or stored again, and a search among them."""

import cv2
import numpy as np
from PIL import Image

PHASH_SIDE = 8  # of the block of frequencies that is kept
PHASH_THUMBNAIL_PX = 32


def perceptual_hash(pixels: np.ndarray) -> int:
    """Return 64 bits that describe what uint8 [H,W,3] (RGB) or [H,W] (gray) shows, whatever its size.

    pHash (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010): a gray thumbnail
    of 32x32, its cosine transform, the 8x8 lowest frequencies without the row and column of frequency 0 (which
    carry brightness, not shape); a bit says whether a frequency is above their median.
    """
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.ndim == 3 else pixels
    # Averaging over areas first: to sample a large picture would make the hash depend on its finest detail.
    thumbnail = cv2.resize(gray, (PHASH_THUMBNAIL_PX, PHASH_THUMBNAIL_PX), interpolation=cv2.INTER_AREA)
    low = cv2.dct(thumbnail.astype(np.float32))[1 : PHASH_SIDE + 1, 1 : PHASH_SIDE + 1]
    return _bits_to_int(low > np.median(low))


def difference_hash(pixels: np.ndarray) -> int:
    """Return 64 bits of uint8 [H,W,3] (RGB) or [H,W] (gray) that hardly change under scaling and recompression.

    dHash (Krawetz, "Kind of Like That", 2013): is each of 8x8 pixels brighter than its right neighbor, on a gray
    thumbnail of 9x8?
    """
    # Pillow's gray and box filter, not OpenCV's: they round otherwise, and hashes of earlier runs are compared with.
    thumbnail = Image.fromarray(pixels).convert("L").resize((9, 8), Image.Resampling.BOX)
    gray = np.asarray(thumbnail, dtype=np.int16)
    return _bits_to_int(gray[:, :-1] > gray[:, 1:])


def _bits_to_int(bits: np.ndarray) -> int:
    """Read bool [8,8] as a number, the first one its highest bit."""
    return int.from_bytes(np.packbits(bits.ravel()).tobytes(), "big")


def hamming_distance(a: int, b: int) -> int:
    """Return in how many of the 64 bits two hashes differ: 0 is the same, about 32 is unrelated."""
    return (a ^ b).bit_count()


class HashIndex:
    """Hashes with the names of their pictures, and which of them is within `max_distance` bits of another.

    All are compared, in one pass over an array: with 100,000 hashes that takes about a tenth of a millisecond,
    while a tree is no faster at such distances.
    """

    def __init__(self, max_distance: int) -> None:
        self.max_distance = max_distance
        self._hashes = np.empty(1024, dtype=np.uint64)
        self._names: list[str] = []

    def __len__(self) -> int:
        return len(self._names)

    def add(self, value: int, name: str) -> None:
        """Add the hash of one more picture."""
        if len(self) == len(self._hashes):
            self._hashes = np.resize(self._hashes, 2 * len(self))
        self._hashes[len(self)] = value
        self._names.append(name)

    def find_nearest(self, value: int) -> str | None:
        """Return the name of the nearest picture within reach, the first of several as near; None if there is none."""
        if not self._names:
            return None
        distances = np.bitwise_count(self._hashes[: len(self)] ^ np.uint64(value))
        nearest = int(distances.argmin())
        return self._names[nearest] if distances[nearest] <= self.max_distance else None

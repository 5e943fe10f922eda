"""One picture from the net to a verified file. Runs in many threads and knows nothing of the database."""

import hashlib
import threading
from dataclasses import dataclass

from inference import images
from inference.errors import BadImage

from .models import Item
from .similarity import perceptual_hash
from .store import Store
from .web.client import Client
from .web.errors import FetchError
from .web.robots import Robots

MOST_PIXELS = 30 * 10**6
# Pictures are unpacked one at a time: many large ones at once would take much memory and no less time.
_UNPACKING = threading.Lock()
MAGIC = {b"\xff\xd8\xff": ".jpg", b"\x89PNG": ".png", b"RIFF": ".webp", b"BM": ".bmp"}


class Unusable(FetchError):
    """What came is no picture that can be kept; it would be the same another time."""


@dataclass(frozen=True)
class Verified:
    """A whole picture; its bytes lie in the store's incoming folder."""

    suffix: str
    bytes: int
    width: int
    height: int
    sha256: str
    perceptual_hash: int


def verify(data: bytes, *, least_side: int) -> Verified:
    """Raises Unusable for what cannot be read to its end or is too small."""
    suffix = next((suffix for magic, suffix in MAGIC.items() if data.startswith(magic)), None)
    if suffix is None:
        raise Unusable("not_a_picture")
    try:
        with _UNPACKING:
            picture = images.decode(data, images.Limits(bytes=len(data) or 1, pixels=MOST_PIXELS))
            found = perceptual_hash(picture.pixels)
    except BadImage as error:
        raise Unusable(error.reason) from error
    if min(picture.width, picture.height) < least_side:
        raise Unusable("too_small", f"{picture.width} x {picture.height}")
    sha256 = hashlib.sha256(data).hexdigest()
    return Verified(suffix, len(data), picture.width, picture.height, sha256, found)


@dataclass(frozen=True)
class Downloader:
    client: Client
    robots: Robots
    store: Store
    least_side: int
    referer: str = ""

    def __call__(self, item: Item) -> Verified:
        """Raises the errors of `Client.get` and Unusable."""
        whole = self.store.incoming_path(item)
        if whole.exists():  # from a run that was killed before it could note this
            return verify(whole.read_bytes(), least_side=self.least_side)
        self.robots.check(item.address)
        answer = self.client.get(item.address, referer=self.referer)
        kind = answer.content_type.partition(";")[0].strip().lower()
        if kind and not kind.startswith("image/") and kind not in ("application/octet-stream", "binary/octet-stream"):
            raise Unusable("not_a_picture", kind)
        verified = verify(answer.data, least_side=self.least_side)
        self.store.write_incoming(item, answer.data)
        return verified

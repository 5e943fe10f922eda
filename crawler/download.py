"""One picture from the net to a verified file. Runs in many threads and knows nothing of the database."""

import hashlib
from dataclasses import dataclass

from crawler.http.client import Client
from crawler.http.robots import Robots
from crawler.models import Item
from crawler.pictures import Unusable, look
from crawler.store import Store

PLAIN_BYTES = ("application/octet-stream", "binary/octet-stream")  # what some servers call every file


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
    seen = look(data)
    if min(seen.width, seen.height) < least_side:
        raise Unusable("too_small", f"{seen.width} x {seen.height}")
    sha256 = hashlib.sha256(data).hexdigest()
    return Verified(seen.suffix, len(data), seen.width, seen.height, sha256, seen.perceptual_hash)


@dataclass(frozen=True)
class Downloader:
    client: Client
    robots: Robots
    store: Store
    least_side: int

    def __call__(self, item: Item) -> Verified:
        """Raises the errors of `Client.get` and Unusable."""
        whole = self.store.incoming_path(item)
        if whole.exists():  # from a run that ended before it could note this
            return verify(whole.read_bytes(), least_side=self.least_side)
        answer = self.client.get(item.address, self.robots.check)
        kind = answer.content_type.partition(";")[0].strip().lower()
        if kind and not kind.startswith("image/") and kind not in PLAIN_BYTES:
            raise Unusable("not_a_picture", kind)
        verified = verify(answer.data, least_side=self.least_side)
        self.store.write_incoming(item, answer.data)
        return verified

"""Decides which pictures are kept, and brings files and rows to agree, some at a time."""

import time
from contextlib import suppress

from django.db import transaction
from django.utils import timezone

from crawler.download import Verified
from crawler.items import Ledger, settle
from crawler.models import Item
from crawler.store import Store
from imaging.hashing import HashIndex

MOST = 32  # items that are noted together; a killed crawl looks at so many again, but downloads none of them twice
SECONDS = 2.0
FIELDS = [
    *("state", "reason", "same_as", "is_final", "file", "bytes", "width", "height", "sha256", "perceptual_hash"),
    *("fetched", "run"),
]


class Saver:
    """`similar`: in how many of 64 bits the perceptual hashes of two pictures that count as one may differ."""

    def __init__(self, store: Store, ledger: Ledger, *, similar: int) -> None:
        self.store, self.ledger = store, ledger
        self._same: dict[str, str] = {}
        self._alike = HashIndex(similar)
        for item in ledger.kept():
            self._remember(item)
        self._pending: list[Item] = []
        self._since = time.monotonic()

    def _remember(self, item: Item) -> None:
        self._same[item.sha256] = item.file
        self._alike.add(int(item.perceptual_hash, 16), item.file)

    def save(self, item: Item, picture: Verified) -> None:
        """Keep a picture, or note which one it repeats."""
        item.fetched = timezone.now()
        item.bytes, item.width, item.height = picture.bytes, picture.width, picture.height
        item.sha256, item.perceptual_hash = picture.sha256, f"{picture.perceptual_hash:016x}"
        if same := self._same.get(picture.sha256):
            settle(item, Item.State.SKIPPED, "duplicate", same_as=same)
        elif alike := self._alike.find_nearest(picture.perceptual_hash):
            settle(item, Item.State.SKIPPED, "near_duplicate", same_as=alike)
        else:
            settle(item, Item.State.SAVING)
            item.file = self.store.free_name(item, picture.suffix)
            self._remember(item)
        self.note(item)

    def note(self, item: Item) -> None:
        """Write an item's row soon."""
        item.run = self.ledger.run
        self._pending.append(item)
        if len(self._pending) >= MOST or time.monotonic() - self._since > SECONDS:
            self.flush()

    def flush(self) -> None:
        """Rows first, with the checksums that tell after a crash whether a file is in its place; then the files."""
        items, self._pending, self._since = self._pending, [], time.monotonic()
        if not items:
            return
        with transaction.atomic():
            for item in items:  # faster than bulk_update, whose statement grows with rows times fields
                item.save(update_fields=FIELDS)
        kept = [item for item in items if item.state == Item.State.SAVING]
        for item in kept:
            self.store.move_to_place(item)
        Item.objects.filter(pk__in=[item.pk for item in kept]).update(state=Item.State.KEPT)
        for item in items:
            if item.state == Item.State.SKIPPED:
                with suppress(FileNotFoundError):
                    self.store.incoming_path(item).unlink()
            elif item.state == Item.State.SAVING:
                item.state = Item.State.KEPT

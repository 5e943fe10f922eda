"""Decide which pictures are kept, and bring files and rows to agree, some at a time."""

import time
from contextlib import suppress

from django.db import transaction
from django.utils import timezone

from crawler.ledger import Ledger, set_outcome
from crawler.models import Item
from crawler.pictures import VerifiedPicture
from crawler.store import CrawlStore
from imaging.hashing import HashIndex

MAX_PENDING = 32  # items saved together; a killed crawl decides on so many again, but downloads none of them twice
MAX_PENDING_SECONDS = 2.0
SAVED_FIELDS = [
    *("state", "reason", "same_as", "is_final", "file", "bytes", "width", "height", "sha256", "perceptual_hash"),
    *("fetched", "run"),
]


class PictureSaver:
    """Save each picture once: two whose perceptual hashes differ in at most `max_distance` of 64 bits are one."""

    def __init__(self, store: CrawlStore, ledger: Ledger, *, max_distance: int) -> None:
        self.store, self.ledger = store, ledger
        self._file_by_sha256: dict[str, str] = {}
        self._hash_index = HashIndex(max_distance)
        for item in ledger.iter_kept_items():
            self._remember(item)
        self._pending: list[Item] = []
        self._last_flush = time.monotonic()

    def _remember(self, item: Item) -> None:
        self._file_by_sha256[item.sha256] = item.file
        self._hash_index.add(int(item.perceptual_hash, 16), item.file)

    def save_picture(self, item: Item, picture: VerifiedPicture) -> None:
        """Keep a picture, or note which one it repeats."""
        item.fetched = timezone.now()
        item.bytes, item.width, item.height = picture.bytes, picture.width, picture.height
        item.sha256, item.perceptual_hash = picture.sha256, f"{picture.perceptual_hash:016x}"
        if same := self._file_by_sha256.get(picture.sha256):
            set_outcome(item, Item.State.SKIPPED, "duplicate", same_as=same)
        elif similar := self._hash_index.find_nearest(picture.perceptual_hash):
            set_outcome(item, Item.State.SKIPPED, "near_duplicate", same_as=similar)
        else:
            set_outcome(item, Item.State.SAVING)
            item.file = self.store.choose_file_name(item, picture.suffix)
            self._remember(item)
        self.save_soon(item)

    def save_soon(self, item: Item) -> None:
        """Write an item's row with the next flush, after MAX_PENDING items or MAX_PENDING_SECONDS."""
        item.run = self.ledger.run
        self._pending.append(item)
        if len(self._pending) >= MAX_PENDING or time.monotonic() - self._last_flush > MAX_PENDING_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write rows first, with the checksums by which a file is recognized after a crash; then move the files."""
        items, self._pending, self._last_flush = self._pending, [], time.monotonic()
        if not items:
            return
        with transaction.atomic():
            for item in items:  # faster than bulk_update, whose statement grows with rows times fields
                item.save(update_fields=SAVED_FIELDS)
        saving = [item for item in items if item.state == Item.State.SAVING]
        for item in saving:
            self.store.move_to_final_name(item)
        Item.objects.filter(pk__in=[item.pk for item in saving]).update(state=Item.State.KEPT)
        for item in items:
            if item.state == Item.State.SKIPPED:
                with suppress(FileNotFoundError):
                    self.store.incoming_path(item).unlink()
            elif item.state == Item.State.SAVING:
                item.state = Item.State.KEPT

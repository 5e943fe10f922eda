"""The rows of a crawl: what is known of each page and picture, so that nothing is asked for twice."""

import hashlib
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from crawler.models import Item, PageRead, Run
from crawler.sources.base import Found, Source
from crawler.store import Store
from crawler.targets import Target

UNFINISHED = Q(state__in=[Item.State.WAITING, Item.State.SAVING])
FAILED_FOR_NOW = Q(state=Item.State.FAILED, is_final=False)


def digest(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


class Ledger:
    """All rows of one output folder, seen from one run."""

    def __init__(self, store: Store, source: Source, run: Run | None) -> None:
        self.store, self.source, self.run = store, source, run
        self.output = str(store.root)

    def recover(self) -> None:
        """Settle what a killed run was about to save: it is kept if its file came to its place."""
        for item in Item.objects.filter(output=self.output, state=Item.State.SAVING):
            path = self.store.root / item.file
            is_there = path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == item.sha256
            item.state = Item.State.KEPT if is_there else Item.State.WAITING
            item.save(update_fields=["state"])

    def waiting_keys(self) -> set[str]:
        """Of the items that a later crawl will have."""
        return set(Item.objects.filter(UNFINISHED, output=self.output).values_list("key", flat=True))

    def kept(self) -> Iterable[Item]:
        """All that is kept, of every class: no picture is kept twice."""
        rows = Item.objects.filter(output=self.output, state=Item.State.KEPT)
        return rows.only("file", "sha256", "perceptual_hash").iterator(chunk_size=1000)

    def count_kept(self, target: Target) -> int:
        return self._of(target).filter(state=Item.State.KEPT).count()

    def _of(self, target: Target) -> QuerySet[Item]:
        return Item.objects.filter(output=self.output, label=target.label, gender=target.gender)

    def _page_key(self, target: Target, number: int) -> str:
        return digest(self.output, self.source.name, target.phrase, target.name, number)

    def page_read(self, target: Target, number: int) -> PageRead | None:
        return PageRead.objects.filter(key=self._page_key(target, number)).first()

    def unfinished(self, target: Target, number: int, *, with_failed: bool) -> list[Item]:
        """The pictures of a page that are still to be had, in the page's order."""
        wanted = UNFINISHED | FAILED_FOR_NOW if with_failed else UNFINISHED
        return list(self._of(target).filter(wanted, page=number).order_by("place", "pk"))

    @transaction.atomic
    def enter(
        self, target: Target, number: int, found: Sequence[Found], earlier: set[str]
    ) -> tuple[PageRead, list[Item]]:
        """Note a page with its pictures; each address once a set. The page, and those items that are new.

        `earlier`: digests of the pages before it, by which a page that is only shown once more is told.
        """
        new: list[Item] = []
        addresses = digest(*(one.address for one in found))
        is_last = not found or addresses in earlier
        if not is_last:
            rows: dict[str, Item] = {}
            for one in found:
                row = self._row(target, number, one)
                rows.setdefault(row.key, row)
            known = set(Item.objects.filter(key__in=rows).values_list("key", flat=True))
            new = [row for key, row in rows.items() if key not in known]
            self._skip_elsewhere_kept(new)
            Item.objects.bulk_create(new, batch_size=200)
        page, _is_new = PageRead.objects.update_or_create(
            key=self._page_key(target, number), defaults={"addresses": addresses, "is_last": is_last}
        )
        return page, new

    def _row(self, target: Target, number: int, found: Found) -> Item:
        identity = found.address or f"page {number} place {found.place}"
        row = Item(
            key=digest(self.output, target.name, identity),
            address_key=digest(self.output, found.address),
            output=self.output,
            label=target.label,
            gender=target.gender,
            page=number,
            place=found.place,
            address=found.address,
            remote_id=found.remote_id[:100],
            title=found.title,
            keywords=list(found.keywords),
            licence=found.licence[:100],
            run=self.run,
        )
        if not found.address:
            settle(row, Item.State.SKIPPED, "no_address")
        elif not self.source.is_wanted(found.address):
            settle(row, Item.State.SKIPPED, "other_kind")
        return row

    def _skip_elsewhere_kept(self, rows: Iterable[Item]) -> None:
        """The same address in another set is the same picture."""
        waiting = {row.address_key: row for row in rows if row.state == Item.State.WAITING}
        there = Item.objects.filter(Q(state=Item.State.KEPT) | ~Q(same_as=""), address_key__in=waiting)
        for other in there.only("address_key", "file", "same_as"):
            settle(waiting[other.address_key], Item.State.SKIPPED, "same_address", same_as=other.file or other.same_as)


def settle(item: Item, state: Item.State, reason: str = "", *, same_as: str = "", is_final: bool = True) -> None:
    """What became of an item; saved by the caller."""
    item.state, item.reason, item.same_as, item.is_final = state, reason, same_as, is_final

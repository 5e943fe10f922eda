"""The rows of a crawl: what became of each page and picture, so that nothing is requested twice."""

import hashlib
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from crawler.models import Item, PageRead, Run
from crawler.sources.base import CrawlSource, CrawlTarget, ListedPicture
from crawler.store import CrawlStore

IS_UNFINISHED = Q(state__in=[Item.State.WAITING, Item.State.SAVING])
MAY_BE_RETRIED = Q(state=Item.State.FAILED, is_final=False)


def compute_digest(*parts: object) -> str:
    """Return the SHA-256 of the parts, a line each. Rows of earlier crawls are found by it: it must not change."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def set_outcome(item: Item, state: Item.State, reason: str = "", *, same_as: str = "", is_final: bool = True) -> None:
    """Set what became of an item; the caller saves it."""
    item.state, item.reason, item.same_as, item.is_final = state, reason, same_as, is_final


class Ledger:
    """All rows of one output folder, seen from one run."""

    def __init__(self, store: CrawlStore, source: CrawlSource, run: Run | None) -> None:
        self.store, self.source, self.run = store, source, run
        self.output = str(store.root)

    def recover(self) -> None:
        """Decide on what a killed run was about to save: it is kept if its file got its final name."""
        for item in Item.objects.filter(output=self.output, state=Item.State.SAVING):
            path = self.store.root / item.file
            is_saved = path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == item.sha256
            item.state = Item.State.KEPT if is_saved else Item.State.WAITING
            item.save(update_fields=["state"])

    def get_unfinished_keys(self) -> set[str]:
        """Return the keys of the items that a later crawl will download."""
        return set(Item.objects.filter(IS_UNFINISHED, output=self.output).values_list("key", flat=True))

    def iter_kept_items(self) -> Iterable[Item]:
        """Yield what is kept, of every class: no picture is kept twice."""
        rows = Item.objects.filter(output=self.output, state=Item.State.KEPT)
        return rows.only("file", "sha256", "perceptual_hash").iterator(chunk_size=1000)

    def count_kept(self, target: CrawlTarget) -> int:
        return self._items_of(target).filter(state=Item.State.KEPT).count()

    def list_unfinished(self, target: CrawlTarget, page: int, *, retry_failed: bool) -> list[Item]:
        """Return the pictures of a page that are still to be downloaded, in the page's order."""
        condition = IS_UNFINISHED | MAY_BE_RETRIED if retry_failed else IS_UNFINISHED
        return list(self._items_of(target).filter(condition, page=page).order_by("position", "pk"))

    def _items_of(self, target: CrawlTarget) -> QuerySet[Item]:
        return Item.objects.filter(output=self.output, label=target.label, gender=target.gender)

    def find_page(self, target: CrawlTarget, number: int) -> PageRead | None:
        """Return a page that was read before, None if it was not."""
        return PageRead.objects.filter(key=self._page_key(target, number)).first()

    def _page_key(self, target: CrawlTarget, number: int) -> str:
        return compute_digest(self.output, self.source.name, target.phrase, target.name, number)

    @transaction.atomic
    def add_page(
        self, target: CrawlTarget, number: int, listed: Sequence[ListedPicture], earlier_pages: set[str]
    ) -> tuple[PageRead, list[Item]]:
        """Store a page with its pictures, each URL once a set; return the page and those items that are new.

        `earlier_pages`: the digests of the pages before it, by which one that the site only repeats is recognized.
        """
        new: list[Item] = []
        urls_digest = compute_digest(*(picture.url for picture in listed))
        is_last = not listed or urls_digest in earlier_pages
        if not is_last:
            rows: dict[str, Item] = {}
            for picture in listed:
                row = self._build_item(target, number, picture)
                rows.setdefault(row.key, row)
            stored_keys = set(Item.objects.filter(key__in=rows).values_list("key", flat=True))
            new = [row for key, row in rows.items() if key not in stored_keys]
            self._skip_kept_urls(new)
            Item.objects.bulk_create(new, batch_size=200)
        page, _is_new = PageRead.objects.update_or_create(
            key=self._page_key(target, number), defaults={"urls_digest": urls_digest, "is_last": is_last}
        )
        return page, new

    def _build_item(self, target: CrawlTarget, page: int, picture: ListedPicture) -> Item:
        identity = picture.url or f"page {page} place {picture.position}"
        item = Item(
            key=compute_digest(self.output, target.name, identity),
            url_key=compute_digest(self.output, picture.url),
            output=self.output,
            label=target.label,
            gender=target.gender,
            page=page,
            position=picture.position,
            url=picture.url,
            remote_id=picture.remote_id[:100],
            title=picture.title,
            keywords=list(picture.keywords),
            license=picture.license[:100],
            run=self.run,
        )
        if not picture.url:
            set_outcome(item, Item.State.SKIPPED, "no_address")
        elif not self.source.is_picture_url(picture.url):
            set_outcome(item, Item.State.SKIPPED, "other_kind")
        return item

    def _skip_kept_urls(self, items: Iterable[Item]) -> None:
        """The same URL in another set is the same picture."""
        waiting = {item.url_key: item for item in items if item.state == Item.State.WAITING}
        others = Item.objects.filter(Q(state=Item.State.KEPT) | ~Q(same_as=""), url_key__in=waiting)
        for other in others.only("url_key", "file", "same_as"):
            same_as = other.file or other.same_as
            set_outcome(waiting[other.url_key], Item.State.SKIPPED, "same_address", same_as=same_as)

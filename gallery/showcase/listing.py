"""Lists of published works, of any length: each page is read from one index, however deep it lies.

Pages are found by keyset pagination: a page begins after a sort key, not after a number of rows, so that what is
published meanwhile neither repeats nor hides anything.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import QuerySet

from gallery.models import Exhibit, ExhibitKind, ExhibitState
from gallery.models.exhibits import fold_case

PAGE_SIZE = 30
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SortKey = tuple[Any, int]  # the value of the column that the list is sorted by, and the row's primary key


@dataclass(frozen=True)
class ListingPage:
    """Some exhibits in order, and the cursors of the pages before and after them; empty where there is none."""

    exhibits: list[Exhibit]
    newer_cursor: str
    older_cursor: str


def list_published_styles() -> list[str]:
    """Return the ids of the styles that the gallery shows works in; the index of the newest has all that is read."""
    published = Exhibit.objects.filter(state=ExhibitState.PUBLISHED).order_by()
    return sorted(published.values_list("style", flat=True).distinct())


@dataclass(frozen=True)
class ExhibitListing:
    """A list of published exhibits: of one kind and style (empty: all), in an order, with words to search for."""

    kind: str = ""
    style: str = ""
    sort: str = "newest"
    search_text: str = ""

    SORT_FIELDS: ClassVar[dict[str, str]] = {"newest": "published", "liked": "likes"}

    @classmethod
    def from_query(cls, query: Any, kind: str = "") -> "ExhibitListing":
        """Read a listing from a URL's query; values that mean nothing are ignored."""
        chosen = kind or query.get("kind", "")
        return cls(
            kind=chosen if chosen in ExhibitKind.values else "",
            style=query.get("style", "")[:60],
            sort=query.get("sort") if query.get("sort") in cls.SORT_FIELDS else "newest",
            search_text=" ".join(query.get("q", "").split())[:100],
        )

    def to_query(self, *, with_kind: bool = True, **extra: str) -> str:
        """Return the query that `from_query` reads, with its question mark; empty for the plain list."""
        filters = {"kind": self.kind if with_kind else "", "style": self.style, "q": self.search_text}
        sort = "" if self.sort == "newest" else self.sort
        parts = {name: value for name, value in {**filters, "sort": sort, **extra}.items() if value}
        return f"?{urlencode(parts)}" if parts else ""

    @property
    def sort_field(self) -> str:
        return self.SORT_FIELDS[self.sort]

    def _filtered_exhibits(self) -> QuerySet[Exhibit]:
        found = Exhibit.objects.filter(state=ExhibitState.PUBLISHED)
        if self.kind:
            found = found.filter(kind=self.kind)
        if self.style:
            found = found.filter(style=self.style)
        for word in fold_case(self.search_text).split():
            found = found.filter(search__contains=word)
        return found

    def _adjacent_keys(self, key: SortKey | None, *, forward: bool, count: int) -> list[SortKey]:
        """Return the sort keys after one (or before it), nearest first; without one, from that end of the list."""
        found = self._filtered_exhibits()
        if key:
            value, pk = key
            side, row = ("lte", "gte") if forward else ("gte", "lte")
            # Not `value < x or (value = x and pk < y)`: databases follow an index through an AND only.
            found = found.filter(**{f"{self.sort_field}__{side}": value})
            found = found.exclude(**{self.sort_field: value, f"pk__{row}": pk})
        sign = "-" if forward else ""
        return list(found.order_by(f"{sign}{self.sort_field}", f"{sign}pk").values_list(self.sort_field, "pk")[:count])

    def sort_key_of(self, exhibit: Exhibit) -> SortKey:
        return getattr(exhibit, self.sort_field), exhibit.pk

    def _encode_cursor(self, key: SortKey) -> str:
        value, pk = key
        number = value if isinstance(value, int) else (value - EPOCH) // timedelta(microseconds=1)
        return f"{number}-{pk}"

    def _decode_cursor(self, cursor: str) -> SortKey | None:
        """Return the sort key of a cursor; None for one that was not made here."""
        number, _dash, pk = cursor.partition("-")
        try:
            key = int(number), int(pk)
            return key if self.sort == "liked" else (EPOCH + timedelta(microseconds=key[0]), key[1])
        except (ValueError, OverflowError):
            return None

    def get_first(self, count: int) -> list[Exhibit]:
        """Return the first exhibits of the list, without reading a row more."""
        return _load_exhibits(self._adjacent_keys(None, forward=True, count=count))

    def get_page(self, *, after: str = "", before: str = "") -> ListingPage:
        """Return the page after a cursor, or before one; the first page without a cursor."""
        if key := self._decode_cursor(before):
            keys = self._adjacent_keys(key, forward=False, count=PAGE_SIZE + 1)
            if len(keys) > PAGE_SIZE:
                shown = keys[:PAGE_SIZE][::-1]
                return ListingPage(_load_exhibits(shown), self._encode_cursor(shown[0]), self._encode_cursor(shown[-1]))
            after = ""  # fewer than a page lie before: that is the first page
        key = self._decode_cursor(after)
        keys = self._adjacent_keys(key, forward=True, count=PAGE_SIZE + 1)
        shown = keys[:PAGE_SIZE]
        has_newer = bool(key and shown and self._adjacent_keys(shown[0], forward=False, count=1))
        return ListingPage(
            _load_exhibits(shown),
            newer_cursor=self._encode_cursor(shown[0]) if has_newer else "",
            older_cursor=self._encode_cursor(shown[-1]) if len(keys) > PAGE_SIZE else "",
        )

    def cursor_before(self, exhibit: Exhibit) -> str:
        """Return the cursor after which the page begins with this exhibit; empty for the first of all."""
        keys = self._adjacent_keys(self.sort_key_of(exhibit), forward=False, count=1)
        return self._encode_cursor(keys[0]) if keys else ""

    def neighbors(self, exhibit: Exhibit) -> tuple[Exhibit | None, Exhibit | None]:
        """Return (the exhibit before, the exhibit after) this one in the list."""
        key = self.sort_key_of(exhibit)
        before, after = (self._adjacent_keys(key, forward=forward, count=1) for forward in (False, True))
        rows = {row.pk: row for row in _load_exhibits(before + after)}
        return (rows.get(before[0][1]) if before else None), (rows.get(after[0][1]) if after else None)


def _load_exhibits(keys: list[SortKey]) -> list[Exhibit]:
    """Return the exhibits with these sort keys, without those that were deleted since the keys were read."""
    pks = [pk for _value, pk in keys]
    rows = Exhibit.objects.select_related("work", "job__video", "owner").in_bulk(pks)
    return [rows[pk] for pk in pks if pk in rows]

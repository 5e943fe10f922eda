"""Lists of published works, of any length: each page is read from one index, however deep it lies.

A page begins at a place in the order, not at a number of rows, so that what is published meanwhile neither
repeats nor hides anything.
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
SortKey = tuple[Any, int]  # the value that the order goes by, and the row's number


@dataclass(frozen=True)
class ListingPage:
    """Some exhibits in order, and where the pages before and after begin; empty where there is none."""

    exhibits: list[Exhibit]
    newer: str
    older: str


@dataclass(frozen=True)
class ExhibitListing:
    """What somebody looks through: a kind and a style (empty: all), an order, and words to find."""

    kind: str = ""
    style: str = ""
    sort: str = "newest"
    words: str = ""

    ORDERS: ClassVar[dict[str, str]] = {"newest": "published", "liked": "likes"}

    @classmethod
    def of(cls, query: Any, kind: str = "") -> "ExhibitListing":
        """From an address's query; what means nothing there is passed over."""
        chosen = kind or query.get("kind", "")
        return cls(
            kind=chosen if chosen in ExhibitKind.values else "",
            style=query.get("style", "")[:60],
            sort=query.get("sort") if query.get("sort") in cls.ORDERS else "newest",
            words=" ".join(query.get("q", "").split())[:100],
        )

    def query(self, *, with_kind: bool = True, **more: str) -> str:
        """The query of an address that leads here, with its question mark; empty for the plain list."""
        usual = {"kind": self.kind if with_kind else "", "style": self.style, "q": self.words}
        sort = "" if self.sort == "newest" else self.sort
        parts = {name: value for name, value in {**usual, "sort": sort, **more}.items() if value}
        return f"?{urlencode(parts)}" if parts else ""

    @property
    def order(self) -> str:
        """The column that the order goes by."""
        return self.ORDERS[self.sort]

    def _all(self) -> QuerySet[Exhibit]:
        found = Exhibit.objects.filter(state=ExhibitState.PUBLISHED)
        if self.kind:
            found = found.filter(kind=self.kind)
        if self.style:
            found = found.filter(style=self.style)
        for word in fold_case(self.words).split():
            found = found.filter(search__contains=word)
        return found

    def _places(self, place: SortKey | None, *, forward: bool, count: int) -> list[SortKey]:
        """The places next to one, nearest first; from either end without one."""
        found = self._all()
        if place:
            value, pk = place
            side, row = ("lte", "gte") if forward else ("gte", "lte")
            # Not `value < x or (value = x and pk < y)`: databases follow an index through an AND only.
            found = found.filter(**{f"{self.order}__{side}": value})
            found = found.exclude(**{self.order: value, f"pk__{row}": pk})
        sign = "-" if forward else ""
        return list(found.order_by(f"{sign}{self.order}", f"{sign}pk").values_list(self.order, "pk")[:count])

    def place_of(self, exhibit: Exhibit) -> SortKey:
        return getattr(exhibit, self.order), exhibit.pk

    def _cursor(self, place: SortKey) -> str:
        value, pk = place
        number = value if isinstance(value, int) else (value - EPOCH) // timedelta(microseconds=1)
        return f"{number}-{pk}"

    def _place(self, cursor: str) -> SortKey | None:
        """Where a page begins; None for a cursor that was not made here."""
        number, _dash, pk = cursor.partition("-")
        try:
            place = int(number), int(pk)
            return place if self.sort == "liked" else (EPOCH + timedelta(microseconds=place[0]), place[1])
        except (ValueError, OverflowError):
            return None

    def first(self, count: int) -> list[Exhibit]:
        """The beginning of the list, and not a row more."""
        return _rows(self._places(None, forward=True, count=count))

    def page(self, *, after: str = "", before: str = "") -> ListingPage:
        """The page after a cursor, or before one; the first page without."""
        if place := self._place(before):
            places = self._places(place, forward=False, count=PAGE_SIZE + 1)
            if len(places) > PAGE_SIZE:
                shown = places[:PAGE_SIZE][::-1]
                return ListingPage(_rows(shown), self._cursor(shown[0]), self._cursor(shown[-1]))
            after = ""  # fewer than a page lie before: that is the first page
        place = self._place(after)
        places = self._places(place, forward=True, count=PAGE_SIZE + 1)
        shown = places[:PAGE_SIZE]
        has_newer = bool(place and shown and self._places(shown[0], forward=False, count=1))
        return ListingPage(
            _rows(shown),
            newer=self._cursor(shown[0]) if has_newer else "",
            older=self._cursor(shown[-1]) if len(places) > PAGE_SIZE else "",
        )

    def cursor_before(self, exhibit: Exhibit) -> str:
        """For `?after=`: the page that begins with this exhibit. Empty for the first of all."""
        places = self._places(self.place_of(exhibit), forward=False, count=1)
        return self._cursor(places[0]) if places else ""

    def neighbours(self, exhibit: Exhibit) -> tuple[Exhibit | None, Exhibit | None]:
        """(the one before, the one after) an exhibit in this list."""
        here = self.place_of(exhibit)
        before, after = (self._places(here, forward=forward, count=1) for forward in (False, True))
        rows = {row.pk: row for row in _rows(before + after)}
        return (rows.get(before[0][1]) if before else None), (rows.get(after[0][1]) if after else None)


def _rows(places: list[SortKey]) -> list[Exhibit]:
    """The rows in these places; without those that were deleted since the places were read."""
    keys = [pk for _value, pk in places]
    rows = Exhibit.objects.select_related("work", "job__video", "owner").in_bulk(keys)
    return [rows[key] for key in keys if key in rows]

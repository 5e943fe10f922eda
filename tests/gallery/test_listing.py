"""Lists of the gallery: what is in them, in which order, and that pages show each row exactly once."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.http import QueryDict

from accounts.models import User
from gallery.models import Exhibit, ExhibitKind, ExhibitState
from gallery.showcase import listing
from gallery.showcase.listing import ExhibitListing, ListingPage
from tests.gallery.exhibits import NOON, fill, save, show, unsaved

pytestmark = pytest.mark.mariadb

# Not made here, or not for this order; some are more than a database's numbers hold.
NONSENSE = ["x", "1", "-", "1-", "-1", "--", "1-2-3", "-1-1", "1e5-3", "0-0", "inf-1", "\x00-1", "5-\x00", "٣-٤"]
NONSENSE += [f"{2**63}-1", f"1-{2**63}", "9" * 40 + "-1", "1-" + "9" * 40, "9" * 5000 + "-1", "253402300799999999-1"]
SORTS = sorted(ExhibitListing.SORT_FIELDS)


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 5)


def titles(exhibits: Iterable[Exhibit]) -> list[str]:
    return [exhibit.title for exhibit in exhibits]


def found(**listing: str) -> list[str]:
    return sorted(titles(ExhibitListing(**listing).get_page().exhibits))


def forward(listing: ExhibitListing) -> list[ListingPage]:
    """All pages, from the first to the last."""
    pages = [listing.get_page()]
    while pages[-1].older_cursor:
        pages.append(listing.get_page(after=pages[-1].older_cursor))
        assert len(pages) < 50
    return pages


def backward(listing: ExhibitListing, page: ListingPage) -> list[ListingPage]:
    """The pages before this one, in the order in which somebody who goes back sees them."""
    pages = []
    while page.newer_cursor:
        page = listing.get_page(before=page.newer_cursor)
        pages.append(page)
        assert len(pages) < 50
    return pages


def rows(pages: Iterable[ListingPage]) -> list[Exhibit]:
    return [exhibit for page in pages for exhibit in page.exhibits]


# --- Order ---


def test_the_newest_comes_first(owner: User) -> None:
    for title, hours in (("middle", 1), ("oldest", 0), ("newest", 2)):
        show(owner, title=title, published=NOON + timedelta(hours=hours))
    assert titles(ExhibitListing().get_page().exhibits) == ["newest", "middle", "oldest"]


def test_the_most_liked_comes_first_and_of_equals_the_later_one(owner: User) -> None:
    for title, likes in (("few", 1), ("most", 9), ("few, later", 1), ("none", 0)):
        show(owner, title=title, likes=likes)
    assert titles(ExhibitListing(sort="liked").get_page().exhibits) == ["most", "few, later", "few", "none"]


@pytest.mark.parametrize("state", [state for state in ExhibitState.values if state != ExhibitState.PUBLISHED])
def test_what_is_not_published_is_in_no_list(owner: User, state: str) -> None:
    show(owner, title="seen")
    show(owner, title="not seen", state=state)
    assert found() == found(sort="liked") == found(search_text="seen") == ["seen"]


def test_an_empty_gallery_has_one_empty_page(db: None) -> None:
    assert ExhibitListing().get_page() == ListingPage([], newer_cursor="", older_cursor="")


# --- Filters ---


def test_kind_and_style_narrow_the_list(owner: User) -> None:
    for kind in ExhibitKind.values:
        for style in ("comic", "paprika"):
            show(owner, title=f"{kind} {style}", kind=kind, style=style)
    assert found(kind="face") == ["face comic", "face paprika"]
    assert found(style="comic") == ["face comic", "scenery comic"]
    assert found(kind="scenery", style="paprika") == ["scenery paprika"]
    assert found(style="no such style") == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("sunset", ["Sunset over Hangzhou"]),
        ("SUNSET", ["Sunset over Hangzhou"]),
        ("hangzhou sunset", ["Sunset over Hangzhou"]),
        ("sunset xihu", []),
        ("西湖", ["西湖的黄昏"]),
        ("黄昏 西湖", ["西湖的黄昏"]),
        ("strasse", ["Eine STRASSE", "Eine Straße"]),
        ("ÉTÉ", ["un été"]),
        ("ete", []),
        ("mia", ["Eine STRASSE", "Eine Straße", "Sunset over Hangzhou", "un été", "西湖的黄昏"]),
        ("noah", ["by somebody else"]),
        ("MIA sunset", ["Sunset over Hangzhou"]),
        ("noah sunset", []),
    ],
)
def test_a_search_finds_all_its_words_in_title_and_owner_in_any_case(
    owner: User, other: User, words: str, expected: list[str]
) -> None:
    for title in ("Sunset over Hangzhou", "西湖的黄昏", "Eine STRASSE", "Eine Straße", "un été"):
        show(owner, title=title)
    show(other, title="by somebody else")
    assert found(search_text=words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("%", ["100% silk"]),
        ("0%", ["100% silk"]),
        ("1%0", []),
        ("_", ["snow_man"]),
        ("w_m", ["snow_man"]),
        ("\\", ["back\\slash"]),
        ("k\\s", ["back\\slash"]),
        ("\\%", []),
        ("'", ["it's"]),
        ('"', []),
        ("%%%%", []),
    ],
)
def test_characters_that_mean_something_to_a_database_are_letters_like_others(
    owner: User, words: str, expected: list[str]
) -> None:
    for title in ("100% silk", "snow_man", "snow man", "back\\slash", "it's"):
        show(owner, title=title)
    assert found(search_text=words) == expected


def test_a_word_does_not_reach_from_the_owner_into_the_title(owner: User) -> None:
    show(owner, title="mosaic")
    assert found(search_text="miamosaic") == []
    assert found(search_text="mia\nmosaic") == ["mosaic"]


def test_the_end_of_the_longest_title_is_found_too(owner: User) -> None:
    title = "x" * 95 + " last"
    show(owner, title=title)
    assert found(search_text="last") == [title]


def test_a_search_keeps_to_kind_and_order(owner: User) -> None:
    save([unsaved(owner, title=f"cat {likes}", likes=likes, kind=ExhibitKind.FACE) for likes in (2, 3, 1)])
    show(owner, title="cat in a field", likes=9)
    show(owner, title="dog", likes=9, kind=ExhibitKind.FACE)
    assert titles(ExhibitListing(kind="face", search_text="CAT", sort="liked").get_page().exhibits) == [
        "cat 3",
        "cat 2",
        "cat 1",
    ]


# --- Addresses ---


def test_an_address_that_means_nothing_is_the_plain_list() -> None:
    assert ExhibitListing.from_query(QueryDict("kind=dog&sort=fame&q=%20%20&style=&more=1")) == ExhibitListing()


def test_an_address_and_its_listing_say_the_same() -> None:
    listing = ExhibitListing.from_query(QueryDict("kind=face&style=comic&sort=liked&q=+a++%E8%A5%BF%E6%B9%96%26+"))
    assert listing == ExhibitListing(kind="face", style="comic", sort="liked", search_text="a 西湖&")
    assert ExhibitListing.from_query(QueryDict(listing.to_query()[1:])) == listing
    assert ExhibitListing.from_query(QueryDict(listing.to_query(with_kind=False)[1:]), kind="face") == listing
    assert ExhibitListing().to_query() == ""


def test_a_search_of_any_length_is_harmless(owner: User) -> None:
    show(owner)
    assert (
        ExhibitListing.from_query(QueryDict("q=" + "a+" * 5000)).get_page().exhibits
    )  # cut to words that "A work" by Mia has
    assert ExhibitListing.from_query(QueryDict("q=" + "%25_%5C" * 5000)).get_page().exhibits == []


# --- Pages ---


@pytest.mark.usefixtures("short_pages")
@pytest.mark.parametrize("count", [1, 4, 5, 6, 10, 23])
@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("equal", ["all equal", "some equal", "all different"])
def test_pages_forward_and_back_show_every_row_exactly_once(owner: User, count: int, sort: str, equal: str) -> None:
    steps = {"all equal": 100, "some equal": 7, "all different": 1}[equal]
    fill(owner, count, lambda number: {"likes": number // steps, "published": NOON + timedelta(hours=number // steps)})
    pages = forward(ExhibitListing(sort=sort))
    assert [exhibit.pk for exhibit in rows(pages)] == sorted(Exhibit.objects.values_list("pk", flat=True), reverse=True)
    assert [len(page.exhibits) for page in pages] == [5] * (count // 5) + [count % 5] * (count % 5 > 0)
    back = backward(ExhibitListing(sort=sort), pages[-1])
    assert [page.exhibits for page in back] == [page.exhibits for page in pages[-2::-1]]


@pytest.mark.usefixtures("short_pages")
def test_pages_of_a_search_have_only_what_was_looked_for(owner: User) -> None:
    fill(owner, 40, lambda number: {"title": "西湖" if number % 3 else "长城", "likes": number % 4})
    for sort in SORTS:
        pages = forward(ExhibitListing(search_text="西湖", sort=sort))
        assert len({exhibit.pk for exhibit in rows(pages)}) == len(rows(pages)) == 26
        assert {exhibit.title for exhibit in rows(pages)} == {"西湖"}


@pytest.mark.usefixtures("short_pages")
def test_what_is_published_meanwhile_neither_repeats_nor_hides_a_row(owner: User) -> None:
    old = fill(owner, 12)
    first = ExhibitListing().get_page()
    new = fill(owner, 3, published=NOON + timedelta(days=1))
    second = ExhibitListing().get_page(after=first.older_cursor)
    third = ExhibitListing().get_page(after=second.older_cursor)
    assert rows([first, second, third]) == old[::-1]
    back = backward(ExhibitListing(), third)
    assert rows(back[:2]) == [*second.exhibits, *first.exhibits]
    assert rows(back[2:])[:3] == new[::-1]


@pytest.mark.usefixtures("short_pages")
@pytest.mark.parametrize("sort", SORTS)
def test_a_page_begins_where_it_did_when_the_work_before_it_is_gone(owner: User, sort: str) -> None:
    fill(owner, 12, lambda number: {"likes": number})
    first = ExhibitListing(sort=sort).get_page()
    usual = ExhibitListing(sort=sort).get_page(after=first.older_cursor)
    first.exhibits[-1].delete()
    assert ExhibitListing(sort=sort).get_page(after=first.older_cursor).exhibits == usual.exhibits


@pytest.mark.usefixtures("short_pages")
def test_works_deleted_while_a_page_is_read_are_left_out_of_it(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(owner, 15)
    last = forward(ExhibitListing())[-1]
    read = listing._load_exhibits

    def read_late(places: list[listing.SortKey]) -> list[Exhibit]:
        Exhibit.objects.all().delete()
        return read(places)

    monkeypatch.setattr(listing, "_load_exhibits", read_late)
    assert ExhibitListing().get_page(before=last.newer_cursor).exhibits == []
    fill(owner, 15)
    assert ExhibitListing().get_page().exhibits == []


@pytest.mark.usefixtures("short_pages")
@pytest.mark.parametrize("cursor", NONSENSE)
@pytest.mark.parametrize("sort", SORTS)
def test_a_cursor_that_was_not_made_here_is_harmless(owner: User, cursor: str, sort: str) -> None:
    fill(owner, 7)
    for page in (ExhibitListing(sort=sort).get_page(after=cursor), ExhibitListing(sort=sort).get_page(before=cursor)):
        assert len(page.exhibits) <= 5
        assert [exhibit.pk for exhibit in page.exhibits] == sorted((e.pk for e in page.exhibits), reverse=True)


@pytest.mark.usefixtures("short_pages")
def test_a_cursor_of_one_order_is_harmless_in_the_other(owner: User) -> None:
    fill(owner, 12, lambda number: {"likes": number})
    for sort, other in zip(SORTS, reversed(SORTS), strict=True):
        ExhibitListing(sort=other).get_page(after=ExhibitListing(sort=sort).get_page().older_cursor, before="")
        ExhibitListing(sort=other).get_page(before=ExhibitListing(sort=sort).get_page().older_cursor)


# --- One work and those beside it ---


@pytest.mark.parametrize("sort", SORTS)
def test_neighbors_are_those_that_stand_beside_a_work_in_its_list(owner: User, sort: str) -> None:
    fill(owner, 9, lambda number: {"likes": number // 3, "published": NOON + timedelta(hours=number // 3)})
    in_order = ExhibitListing(sort=sort).get_page().exhibits
    beside = zip([None, *in_order[:-1]], [*in_order[1:], None], strict=True)
    assert [ExhibitListing(sort=sort).neighbors(exhibit) for exhibit in in_order] == list(beside)


def test_neighbors_keep_to_what_was_looked_for(owner: User) -> None:
    cats = fill(owner, 6, lambda number: {"title": "cat" if number % 2 else "dog"})[1::2]
    assert ExhibitListing(search_text="cat").neighbors(cats[1]) == (cats[2], cats[0])


@pytest.mark.usefixtures("short_pages")
@pytest.mark.parametrize("sort", SORTS)
def test_the_way_back_leads_to_a_page_that_begins_with_the_work(owner: User, sort: str) -> None:
    exhibits = fill(owner, 12, lambda number: {"likes": number // 4})
    listing = ExhibitListing(sort=sort)
    for exhibit in exhibits:
        assert listing.get_page(after=listing.cursor_before(exhibit)).exhibits[0] == exhibit
    assert listing.cursor_before(listing.get_page().exhibits[0]) == ""

"""The first few works of a list, for pages that show no more."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from gallery.showcase.listing import Listing
from tests.gallery.exhibits import fill


def test_the_first_few_are_those_that_the_first_page_begins_with(owner: User) -> None:
    assert Listing().first(10) == []
    fill(owner, 12)
    assert Listing().first(10) == Listing().page().exhibits[:10]
    assert Listing(sort="liked").first(10) == Listing(sort="liked").page().exhibits[:10]


def test_no_more_rows_are_read_than_are_asked_for(owner: User) -> None:
    fill(owner, 40)
    with CaptureQueriesContext(connection) as queries:
        assert len(Listing().first(10)) == 10
    places, rows = (query["sql"] for query in queries)
    assert "LIMIT 10" in places
    assert rows.count(",") < 100  # ten keys, and the columns

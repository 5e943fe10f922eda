"""The first few works of a list, for pages that show no more."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from gallery.showcase.listing import ExhibitListing
from tests.gallery.exhibits import fill

pytestmark = pytest.mark.mariadb


def test_the_first_few_are_those_that_the_first_page_begins_with(owner: User) -> None:
    assert ExhibitListing().get_first(10) == []
    fill(owner, 12)
    assert ExhibitListing().get_first(10) == ExhibitListing().get_page().exhibits[:10]
    assert ExhibitListing(sort="liked").get_first(10) == ExhibitListing(sort="liked").get_page().exhibits[:10]


def test_no_more_rows_are_read_than_are_asked_for(owner: User) -> None:
    fill(owner, 40)
    with CaptureQueriesContext(connection) as queries:
        assert len(ExhibitListing().get_first(10)) == 10
    places, rows = (query["sql"] for query in queries)
    assert "LIMIT 10" in places
    keys = re.search(r" IN \(([^)]*)\)", rows)
    assert keys is not None
    assert len(keys[1].split(",")) == 10

"""How often a person may take everything home: each time, every file that they keep is read."""

import pytest
from django.conf import LazySettings
from django.db.models import F
from django.test import Client

from accounts.models import Attempt
from accounts.rate_limits import HOUR

pytestmark = pytest.mark.mariadb
URL = "/account/export/"


@pytest.fixture(autouse=True)
def two_an_hour(settings: LazySettings) -> None:
    settings.EXPORTS_PER_HOUR = 2


def statuses(client: Client, number: int) -> list[int]:
    return [client.get(URL).status_code for _time in range(number)]


def test_the_limit_holds_for_each_person_and_ends_with_the_hour(owner_client: Client, other_client: Client) -> None:
    assert statuses(owner_client, 3) == [200, 200, 429]
    assert statuses(other_client, 1) == [200]
    Attempt.objects.update(at=F("at") - HOUR)
    assert statuses(owner_client, 1) == [200]


def test_who_has_to_wait_is_told_how_long(owner_client: Client) -> None:
    statuses(owner_client, 2)
    response = owner_client.get(URL)
    assert "too often within an hour" in response.content.decode()
    assert 3500 < int(response["Retry-After"]) <= 3600
    assert "no-store" in response["Cache-Control"]


def test_what_is_no_export_does_not_count(owner_client: Client) -> None:
    for method in ("post", "head"):
        getattr(owner_client, method)(URL)
    assert statuses(owner_client, 2) == [200, 200]

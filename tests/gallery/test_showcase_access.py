"""Each address of an exhibit as its owner, another person, a moderator and nobody, in every state."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from gallery.models import Exhibit, ExhibitState

URLS = {
    "page": "/gallery/{}/",
    "picture": "/gallery/{}/96.webp",
    "card": "/gallery/{}/card.jpg",
    "full": "/gallery/{}/full/",
    "download": "/gallery/{}/download/",
    "photo": "/gallery/{}/photo/",
}
SEEN = {"page", "picture", "card"}
TAKEN = SEEN | {"full", "download"}
ALL = set(URLS)
OTHER_STATES = [state for state in ExhibitState.values if state != ExhibitState.PUBLISHED]
# What others may have of a published work: (kind, whether the photo is shown)
TO_OTHERS = {
    ("scenery", False): TAKEN,
    ("scenery", True): ALL,
    ("face", False): SEEN,
    ("face", True): SEEN | {"photo"},
}
Make = Callable[..., Exhibit]


def given(client: Client, exhibit: Exhibit) -> set[str]:
    """The names of the addresses that answer 200; every other has to answer 404."""
    statuses = {name: client.get(path.format(exhibit.work_id)).status_code for name, path in URLS.items()}
    assert set(statuses.values()) <= {200, 404}, statuses
    return {name for name, status in statuses.items() if status == 200}


@pytest.mark.parametrize(("shown", "expected"), TO_OTHERS.items())
def test_what_is_published_is_seen_by_all_and_faces_are_not_handed_out(
    make_exhibit: Make, owner_client: Client, other_client: Client, moderator_client: Client, shown, expected: set[str]
) -> None:
    exhibit = make_exhibit(kind=shown[0], shows_photo=shown[1])
    assert given(other_client, exhibit) == expected
    assert given(moderator_client, exhibit) == expected
    assert given(owner_client, exhibit) == ALL


@pytest.mark.parametrize("state", OTHER_STATES)
def test_in_any_other_state_only_its_owner_and_moderators_see_it_and_what_is_private_only_its_owner(
    make_exhibit: Make, owner_client: Client, other_client: Client, moderator_client: Client, state: str
) -> None:
    exhibit = make_exhibit(state=state)
    assert given(other_client, exhibit) == set()
    assert given(moderator_client, exhibit) == (set() if state == ExhibitState.WITHDRAWN else TAKEN)
    assert given(owner_client, exhibit) == ALL


def test_staff_without_the_right_to_decide_see_no_more_than_others(
    make_exhibit: Make, other: User, other_client: Client
) -> None:
    other.is_staff = True
    other.save()
    assert given(other_client, make_exhibit(state=ExhibitState.WAITING)) == set()


def test_a_work_that_was_never_published_has_no_public_address(work, owner_client: Client, other_client: Client):
    for client in (owner_client, other_client):
        assert client.get(f"/gallery/{work.pk}/").status_code == 404


@pytest.mark.parametrize("path", ["/gallery/", "/gallery/faces/", "/gallery/scenery/", *URLS.values()])
def test_the_gate_stands_before_a_gallery_that_is_not_public(
    anonymous: Client, exhibit: Exhibit, settings: LazySettings, path: str
) -> None:
    url = path.format(exhibit.work_id)
    settings.PUBLIC_GALLERY = False
    assert anonymous.get(url)["Location"] == f"/accounts/login/?next={url}"


@pytest.mark.parametrize(("shown", "expected"), TO_OTHERS.items())
def test_a_public_gallery_gives_nobody_what_it_gives_others(
    make_exhibit: Make, anonymous: Client, settings: LazySettings, shown, expected: set[str]
) -> None:
    settings.PUBLIC_GALLERY = True
    assert given(anonymous, make_exhibit(kind=shown[0], shows_photo=shown[1])) == expected


@pytest.mark.parametrize("state", OTHER_STATES)
def test_a_public_gallery_shows_nobody_what_is_not_published(
    make_exhibit: Make, anonymous: Client, settings: LazySettings, state: str
) -> None:
    settings.PUBLIC_GALLERY = True
    assert given(anonymous, make_exhibit(state=state, shows_photo=True)) == set()


@pytest.mark.parametrize("path", ["/works/{}/", "/works/{}/result/", "/works/{}/publish/", "/gallery/{}/like/"])
def test_a_public_gallery_opens_nothing_else(
    anonymous: Client, exhibit: Exhibit, settings: LazySettings, path: str
) -> None:
    settings.PUBLIC_GALLERY = True
    assert anonymous.get(path.format(exhibit.work_id))["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("path", ["/works/{}/publish/", "/works/{}/withdraw/"])
def test_nobody_else_publishes_or_withdraws_a_work(
    other_client: Client, moderator_client: Client, exhibit: Exhibit, path: str
) -> None:
    data = {"kind": "face", "title": "Mine", "agreed": "on"}
    for client in (other_client, moderator_client):
        assert client.post(path.format(exhibit.work_id), data).status_code == 404
    exhibit.refresh_from_db()
    assert (exhibit.state, exhibit.title) == (ExhibitState.PUBLISHED, "By the sea")


def test_a_picture_of_another_width_does_not_exist(owner_client: Client, exhibit: Exhibit) -> None:
    assert owner_client.get(f"/gallery/{exhibit.work_id}/97.webp").status_code == 404

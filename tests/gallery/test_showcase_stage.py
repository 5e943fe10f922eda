"""One work on its stage: what each visitor can do there."""

import re
from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from gallery.models import Exhibit, ExhibitState, Like
from tests.gallery.exhibits import show

pytestmark = pytest.mark.mariadb

Make = Callable[..., Exhibit]
NOT_PUBLIC = [state for state in ExhibitState.values if state != ExhibitState.PUBLISHED]


def stage(client: Client, exhibit: Exhibit, query: str = "") -> str:
    return client.get(f"/gallery/{exhibit.work_id}/{query}").content.decode()


def test_a_face_has_no_link_for_downloading(make_exhibit: Make, other_client: Client, owner_client: Client) -> None:
    face, lake = make_exhibit(kind="face", seed=1), make_exhibit(kind="scenery", seed=2)
    assert "download" not in stage(other_client, face)
    assert "/download/" in stage(other_client, lake)
    assert "/download/" in stage(owner_client, face)


def test_a_download_is_named_after_the_title_and_says_that_it_is_made_by_ai(
    make_exhibit: Make, other_client: Client
) -> None:
    exhibit = make_exhibit(title="海边 / the sea")
    response = other_client.get(f"/gallery/{exhibit.work_id}/download/")
    assert "%E6%B5%B7%E8%BE%B9%20-%20the%20sea_comic.jpg" in response["Content-Disposition"]
    assert b"TrainedAlgorithmicMedia" in b"".join(response.streaming_content)


@pytest.mark.parametrize("state", NOT_PUBLIC)
def test_only_what_is_published_offers_a_like(owner: User, owner_client: Client, state: str) -> None:
    assert "/like/" in stage(owner_client, show(owner))
    page = stage(owner_client, show(owner, state=state))
    assert "stage__button--like" not in page
    assert "/accounts/login/" not in page


def test_a_like_without_scripts_keeps_the_list_that_the_work_was_opened_from(
    owner: User, other_client: Client, anonymous: Client, settings: LazySettings
) -> None:
    settings.PUBLIC_GALLERY = True
    first, _second = show(owner, likes=3), show(owner, likes=9)
    query = "?style=comic&sort=liked"
    form = re.search(r'action="([^"]+/like/[^"]*)"', stage(other_client, first, query))
    assert form is not None
    url = form[1].replace("&amp;", "&")
    assert url == f"/gallery/{first.work_id}/like/{query}"
    assert other_client.post(url, {"on": "1"})["Location"] == f"/gallery/{first.work_id}/{query}"
    assert Like.objects.count() == 1
    # Who had to log in again in between is redirected.
    assert other_client.get(url)["Location"] == f"/gallery/{first.work_id}/{query}"
    assert f"?next=/gallery/{first.work_id}/%3Fstyle" in stage(anonymous, first, query)


def test_who_is_not_logged_in_is_led_through_the_log_in_to_a_report(
    owner: User, anonymous: Client, settings: LazySettings
) -> None:
    settings.PUBLIC_GALLERY = True
    exhibit = show(owner)
    assert f'"/accounts/login/?next=/gallery/{exhibit.work_id}/report/"' in stage(anonymous, exhibit)


def test_the_pictures_to_compare_are_told_apart(owner: User, other_client: Client) -> None:
    page = stage(other_client, show(owner, title="A <lake>", shows_photo=True))
    assert 'alt="Anime: A &lt;lake&gt;"' in page
    assert 'alt="Photo: A &lt;lake&gt;"' in page


def test_a_small_work_is_enlarged_by_half_at_most(owner: User, other_client: Client) -> None:
    page = stage(other_client, show(owner))
    image = re.search(r'<img class="stage__image"[^>]+>', page)
    assert image is not None
    assert 'width="960"' in image[0]  # of 640
    assert 'height="720"' in image[0]
    assert 'sizes="min(100vw, 133vh, 960px)"' in image[0]

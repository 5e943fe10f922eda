"""Publishing, liking and reporting as forms and scripts do it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from gallery.models import Exhibit, ExhibitState, Like, Report, Work

Make = Callable[..., Exhibit]
JSON = {"accept": "application/json"}


def form(**changes: str) -> dict[str, str]:
    return {"kind": "scenery", "title": "By the sea", "agreed": "on"} | changes


def publish(client: Client, work: Work, **changes: str) -> Any:
    return client.post(f"/works/{work.pk}/publish/", form(**changes), follow=True)


def test_a_published_work_waits_for_review_and_its_owner_is_told(owner_client: Client, work: Work) -> None:
    response = publish(owner_client, work, shows_photo="on")
    assert "as soon as it is approved" in response.content.decode()
    assert "Waiting for review" in response.content.decode()
    exhibit = Exhibit.objects.get()
    assert (exhibit.state, exhibit.kind, exhibit.title, exhibit.shows_photo) == (
        "waiting",
        "scenery",
        "By the sea",
        True,
    )
    assert "Waiting for review" in owner_client.get("/works/").content.decode()


def test_without_review_it_is_in_the_gallery_at_once(
    owner_client: Client, other_client: Client, work: Work, settings: LazySettings
) -> None:
    settings.GALLERY_REVIEW = False
    assert "is in the gallery" in publish(owner_client, work).content.decode()
    assert "By the sea" in other_client.get("/gallery/").content.decode()


def test_the_owner_takes_it_back_and_it_is_gone_from_the_gallery(
    owner_client: Client, other_client: Client, exhibit: Exhibit
) -> None:
    response = owner_client.post(f"/works/{exhibit.work_id}/withdraw/", follow=True)
    assert "Only you can see this work" in response.content.decode()
    assert "By the sea" not in other_client.get("/gallery/").content.decode()


@pytest.mark.parametrize("missing", ["kind", "title", "agreed"])
def test_a_form_that_lacks_something_publishes_nothing_and_keeps_what_was_typed(
    owner_client: Client, work: Work, missing: str
) -> None:
    data = {name: value for name, value in form(title="A very good title").items() if name != missing}
    response = owner_client.post(f"/works/{work.pk}/publish/", data)
    assert response.status_code == 422
    assert missing == "title" or "A very good title" in response.content.decode()
    assert not Exhibit.objects.exists()


@pytest.mark.parametrize("changes", [{"title": "x" * 101}, {"title": "   "}, {"kind": "portrait"}])
def test_a_value_that_cannot_be_is_refused(owner_client: Client, work: Work, changes: dict[str, str]) -> None:
    assert owner_client.post(f"/works/{work.pk}/publish/", form(**changes)).status_code == 422


def test_a_title_with_markup_is_shown_as_it_is(
    owner_client: Client, other_client: Client, work: Work, settings: LazySettings
) -> None:
    settings.GALLERY_REVIEW = False
    publish(owner_client, work, title="<script>alert(1)</script>")
    for page in ("/gallery/", f"/gallery/{work.pk}/"):
        html = other_client.get(page).content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html


def test_the_owner_reads_why_a_work_was_rejected(owner_client: Client, exhibit: Exhibit) -> None:
    exhibit.state, exhibit.reason = ExhibitState.REJECTED, "Too dark to see anything."
    exhibit.save()
    page = owner_client.get(f"/works/{exhibit.work_id}/").content.decode()
    assert "Rejected" in page
    assert "Too dark to see anything." in page


def test_who_publishes_too_often_has_to_wait(owner_client: Client, work: Work, settings: LazySettings) -> None:
    settings.PUBLISHES_PER_HOUR = 1
    publish(owner_client, work)
    response = publish(owner_client, work, title="Again")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 3000
    assert Exhibit.objects.get().title == "By the sea"


def test_a_like_is_counted_once_and_taken_back(other_client: Client, exhibit: Exhibit) -> None:
    url = f"/gallery/{exhibit.work_id}/like/"
    for _twice in range(2):
        assert other_client.post(url, {"on": "1"}, headers=JSON).json() == {"likes": 1, "isLiked": True}
    assert 'aria-pressed="true"' in other_client.get(f"/gallery/{exhibit.work_id}/").content.decode()
    assert other_client.post(url, {"on": "0"}, headers=JSON).json() == {"likes": 0, "isLiked": False}
    assert not Like.objects.exists()


def test_without_scripts_a_like_leads_back_to_the_work(other_client: Client, exhibit: Exhibit) -> None:
    response = other_client.post(f"/gallery/{exhibit.work_id}/like/?sort=liked", {"on": "1"})
    assert response["Location"] == f"/gallery/{exhibit.work_id}/?sort=liked"


def test_who_likes_too_often_has_to_wait(other_client: Client, exhibit: Exhibit, settings: LazySettings) -> None:
    settings.LIKES_PER_HOUR = 1
    url = f"/gallery/{exhibit.work_id}/like/"
    other_client.post(url, {"on": "1"}, headers=JSON)
    response = other_client.post(url, {"on": "0"}, headers=JSON)
    assert response.status_code == 429
    assert "Please try again later" in response.json()["error"]


def test_a_report_reaches_staff_once_a_person(other: User, other_client: Client, exhibit: Exhibit) -> None:
    url = f"/gallery/{exhibit.work_id}/report/"
    assert other_client.get(url).status_code == 200
    page = other_client.post(url, {"complaint": "person", "text": "That is me."}, follow=True).content.decode()
    assert "Thank you" in page
    again = other_client.post(url, {"complaint": "other", "text": ""}, follow=True).content.decode()
    assert "already reported this work" in again
    report = Report.objects.get()
    assert (report.reporter, report.reason, report.text) == (other, "person", "That is me.")


def test_enough_reports_hide_the_work(
    other_client: Client, moderator_client: Client, exhibit: Exhibit, settings: LazySettings
) -> None:
    settings.REPORTS_TO_HIDE = 2
    for client in (other_client, moderator_client):
        client.post(f"/gallery/{exhibit.work_id}/report/", {"complaint": "indecent"})
    assert other_client.get(f"/gallery/{exhibit.work_id}/").status_code == 404


@pytest.mark.parametrize("reason", ["", "nonsense"])
def test_a_report_needs_a_reason(other_client: Client, exhibit: Exhibit, reason: str) -> None:
    response = other_client.post(f"/gallery/{exhibit.work_id}/report/", {"complaint": reason, "text": "words"})
    assert response.status_code == 422
    assert "words" in response.content.decode()


def test_who_reports_too_often_has_to_wait(other_client: Client, make_exhibit: Make, settings: LazySettings) -> None:
    settings.REPORTS_PER_HOUR = 1
    statuses = [
        other_client.post(f"/gallery/{make_exhibit(seed=seed).work_id}/report/", {"complaint": "other"}).status_code
        for seed in (1, 2)
    ]
    assert statuses == [302, 429]


def test_nobody_reports_their_own_work(owner_client: Client, exhibit: Exhibit) -> None:
    assert owner_client.get(f"/gallery/{exhibit.work_id}/report/").status_code == 404


@pytest.mark.parametrize("state", ["waiting", "rejected", "hidden", "withdrawn"])
@pytest.mark.parametrize("action", ["like", "report"])
def test_what_is_not_published_is_neither_liked_nor_reported(
    make_exhibit: Make, owner_client: Client, other_client: Client, moderator_client: Client, state: str, action: str
) -> None:
    exhibit = make_exhibit(state=state)
    for client in (owner_client, other_client, moderator_client):
        data = {"on": "1", "complaint": "other"}
        assert client.post(f"/gallery/{exhibit.work_id}/{action}/", data).status_code == 404

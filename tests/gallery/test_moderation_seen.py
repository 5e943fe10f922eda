"""Staff decide about what they saw: what its owner has changed since, and what was never shown, stays as it was."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from accounts.models import User
from gallery.models import Decision, Exhibit, ExhibitKind, ExhibitState, ModerationAction
from gallery.moderation.services import decide
from gallery.showcase.publishing import publish, withdraw
from gallery.showcase.reactions import report_exhibit
from tests.gallery.exhibits import NOON, fill, show

pytestmark = pytest.mark.mariadb

ADMIN = "/admin/gallery/"
WHY = "A stranger is in it"
LATER = timedelta(microseconds=1)


def seen(page: str) -> list[str]:
    """What a page sends back that it showed."""
    return re.findall(r'name="seen" value="(.*?)"', page)


def states() -> list[str]:
    return list(Exhibit.objects.order_by("pk").values_list("state", flat=True))


def press(client: Client, url: str, data: dict[str, Any]) -> str:
    """Send what a list has, after its owner has changed the work: another title, back to the queue."""
    data["seen"] = seen(client.get(url).content.decode())
    for exhibit in Exhibit.objects.select_related("work"):
        publish(work=exhibit.work, kind=exhibit.kind, title="Buy pills", shows_photo=exhibit.shows_photo)
    return client.post(url, data, follow=True).content.decode()


# --- The service ---


def test_only_what_was_seen_as_it_is_now_is_decided_about(owner: User, moderator: User) -> None:
    same, changed, unseen = fill(owner, 3, state=ExhibitState.WAITING)
    looked_at = {same.pk: same.submitted, changed.pk: changed.submitted - LATER}
    outcome = decide(
        exhibits=[same, changed, unseen],
        action=ModerationAction.PUBLISH,
        decided_by=moderator,
        seen_versions=looked_at,
    )
    assert (outcome.changed, outcome.outdated, outcome.unseen) == ([same], [changed], [unseen])
    assert states() == ["published", "waiting", "waiting"]
    assert Decision.objects.get().work_id == same.work_id


def test_the_reports_of_what_was_changed_meanwhile_stay_open(owner: User, other: User, moderator: User) -> None:
    exhibit = show(owner)
    report_exhibit(exhibit=exhibit, reporter=other, reason="other", text="")
    seen = {exhibit.pk: NOON - LATER}
    outcome = decide(exhibits=[exhibit], action=ModerationAction.PUBLISH, decided_by=moderator, seen_versions=seen)
    assert outcome.changed == []
    assert not exhibit.reports.get().is_resolved


@pytest.mark.parametrize("change", [{"title": "Other"}, {"kind": ExhibitKind.FACE}, {"shows_photo": True}])
@pytest.mark.parametrize("reviewed", [True, False], ids=["at once", "after review"])
def test_every_change_that_others_see_is_a_new_submission(owner: User, change: dict[str, Any], reviewed: bool) -> None:
    exhibit = show(owner, title="Hills")
    usual = {"kind": exhibit.kind, "title": "Hills", "shows_photo": False}
    assert publish(work=exhibit.work, **usual).submitted == NOON
    assert publish(work=exhibit.work, **{**usual, **change}, is_reviewed=reviewed).submitted != NOON


def test_less_of_a_published_work_is_a_new_submission_too(owner: User) -> None:
    exhibit = show(owner, shows_photo=True)
    again = publish(work=exhibit.work, kind=exhibit.kind, title=exhibit.title, shows_photo=False)
    assert again.state == ExhibitState.PUBLISHED
    assert again.submitted != NOON


def test_what_waits_keeps_its_place_when_the_same_is_sent_again(owner: User) -> None:
    exhibit = show(owner, state=ExhibitState.WAITING)
    again = publish(work=exhibit.work, kind=exhibit.kind, title=exhibit.title, shows_photo=False)
    assert (again.state, again.submitted) == (ExhibitState.WAITING, NOON)


def test_what_was_private_in_between_is_submitted_anew(owner: User) -> None:
    exhibit = show(owner)
    withdraw(work=exhibit.work)
    again = publish(work=exhibit.work, kind=exhibit.kind, title=exhibit.title, shows_photo=False)
    assert again.submitted != NOON


def test_a_decision_asks_the_database_as_often_for_many_as_for_few(owner: User, other: User, moderator: User) -> None:
    def waiting(count: int) -> list[Exhibit]:
        exhibits = fill(owner, count, state=ExhibitState.WAITING, published=None)
        for exhibit in exhibits:
            exhibit.reports.create(reporter=other, reason="other")
        return exhibits

    for action in (ModerationAction.PUBLISH, ModerationAction.HIDE):
        asked = []
        for exhibits in (waiting(2), waiting(20)):
            with CaptureQueriesContext(connection) as queries:
                assert decide(exhibits=exhibits, action=action, decided_by=moderator).changed == exhibits
            asked.append(len(queries))
        assert asked[0] == asked[1] <= 10  # the mails of all are queued in one


# --- The pages ---


@pytest.mark.parametrize("data", [{"one": "publish:{pk}"}, {"action": "publish", "_selected_action": "{pk}"}])
def test_a_work_whose_title_was_changed_meanwhile_is_not_published(
    moderator_client: Client, owner: User, data: dict[str, str]
) -> None:
    exhibit = show(owner, title="Hills", state=ExhibitState.WAITING)
    pressed = {name: text.format(pk=exhibit.pk) for name, text in data.items()}
    page = press(moderator_client, f"{ADMIN}exhibit/", pressed)
    assert "1 work was changed in the meantime. Please review it again." in page
    assert states() == ["waiting"]
    assert not Decision.objects.exists()


def test_how_many_were_changed_is_told(admin_client: Client, owner: User) -> None:
    works = [str(exhibit.work_id) for exhibit in fill(owner, 2, state=ExhibitState.WAITING)]
    page = press(admin_client, f"{ADMIN}work/", {"action": "publish", "_selected_action": works})
    assert "2 works were changed in the meantime. Please review them again." in page
    assert states() == ["waiting", "waiting"]


def test_a_reported_work_that_was_changed_meanwhile_is_not_kept(admin_client: Client, owner: User, other: User) -> None:
    exhibit = show(owner)
    report_exhibit(exhibit=exhibit, reporter=other, reason="other", text="")
    page = press(admin_client, f"{ADMIN}report/", {"one": f"publish:{exhibit.reports.get().pk}"})
    assert "1 work was changed in the meantime. Please review it again." in page
    assert not exhibit.reports.get().is_resolved
    assert states() == ["waiting"]


@pytest.mark.parametrize("name", ["exhibit", "report"])
def test_the_page_of_one_sends_back_what_it_shows(admin_client: Client, owner: User, other: User, name: str) -> None:
    exhibit = show(owner, state=ExhibitState.WAITING)
    row = exhibit if name == "exhibit" else exhibit.reports.create(reporter=other, reason="other")
    page = admin_client.get(f"{ADMIN}{name}/{row.pk}/change/").content.decode()
    data = {"one": f"publish:{row.pk}", "seen": seen(page)}
    assert "1 work is published." in admin_client.post(f"{ADMIN}{name}/", data, follow=True).content.decode()


def test_what_is_changed_while_the_reason_is_written_is_not_refused(admin_client: Client, owner: User) -> None:
    exhibit = show(owner, state=ExhibitState.WAITING)
    answer = dict(admin_client.post(f"{ADMIN}exhibit/", {"one": f"reject:{exhibit.pk}"}).context["hidden"])
    Exhibit.objects.update(submitted=NOON + LATER)
    page = admin_client.post(f"{ADMIN}exhibit/", answer | {"reason": WHY}, follow=True).content.decode()
    assert "1 work was changed in the meantime. Please review it again." in page
    assert states() == ["waiting"]


def test_the_page_that_asks_shows_the_works_as_they_are_now(admin_client: Client, owner: User) -> None:
    exhibit = show(owner, title="Hills", state=ExhibitState.WAITING)
    pressed = {"one": f"reject:{exhibit.pk}"}
    page = press(admin_client, f"{ADMIN}exhibit/", pressed)
    assert "Buy pills (Scenery)" in page
    data = pressed | {"seen": seen(page), "reason": WHY}
    assert "1 work is rejected." in admin_client.post(f"{ADMIN}exhibit/", data, follow=True).content.decode()


def test_what_stands_on_other_pages_of_the_list_is_not_published(admin_client: Client, owner: User) -> None:
    fill(owner, 21, state=ExhibitState.WAITING)  # a page has 20
    page = admin_client.get(f"{ADMIN}exhibit/").content.decode()
    data = {"action": "publish", "_selected_action": "1", "select_across": "1", "seen": seen(page)}
    page = admin_client.post(f"{ADMIN}exhibit/", data, follow=True).content.decode()
    assert "20 works are published." in page
    assert "1 work was not on the page, so it was not changed. Please review it first." in page
    assert sorted(states()) == ["published"] * 20 + ["waiting"]


@pytest.mark.parametrize("name", ["work", "report"])
def test_every_list_shows_all_that_is_decided_about(admin_client: Client, owner: User, other: User, name: str) -> None:
    exhibit = show(owner, title="Hills & sea", kind=ExhibitKind.FACE)
    exhibit.reports.create(reporter=other, reason="other")
    assert escape("Hills & sea (Faces)") in admin_client.get(f"{ADMIN}{name}/").content.decode()


@pytest.mark.parametrize("stamps", ["", "x", "1", "1@", "@", "1@noon", "1@2026-11-21", "9" * 5000 + "@2026-11-21"])
def test_what_says_nothing_of_what_was_seen_publishes_nothing(admin_client: Client, owner: User, stamps: str) -> None:
    exhibit = show(owner, state=ExhibitState.WAITING)
    data = {"one": f"publish:{exhibit.pk}", "seen": stamps}
    assert admin_client.post(f"{ADMIN}exhibit/", data).status_code == 302
    assert states() == ["waiting"]


# --- Keys that no row has ---

BAD = ["123456789", "x", "9" * 5000, "-1", "00000000-0000-0000-0000-000000000000", ""]


@pytest.mark.parametrize("name", ["work", "exhibit", "report"])
@pytest.mark.parametrize("data", [{"one": "publish:{}"}, {"one": "hide:{}"}, {"action": "publish"}])
@pytest.mark.parametrize("key", BAD, ids=[key[:5] for key in BAD])
def test_a_key_that_no_row_has_changes_nothing(
    admin_client: Client, owner: User, name: str, data: dict[str, str], key: str
) -> None:
    show(owner, state=ExhibitState.WAITING)
    sent = {"_selected_action": key, **{field: text.format(key) for field, text in data.items()}}
    response = admin_client.post(f"{ADMIN}{name}/?q=a", sent)
    assert (response.status_code, response.url) == (302, f"{ADMIN}{name}/?q=a")
    if "one" in data:
        assert "no longer exists" in admin_client.get(f"{ADMIN}{name}/").content.decode()
    assert states() == ["waiting"]

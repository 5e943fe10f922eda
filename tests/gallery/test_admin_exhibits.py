"""The queue of what waits for review, its buttons, and the page of one exhibit."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from gallery.models import Decision, Exhibit, ExhibitKind, ExhibitState, ModerationAction
from gallery.moderation.admin.widgets import format_seen_versions
from gallery.moderation.services import decide
from gallery.showcase.reactions import report_exhibit
from tests.gallery.exhibits import NOON, fill, show

pytestmark = pytest.mark.mariadb

EXHIBITS = "/admin/gallery/exhibit/"
WHY = "A stranger is in it"


def press(client: Client, button: str, exhibit: Exhibit, query: str = "", **more: str) -> str:
    """Press a button of a row, as the page shows it now; the page after."""
    data = {"one": f"{button}:{exhibit.pk}", "seen": format_seen_versions([exhibit]), **more}
    return client.post(f"{EXHIBITS}{query}", data, follow=True).content.decode()


def submitted(owner: User, title: str, state: str, days: int) -> None:
    show(owner, title=title, state=state, published=NOON + timedelta(days=days))


def test_what_has_waited_longest_comes_first_and_what_is_decided_last(admin_client: Client, owner: User) -> None:
    submitted(owner, "Out first", ExhibitState.PUBLISHED, 0)
    submitted(owner, "Waits less", ExhibitState.WAITING, 3)
    submitted(owner, "Waits longest", ExhibitState.WAITING, 1)
    submitted(owner, "Out last", ExhibitState.REJECTED, 4)
    listed = [exhibit.title for exhibit in admin_client.get(EXHIBITS).context["cl"].result_list]
    assert listed == ["Waits longest", "Waits less", "Out last", "Out first"]


def test_what_its_owner_has_taken_back_is_in_no_list_and_has_no_page(admin_client: Client, owner: User) -> None:
    exhibit = show(owner, title="Second thoughts", state=ExhibitState.WITHDRAWN)
    assert "Second thoughts" not in admin_client.get(EXHIBITS).content.decode()
    assert admin_client.get(f"{EXHIBITS}{exhibit.pk}/change/").status_code == 302
    press(admin_client, "publish", exhibit)
    assert Exhibit.objects.get().state == ExhibitState.WITHDRAWN


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (ExhibitState.WAITING, {"publish", "reject"}),
        (ExhibitState.PUBLISHED, {"hide"}),
        (ExhibitState.REJECTED, {"publish"}),
        (ExhibitState.HIDDEN, {"publish", "reject"}),
    ],
)
def test_the_buttons_are_those_that_change_something(
    admin_client: Client, owner: User, state: ExhibitState, offered: set[str]
) -> None:
    exhibit = show(owner, state=state)
    for url in (EXHIBITS, f"{EXHIBITS}{exhibit.pk}/change/"):
        page = admin_client.get(url).content.decode()
        assert {
            action for action in ("publish", "reject", "hide") if f'value="{action}:{exhibit.pk}"' in page
        } == offered


def test_a_button_approves_and_the_list_stays_as_it_was(admin_client: Client, admin_user: User, owner: User) -> None:
    exhibit = show(owner, state=ExhibitState.WAITING)
    query = "?state=waiting"
    pressed = {"one": f"publish:{exhibit.pk}", "seen": format_seen_versions([exhibit])}
    response = admin_client.post(f"{EXHIBITS}{query}", pressed)
    assert (response.status_code, response.url) == (302, f"{EXHIBITS}{query}")
    exhibit.refresh_from_db()
    assert exhibit.state == ExhibitState.PUBLISHED
    assert Decision.objects.get().decided_by == admin_user


def test_a_button_that_rejects_asks_for_the_reason_first(admin_client: Client, owner: User) -> None:
    exhibit = show(owner, title="Hills", state=ExhibitState.WAITING)
    page = press(admin_client, "reject", exhibit, "?state=waiting")
    assert f'name="one" value="reject:{exhibit.pk}"' in " ".join(page.split())
    exhibit.refresh_from_db()
    assert exhibit.state == ExhibitState.WAITING
    assert "1 work is rejected." in press(admin_client, "reject", exhibit, "?state=waiting", reason=WHY)
    exhibit.refresh_from_db()
    assert (exhibit.state, exhibit.reason) == (ExhibitState.REJECTED, WHY)
    assert (Decision.objects.get().action, Decision.objects.get().reason) == (ModerationAction.REJECT, WHY)


@pytest.mark.parametrize("button", ["delete_model", "publish_all", "publish:", ""])
def test_a_button_that_does_not_exist_does_nothing(admin_client: Client, owner: User, button: str) -> None:
    exhibit = show(owner, state=ExhibitState.WAITING)
    assert press(admin_client, button, exhibit)
    exhibit.refresh_from_db()
    assert exhibit.state == ExhibitState.WAITING


@pytest.mark.parametrize(("name", "state"), [("reject", ExhibitState.REJECTED), ("hide", ExhibitState.HIDDEN)])
def test_marked_ones_are_decided_together(admin_client: Client, owner: User, name: str, state: ExhibitState) -> None:
    exhibits = fill(owner, 2, state=ExhibitState.WAITING)
    marked = {
        "action": name,
        "_selected_action": [exhibit.pk for exhibit in exhibits],
        "seen": format_seen_versions(exhibits),
    }
    admin_client.post(EXHIBITS, {**marked, "reason": WHY})
    assert set(Exhibit.objects.values_list("state", "reason")) == {(state, WHY)}
    assert Decision.objects.count() == 2


def test_the_list_is_narrowed_and_searched(admin_client: Client, owner: User, other: User) -> None:
    show(owner, title="Hills", state=ExhibitState.WAITING)
    show(other, title="Face", kind=ExhibitKind.FACE)
    for query in ("state=waiting", "kind__exact=scenery", "q=hills", "q=mia@"):
        titles = [exhibit.title for exhibit in admin_client.get(f"{EXHIBITS}?{query}").context["cl"].result_list]
        assert titles == ["Hills"], query


def test_the_page_of_one_tells_what_was_reported_and_decided(
    admin_client: Client, admin_user: User, owner: User, other: User
) -> None:
    exhibit = show(owner, shows_photo=True)
    report_exhibit(exhibit=exhibit, reporter=other, reason="copyright", text="I took <it>")
    decide(exhibits=[exhibit], action=ModerationAction.HIDE, decided_by=admin_user, reason=WHY)
    page = admin_client.get(f"{EXHIBITS}{exhibit.pk}/change/").content.decode()
    for text in ("The photo belongs to someone else", "I took &lt;it&gt;", f"Hidden, {admin_user}", WHY):
        assert text in page
    assert f'src="/gallery/{exhibit.work_id}/photo/"' in page


def test_the_list_takes_the_same_queries_whatever_its_length(
    admin_client: Client, owner: User, django_assert_num_queries
) -> None:
    fill(owner, 3, state=ExhibitState.WAITING)
    with django_assert_num_queries(5) as few:
        admin_client.get(EXHIBITS)
    fill(owner, 15, state=ExhibitState.WAITING)
    with django_assert_num_queries(len(few)):
        admin_client.get(EXHIBITS)

"""Who is shut out may still have works on show: staff are told, and may hide them at once."""

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client

from accounts.models import User
from gallery.models import Decision, Exhibit, ExhibitState, ModerationAction
from tests.accounts.browsing import is_logged_in
from tests.gallery.exhibits import fill, show

USERS = "/admin/accounts/user/"


def run_action(client: Client, name: str, *people: User) -> str:
    """Do something with marked people; the page after."""
    marked = {"action": name, "_selected_action": [user.pk for user in people]}
    return client.post(USERS, marked, follow=True).content.decode()


def states(user: User) -> list[str]:
    return list(Exhibit.objects.filter(owner=user).order_by("pk").values_list("state", flat=True))


@pytest.fixture
def helper_client(db: None) -> Client:
    """Staff who may change accounts, but not decide about works."""
    helper = User.objects.create_user("Helper", "helper@example.com", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client = Client()
    client.force_login(helper)
    return client


def test_deactivating_tells_how_many_works_stay_on_show(admin_client: Client, owner: User, other: User) -> None:
    fill(owner, 2), show(owner, state=ExhibitState.WAITING), show(other)
    page = run_action(admin_client, "deactivate", owner)
    assert "1 account is deactivated." in page
    assert "2 of their works are still published." in page
    assert states(owner) == ["published", "published", "waiting"]


def test_deactivating_on_the_page_of_a_person_tells_so_too(admin_client: Client, owner: User) -> None:
    show(owner)
    data = {"username": "Mia", "email": "mia@example.com"}  # without the tick
    page = admin_client.post(f"{USERS}{owner.pk}/change/", data, follow=True).content.decode()
    assert "1 of their works is still published." in page
    page = admin_client.post(f"{USERS}{owner.pk}/change/", {**data, "is_active": "on"}, follow=True).content.decode()
    assert "published" not in page


def test_where_nothing_is_on_show_nothing_is_told(admin_client: Client, owner: User) -> None:
    show(owner, state=ExhibitState.WITHDRAWN)
    assert "published" not in run_action(admin_client, "deactivate", owner)


def test_works_are_hidden_with_the_account_and_each_is_written_down(
    admin_client: Client, admin_user: User, owner: User, other: User, owner_client: Client
) -> None:
    for state in (ExhibitState.PUBLISHED, ExhibitState.WAITING, ExhibitState.REJECTED, ExhibitState.WITHDRAWN):
        show(owner, state=state)
    show(other)
    page = run_action(admin_client, "deactivate_and_hide", owner)
    for text in ("1 account is deactivated.", "2 works are hidden."):
        assert text in page
    assert states(owner) == ["hidden", "hidden", "rejected", "withdrawn"]
    assert states(other) == ["published"]
    assert not is_logged_in(owner_client)
    noted = list(Decision.objects.values_list("action", "decided_by", "reason"))
    assert noted == [(ModerationAction.HIDE, admin_user.pk, "The account is deactivated.")] * 2


def test_works_of_who_is_deactivated_already_are_hidden_too(admin_client: Client, owner: User) -> None:
    show(owner)
    run_action(admin_client, "deactivate", owner)
    assert "1 work is hidden." in run_action(admin_client, "deactivate_and_hide", owner)
    assert states(owner) == ["hidden"]


def test_nobody_hides_their_own_works_with_it(admin_client: Client, admin_user: User) -> None:
    show(admin_user)
    run_action(admin_client, "deactivate_and_hide", admin_user)
    admin_user.refresh_from_db()
    assert admin_user.is_active
    assert states(admin_user) == ["published"]


def test_staff_who_may_not_decide_are_not_offered_it(helper_client: Client, owner: User) -> None:
    show(owner)
    page = helper_client.get(USERS).content.decode()
    assert 'value="deactivate"' in page
    assert "deactivate_and_hide" not in page
    run_action(helper_client, "deactivate_and_hide", owner)
    owner.refresh_from_db()
    assert owner.is_active
    assert states(owner) == ["published"]


def test_who_is_shut_out_gets_no_mail_about_it(
    admin_client: Client, owner: User, settings: LazySettings, django_capture_on_commit_callbacks
) -> None:
    owner.wants_mail = True
    owner.save()
    show(owner)
    with django_capture_on_commit_callbacks(execute=True):
        run_action(admin_client, "deactivate_and_hide", owner)
    assert mail.outbox == []

"""Rights over people are the superusers' alone, whatever other staff may do with accounts and groups."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.conftest import PASSWORD

NEW = "another horse 9"
USERS = "/admin/accounts/user/"
GROUPS = "/admin/auth/group/"


@pytest.fixture
def helper(db: None) -> User:
    """Staff who may do with accounts and groups whatever permissions can say."""
    helper = User.objects.create_user("Helper", "helper@example.com", PASSWORD, is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["accounts", "auth"]))
    return helper


@pytest.fixture
def helper_client(helper: User) -> Client:
    client = Client()
    client.force_login(helper)
    return client


def change(client: Client, user: User, **changes: str) -> Any:
    data = {"username": user.username, "is_active": "on", **changes}
    return client.post(f"{USERS}{user.pk}/change/", data)


def test_staff_set_nobodys_password(helper_client: Client, owner: User, moderator: User, helper: User) -> None:
    for user in (owner, moderator, helper):
        url = reverse("admin:auth_user_password_change", args=[user.pk])
        data = {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"}
        assert [helper_client.get(url).status_code, helper_client.post(url, data).status_code] == [403, 403]
        page = helper_client.get(f"{USERS}{user.pk}/change/").content.decode()
        assert "/password/" not in page.replace("/admin/password_change/", "")
        assert "md5$" not in page
        user.refresh_from_db()
        assert user.check_password(PASSWORD)


def test_staff_change_nobodys_address(helper_client: Client, owner: User, helper: User) -> None:
    for user in (owner, helper):
        fields = {"email": "evil@example.com", "pending_email": "evil@example.com", "email_verified": "on"}
        assert change(helper_client, user, first_name="X", **fields).status_code == 302
        before = user.email
        user.refresh_from_db()
        assert (user.first_name, user.email, user.pending_email, user.email_verified) == ("X", before, "", False)


def test_staff_change_delete_and_deactivate_no_other_staff(helper_client: Client, moderator: User) -> None:
    assert change(helper_client, moderator, username="Evil").status_code == 403
    assert helper_client.post(f"{USERS}{moderator.pk}/delete/", {"post": "yes"}).status_code == 403
    helper_client.post(USERS, {"action": "deactivate", "_selected_action": [moderator.pk]})
    moderator.refresh_from_db()
    assert (moderator.username, moderator.is_active) == ("Rosa", True)


def test_staff_give_nobody_rights(helper_client: Client, owner: User, helper: User) -> None:
    group = Group.objects.create(name="Moderators")
    right = Permission.objects.get(codename="change_exhibit")
    for user in (owner, helper):
        rights = {"is_staff": "on", "is_superuser": "on", "groups": group.pk, "user_permissions": right.pk}
        count = user.user_permissions.count()
        change(helper_client, user, **rights)
        user.refresh_from_db()
        assert not user.is_superuser
        assert (user.groups.count(), user.user_permissions.count()) == (0, count)


def test_staff_who_add_an_account_give_it_no_rights(helper_client: Client) -> None:
    data = {"username": "Lena", "email": "lena@example.com", "password1": PASSWORD, "password2": PASSWORD}
    rights = {"usable_password": "true", "is_staff": "on", "is_superuser": "on"}
    assert helper_client.post(f"{USERS}add/", {**data, **rights}).status_code == 302
    lena = User.objects.get(username="Lena")
    assert (lena.is_staff, lena.is_superuser, lena.email) == (False, False, "lena@example.com")


def test_who_may_edit_groups_gives_themselves_no_rights(helper_client: Client, helper: User) -> None:
    group = Group.objects.create(name="Helpers")
    helper.groups.add(group)
    right = Permission.objects.get(codename="change_exhibit")
    data = {"name": "Helpers", "permissions": [right.pk]}
    assert helper_client.get(f"{GROUPS}{group.pk}/change/").status_code == 200  # they may look
    assert helper_client.post(f"{GROUPS}{group.pk}/change/", data).status_code == 403
    assert helper_client.post(f"{GROUPS}add/", data | {"name": "More"}).status_code == 403
    assert helper_client.post(f"{GROUPS}{group.pk}/delete/", {"post": "yes"}).status_code == 403
    helper_client.post(GROUPS, {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"})
    assert (Group.objects.count(), group.permissions.count()) == (1, 0)


def test_superusers_do_all_of_this_and_it_is_logged(admin_client: Client, owner: User) -> None:
    url = reverse("admin:auth_user_password_change", args=[owner.pk])
    data = {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"}
    assert admin_client.post(url, data).status_code == 302
    assert change(admin_client, owner, email="new@example.com", is_staff="on").status_code == 302
    owner.refresh_from_db()
    assert (owner.check_password(NEW), owner.email, owner.is_staff) == (True, "new@example.com", True)
    logged = " ".join(entry.get_change_message() for entry in LogEntry.objects.filter(object_id=str(owner.pk)))
    for word in ("password", "Email address", "Staff status"):
        assert word.lower() in logged.lower()
    group = Group.objects.create(name="Helpers")
    assert admin_client.post(f"{GROUPS}{group.pk}/change/", {"name": "Renamed"}).status_code == 302


def test_an_address_that_a_superuser_types_is_not_confirmed_by_that(admin_client: Client, owner: User) -> None:
    User.objects.update(email_verified=True)
    change(admin_client, owner, email="new@example.com")
    owner.refresh_from_db()
    assert (owner.email, owner.email_verified) == ("new@example.com", False)


@pytest.mark.parametrize("path", ["/admin/", "/studio/", "/accounts/profile/"])
def test_nobody_looks_at_the_site_as_somebody_else(admin_client: Client, owner: User, path: str) -> None:
    """There is no such function: what staff do, they do in their own name."""
    page = admin_client.get(path, {"as": owner.pk, "user": owner.pk, "hijack": owner.pk})
    assert page.wsgi_request.user.username == "admin"

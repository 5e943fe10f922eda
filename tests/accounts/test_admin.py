import re
import uuid

import pytest
from axes.models import AccessAttempt
from django.conf import LazySettings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.browsing import is_logged_in, log_in, text
from tests.conftest import PASSWORD

pytestmark = pytest.mark.mariadb

USERS = "admin:accounts_user"
SIZE = {"width": 9, "height": 9}


def kept(user: User, *, works: int = 1, photo_bytes: int = 10, work_bytes: int = 1, name: str = "a.jpg") -> None:
    """A photo of somebody, and works of it; without files."""
    key = uuid.uuid4().hex
    photo = user.photos.create(**SIZE, name=name, file=key, preview=key, sha256=key, bytes=photo_bytes)
    for number in range(works):
        made = {"style": "comic", "detail": "bold", "seconds": 1, "device": "cpu", "engine": "torch"}
        user.works.create(**SIZE, **made, photo=photo, file=f"{key}{number}", thumbnail=key, bytes=work_bytes)


def row(client: Client, user: User) -> dict[str, str]:
    """What the list says of somebody, by column."""
    page = text(client.get(reverse(f"{USERS}_changelist"), {"q": user.email}))
    cells = re.findall(r'<t[dh] class="field-(\w+)[^>]*>(.*?)</t[dh]>', page)
    return {name: re.sub(r"<.*?>", " ", cell).replace("\xa0", " ").strip() for name, cell in cells}


def run_action(client: Client, name: str, *people: User) -> None:
    marked = {"action": name, "_selected_action": [user.pk for user in people]}
    client.post(reverse(f"{USERS}_changelist"), marked)


@pytest.fixture
def admin_client(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.com", PASSWORD))
    return client


def test_people_are_listed_and_found_by_e_mail(admin_client: Client, owner: User, other: User) -> None:
    page = text(admin_client.get(reverse(f"{USERS}_changelist"), {"q": "mia@"}))
    assert "mia@example.com" in page
    assert "noah@example.com" not in page


def test_a_person_is_added_with_an_e_mail_address(admin_client: Client) -> None:
    data = {"username": "Lena", "email": "Lena@Example.com", "password1": PASSWORD, "password2": PASSWORD}
    admin_client.post(reverse(f"{USERS}_add"), {**data, "usable_password": "true"})
    assert User.objects.get(username="Lena").email == "lena@example.com"
    assert log_in(Client(), "lena@example.com").status_code == 302


def test_a_name_in_another_case_is_refused_there_too(admin_client: Client, owner: User) -> None:
    data = {"username": "MIA", "email": "else@example.com", "password1": PASSWORD, "password2": PASSWORD}
    page = admin_client.post(reverse(f"{USERS}_add"), {**data, "usable_password": "true"})
    assert list(page.context["adminform"].form.errors) == ["username"]
    assert User.objects.filter(email="else@example.com").count() == 0


def test_a_person_page_opens(admin_client: Client, owner: User) -> None:
    page = admin_client.get(reverse(f"{USERS}_change", args=[owner.pk]))
    assert 'name="language"' in text(page)


def test_deleting_one_person_takes_the_way_of_deleting_an_account(admin_client: Client, owner: User) -> None:
    log_in(Client(), "Mia", "wrong")
    admin_client.post(reverse(f"{USERS}_delete", args=[owner.pk]), {"post": "yes"})
    assert not User.objects.filter(username="Mia").exists()
    assert not AccessAttempt.objects.exists()


def test_a_deletion_names_no_file_of_the_person(admin_client: Client, owner: User) -> None:
    kept(owner, name="my-secret.jpg")
    page = text(admin_client.get(reverse(f"{USERS}_delete", args=[owner.pk])))
    assert "Mia" in page
    assert "my-secret" not in page
    admin_client.post(reverse(f"{USERS}_delete", args=[owner.pk]), {"post": "yes"})
    assert not User.objects.filter(pk=owner.pk).exists()


def test_deleting_several_people_does_so_too(admin_client: Client, owner: User, other: User) -> None:
    for name in ("Mia", "Noah"):
        log_in(Client(), name, "wrong")
    chosen = {"action": "delete_selected", "_selected_action": [owner.pk, other.pk], "post": "yes"}
    admin_client.post(reverse(f"{USERS}_changelist"), chosen)
    assert [user.username for user in User.objects.all()] == ["root"]
    assert not AccessAttempt.objects.exists()


def test_the_list_tells_what_each_person_keeps(admin_client: Client, owner: User, other: User) -> None:
    kept(owner, works=3, photo_bytes=1000, work_bytes=8)
    kept(owner, works=0, photo_bytes=1024)
    listed = row(admin_client, owner)
    assert (listed["work_count"], listed["stored_bytes"]) == ("3", "2.0 KB")
    listed = row(admin_client, other)
    assert (listed["work_count"], listed["stored_bytes"]) == ("0", "0 bytes")


def test_the_number_of_works_leads_to_them(admin_client: Client, owner: User, other: User) -> None:
    kept(owner, name="mine.jpg"), kept(other, name="not-mine.jpg")
    page = text(admin_client.get(reverse(f"{USERS}_changelist"), {"q": "mia@"}))
    address = re.search(r'field-work_count"><a href="(.*?)"', page)
    assert address is not None
    found = text(admin_client.get(address[1]))
    assert ">mine.jpg<" in found
    assert "not-mine.jpg" not in found


@pytest.mark.parametrize(
    ("works", "megabytes", "told"),
    [(None, None, "7 works  2.0 GB"), (1, 10, "1 work  10.0 MB"), (0, 0, "unlimited works  unlimited storage")],
)
def test_the_list_tells_what_each_person_may_keep(
    admin_client: Client, owner: User, settings: LazySettings, works: int | None, megabytes: int | None, told: str
) -> None:
    settings.QUOTA_WORKS, settings.QUOTA_MEGABYTES = 7, 2048
    User.objects.filter(pk=owner.pk).update(quota_works=works, quota_megabytes=megabytes)
    assert row(admin_client, owner)["quota"].split() == told.split()


def test_people_are_sorted_by_what_they_keep(admin_client: Client, owner: User, other: User) -> None:
    kept(owner, works=1, photo_bytes=10), kept(other, works=2, photo_bytes=5)
    for column, first in ((3, "Noah"), (4, "Mia")):
        listed = admin_client.get(reverse(f"{USERS}_changelist"), {"o": f"-{column}"}).context["cl"].result_list
        assert listed[0].username == first


def test_the_list_takes_the_same_queries_whatever_its_length(
    admin_client: Client, owner: User, django_assert_num_queries
) -> None:
    address = reverse(f"{USERS}_changelist")
    with django_assert_num_queries(5) as few:
        admin_client.get(address)
    for number in range(20):
        kept(User.objects.create_user(f"P{number}", f"p{number}@example.com"))
    with django_assert_num_queries(len(few)):
        admin_client.get(address)


def test_quotas_and_mail_are_changed_on_the_person_page(admin_client: Client, owner: User) -> None:
    address = reverse(f"{USERS}_change", args=[owner.pk])
    data = {"username": "Mia", "email": "mia@example.com", "is_active": "on", "wants_mail": "on", "quota_works": "3"}
    assert admin_client.post(address, data).status_code == 302
    owner.refresh_from_db()
    assert (owner.quota_works, owner.quota_megabytes, owner.wants_mail) == (3, None, True)


def test_who_is_deactivated_is_out_at_once_and_comes_back_when_reactivated(
    admin_client: Client, owner_client: Client, owner: User
) -> None:
    run_action(admin_client, "deactivate", owner)
    assert not is_logged_in(owner_client)
    assert log_in(Client(), "Mia").status_code == 200
    run_action(admin_client, "reactivate", owner)
    assert log_in(Client(), "Mia").status_code == 302
    assert LogEntry.objects.filter(object_id=str(owner.pk)).count() == 2


def test_nobody_deactivates_themselves(admin_client: Client, owner: User) -> None:
    root = User.objects.get(username="root")
    run_action(admin_client, "deactivate", root, owner)
    assert list(User.objects.filter(is_active=True)) == [root]


# --- Staff who are no superusers ---


@pytest.fixture
def helper_client(db: None) -> Client:
    helper = User.objects.create_user("Helper", "helper@example.com", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client = Client()
    client.force_login(helper)
    return client


def test_staff_cannot_make_themselves_superusers(helper_client: Client, owner: User) -> None:
    helper = User.objects.get(username="Helper")
    for user in (helper, owner):
        data = {"username": user.username, "email": user.email, "is_active": "on", "first_name": "X"}
        more = {"is_staff": "on", "is_superuser": "on"}
        assert helper_client.post(reverse(f"{USERS}_change", args=[user.pk]), data | more).status_code == 302
    owner.refresh_from_db(), helper.refresh_from_db()
    assert (owner.first_name, owner.is_staff, owner.is_superuser, helper.is_superuser) == ("X", False, False, False)


def test_staff_cannot_touch_a_superuser(admin_client: Client, helper_client: Client, owner: User) -> None:
    root = User.objects.get(username="root")
    run_action(helper_client, "deactivate", root, owner)
    chosen = {"action": "delete_selected", "_selected_action": [root.pk, owner.pk], "post": "yes"}
    assert helper_client.post(reverse(f"{USERS}_changelist"), chosen).status_code == 403
    for name in (f"{USERS}_delete", "admin:auth_user_password_change"):
        data = {"post": "yes", "password1": "another horse 9", "password2": "another horse 9"}
        assert helper_client.post(reverse(name, args=[root.pk]), data).status_code == 403
    assert set(User.objects.filter(is_active=True).values_list("username", flat=True)) == {"root", "Helper"}


def test_staff_without_the_permission_change_nobody(db: None, owner: User) -> None:
    helper = User.objects.create_user("Helper", "helper@example.com", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_user"))
    client = Client()
    client.force_login(helper)
    assert "deactivate" not in text(client.get(reverse(f"{USERS}_changelist")))
    run_action(client, "deactivate", owner)
    assert User.objects.get(pk=owner.pk).is_active


def test_people_are_kept_out(owner_client: Client) -> None:
    assert owner_client.get(reverse(f"{USERS}_changelist")).status_code == 302


def test_createsuperuser_sees_that_a_name_is_taken_in_another_case(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="taken"):
        call_command("createsuperuser", interactive=False, username="mia", email="else@example.com")

"""Whose password is changed hears of it: it may have been somebody else."""

import re

from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from accounts.mail.sender import send_due_mails
from accounts.models import User
from tests.conftest import PASSWORD

NEW = "another horse 9"
Mails = list[EmailMessage]


def notices(mails: Mails) -> list[list[str]]:
    """Whom the mails about changed passwords went to."""
    send_due_mails()
    return [mail.to for mail in mails if "password" in mail.subject and "was changed" in mail.subject]


def change(client: Client, old: str) -> None:
    url = reverse("accounts:password_change")
    client.post(url, {"old_password": old, "new_password1": NEW, "new_password2": NEW})


def test_a_new_password_is_told_to_the_address_of_the_account(
    owner: User, owner_client: Client, mailoutbox: Mails
) -> None:
    change(owner_client, "wrong")
    assert notices(mailoutbox) == []
    change(owner_client, PASSWORD)
    assert notices(mailoutbox) == [["mia@example.com"]]
    assert NEW not in str(mailoutbox[0].body)


def test_a_password_that_was_reset_is_told_too(owner: User, anonymous: Client, mailoutbox: Mails) -> None:
    anonymous.post(reverse("accounts:password_reset"), {"email": "mia@example.com"})
    send_due_mails()
    found = re.search(r"http://testserver(\S+)", str(mailoutbox[0].body))
    assert found
    form = anonymous.get(found[1], follow=True).redirect_chain[-1][0]
    anonymous.post(form, {"new_password1": NEW, "new_password2": NEW})
    owner.refresh_from_db()
    assert owner.check_password(NEW)
    assert notices(mailoutbox) == [["mia@example.com"]]


def test_a_password_that_a_superuser_sets_is_told_too(owner: User, admin_client: Client, mailoutbox: Mails) -> None:
    url = reverse("admin:auth_user_password_change", args=[owner.pk])
    admin_client.post(url, {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"})
    owner.refresh_from_db()
    assert owner.check_password(NEW)
    assert notices(mailoutbox) == [["mia@example.com"]]


def test_an_account_without_an_address_is_told_nothing(owner: User, owner_client: Client, mailoutbox: Mails) -> None:
    User.objects.update(email=None)
    change(owner_client, PASSWORD)
    assert notices(mailoutbox) == []

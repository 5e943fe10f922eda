"""With EMAIL_VERIFICATION an address is theirs who open the link that is sent there."""

import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import signing
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.mail.sender import send_due_mails
from accounts.models import QueuedMail, User
from accounts.services import BadEmailLink, make_email_token, verify_email
from tests.accounts.browsing import log_in, sign_up, text
from tests.conftest import PASSWORD
from tests.threads import at_once

pytestmark = pytest.mark.mariadb

PROFILE = "/accounts/profile/"


@pytest.fixture(autouse=True)
def verification(settings: LazySettings) -> None:
    settings.EMAIL_VERIFICATION = True


def link_in(message: EmailMessage) -> str:
    found = re.search(r"http://testserver(/accounts/email/\S+)", str(message.body))
    assert found
    return found[1]


def confirm(user: User, email: str) -> Any:
    return Client().post(reverse("accounts:verify_email", args=[make_email_token(user=user, email=email)]))


def test_a_new_account_works_at_once_and_its_address_once_confirmed(
    anonymous: Client, mailoutbox: list[EmailMessage]
) -> None:
    sign_up(anonymous)
    assert "We sent an email to lena@example.com" in text(anonymous.get("/studio/"))
    assert log_in(Client(), "lena@example.com").status_code == 200
    assert log_in(Client(), "Lena").status_code == 302
    send_due_mails()
    (message,) = mailoutbox
    assert message.to == ["lena@example.com"]
    assert "“Lena”" in str(message.body)
    page = Client().get(link_in(message))
    assert "lena@example.com" in text(page)
    assert User.objects.get().email is None  # programs follow links; only the button confirms
    assert Client().post(link_in(message))["Location"] == reverse("accounts:login")
    lena = User.objects.get()
    assert (lena.email, lena.email_verified, lena.pending_email) == ("lena@example.com", True, "")
    assert log_in(Client(), "lena@example.com").status_code == 302


def test_who_has_an_account_is_told_so_by_mail_alone(
    anonymous: Client, owner: User, mailoutbox: list[EmailMessage]
) -> None:
    User.objects.update(email_verified=True)
    sign_up(anonymous, email="mia@example.com")
    send_due_mails()
    (message,) = mailoutbox
    assert message.subject == "You already have an account at AnimeGAN Studio"
    assert "“Mia”" in str(message.body)
    assert "/accounts/email/" not in str(message.body)
    assert "http://testserver/accounts/password/reset/" in str(message.body)


def test_a_confirmed_address_stays_with_whom_it_is(owner: User, other: User) -> None:
    User.objects.update(email_verified=True)
    User.objects.filter(pk=other.pk).update(pending_email="mia@example.com")
    other.refresh_from_db()
    assert confirm(other, "mia@example.com").status_code == 404
    owner.refresh_from_db()
    assert owner.email == "mia@example.com"


def test_who_reads_the_mails_of_an_address_gets_it_from_who_never_confirmed_it(
    owner: User, anonymous: Client, mailoutbox: list[EmailMessage]
) -> None:
    sign_up(anonymous, email="mia@example.com")
    send_due_mails()
    assert "“Mia”" in str(mailoutbox[0].body)  # it may be an older account of the same person
    anonymous.post(link_in(mailoutbox[0]))
    owner.refresh_from_db()
    assert (owner.email, owner.pending_email) == (None, "mia@example.com")
    assert User.objects.get(username="Lena").email == "mia@example.com"
    assert log_in(Client(), "Mia").status_code == 302


def test_who_was_here_before_keeps_logging_in_and_resetting(owner: User, mailoutbox: list[EmailMessage]) -> None:
    assert log_in(Client(), "mia@example.com").status_code == 302
    Client().post(reverse("accounts:password_reset"), {"email": "mia@example.com"})
    send_due_mails()
    assert mailoutbox[0].to == ["mia@example.com"]


def test_an_address_that_is_not_confirmed_gets_no_reset_and_locks_nobody(
    anonymous: Client, owner: User, mailoutbox: list[EmailMessage]
) -> None:
    sign_up(anonymous, email="mia@example.com", password1="the other horse 9", password2="the other horse 9")
    QueuedMail.objects.all().delete()
    Client().post(reverse("accounts:password_reset"), {"email": "mia@example.com"})
    send_due_mails()
    assert ["Hello Mia," in str(message.body) for message in mailoutbox] == [True]
    for _try in range(5):
        log_in(Client(), "Lena", "wrong")
    assert log_in(Client(), "mia@example.com").status_code == 302


def test_a_new_password_by_the_link_of_a_mail_confirms_the_address(owner: User, mailoutbox: list[EmailMessage]) -> None:
    client = Client()
    client.post(reverse("accounts:password_reset"), {"email": "mia@example.com"})
    send_due_mails()
    found = re.search(r"http://testserver(/\S+)", str(mailoutbox[0].body))
    assert found
    target = client.get(found[1])["Location"]
    client.post(target, {"new_password1": "a newer horse 10", "new_password2": "a newer horse 10"})
    owner.refresh_from_db()
    assert owner.email_verified


def test_another_address_is_used_once_confirmed_and_the_old_one_is_told(
    owner: User, owner_client: Client, mailoutbox: list[EmailMessage]
) -> None:
    owner_client.post(PROFILE, {"email": "new@example.com", "language": "", "password": PASSWORD})
    owner.refresh_from_db()
    assert (owner.email, owner.pending_email) == ("mia@example.com", "new@example.com")
    assert "We sent an email to new@example.com" in text(owner_client.get(PROFILE))
    send_due_mails()
    assert owner_client.post(link_in(mailoutbox[0]))["Location"] == PROFILE
    send_due_mails()
    assert [message.to for message in mailoutbox] == [["new@example.com"], ["mia@example.com"]]
    assert "was changed" in mailoutbox[1].subject
    assert "is not confirmed" not in text(owner_client.get(PROFILE))


def test_the_link_is_sent_again_a_few_times(owner_client: Client, owner: User, mailoutbox: list[EmailMessage]) -> None:
    assert "mia@example.com</strong> is not confirmed yet" in text(owner_client.get(PROFILE))
    answers = [owner_client.post(reverse("accounts:resend_email_link")).status_code for _time in range(6)]
    assert answers == [302] * 5 + [429]
    send_due_mails()
    assert len(mailoutbox) == 5
    owner_client.post(link_in(mailoutbox[0]))
    owner_client.post(reverse("accounts:resend_email_link"))
    send_due_mails()
    assert len(mailoutbox) == 5


def test_a_link_that_is_made_up_old_or_about_another_address_does_nothing(
    owner: User, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = signing.dumps([owner.pk, "mia@example.com"], salt="something else")
    for token in ("x", "%00", foreign, make_email_token(user=owner, email="noah@example.com")):
        url = f"/accounts/email/{token}/"
        assert [Client().get(url).status_code, Client().post(url).status_code] == [404, 404]
    monkeypatch.setattr(services, "EMAIL_LINK_MAX_AGE", timedelta(seconds=-1))
    assert confirm(owner, "mia@example.com").status_code == 404


def test_a_link_for_who_is_deactivated_does_nothing(owner: User) -> None:
    User.objects.update(is_active=False)
    assert confirm(owner, "mia@example.com").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_many_who_confirm_the_same_address_at_once_one_gets_it() -> None:
    people = [User.objects.create_user(f"p{n}", pending_email="wanted@example.com") for n in range(4)]
    tokens = [make_email_token(user=user, email="wanted@example.com") for user in people]
    results = at_once(*(partial(verify_email, token=token) for token in tokens))
    assert sum(isinstance(result, User) for result in results) == 1
    assert sum(isinstance(result, BadEmailLink) for result in results) == 3
    assert User.objects.filter(email="wanted@example.com", email_verified=True).count() == 1


def test_a_person_without_an_address_has_all_pages(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("Lena"))
    for path in (PROFILE, "/studio/", "/accounts/delete/", "/works/"):
        assert client.get(path).status_code == 200


def test_staff_find_a_person_by_an_address_that_is_not_confirmed(admin_client: Client, anonymous: Client) -> None:
    sign_up(anonymous)
    assert "Lena" in text(admin_client.get("/admin/accounts/user/", {"q": "lena@example.com"}))

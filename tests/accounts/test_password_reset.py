import re
from pathlib import Path
from typing import Any

import polib
import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from accounts.mail.sender import send_due_mails
from accounts.models import User
from tests.accounts.browsing import log_in, text

pytestmark = pytest.mark.mariadb

NEW = "a newer horse 10"


def ask(client: Client, email: str = "mia@example.com", *, address: str = "192.0.2.1") -> Any:
    response = client.post(reverse("accounts:password_reset"), {"email": email}, REMOTE_ADDR=address)
    send_due_mails()
    return response


def link_in(message: EmailMessage) -> str:
    found = re.search(r"http://testserver(/\S+)", str(message.body))
    assert found
    return found[1]


def choose(client: Client, link: str, password: str = NEW) -> Any:
    """Follow the link of the mail, and fill in the form that it leads to."""
    page = client.get(link, follow=True)
    if not page.context["validlink"]:
        return page
    target = page.redirect_chain[-1][0]
    return client.post(target, {"new_password1": password, "new_password2": password}, follow=True)


@pytest.mark.parametrize("typed", ["mia@example.com", "MIA@Example.com"])
def test_a_forgotten_password_is_replaced_by_way_of_a_mail(
    anonymous: Client, owner: User, mailoutbox: list[EmailMessage], typed: str
) -> None:
    assert ask(anonymous, typed)["Location"] == reverse("accounts:password_reset_done")
    (message,) = mailoutbox
    assert message.to == ["mia@example.com"]
    assert message.subject == "Reset your password for AnimeGAN Studio"
    assert "Hello Mia," in str(message.body)
    assert "Your new password was saved" in text(choose(anonymous, link_in(message)))
    assert log_in(Client(), "Mia", NEW).status_code == 302


def test_an_unknown_address_gets_the_same_answer_and_no_mail(
    anonymous: Client, owner: User, mailoutbox: list[EmailMessage]
) -> None:
    known = anonymous.get(ask(anonymous)["Location"])
    unknown = anonymous.get(ask(anonymous, "nobody@example.com")["Location"])
    assert text(known).split("<main")[1] == text(unknown).split("<main")[1]
    assert len(mailoutbox) == 1


def test_who_is_not_active_gets_no_mail(anonymous: Client, owner: User, mailoutbox: list[EmailMessage]) -> None:
    User.objects.update(is_active=False)
    ask(anonymous)
    assert not mailoutbox


def test_a_link_works_once(anonymous: Client, owner: User, mailoutbox: list[EmailMessage]) -> None:
    ask(anonymous)
    link = link_in(mailoutbox[0])
    choose(anonymous, link)
    assert "This link no longer works" in text(choose(Client(), link, "yet another horse 11"))
    assert log_in(Client(), "Mia", NEW).status_code == 302


def test_a_link_of_somebody_else_or_made_up_does_not_work(
    anonymous: Client, owner: User, other: User, mailoutbox: list[EmailMessage]
) -> None:
    ask(anonymous, "noah@example.com")
    ask(anonymous)
    noahs, mias = map(link_in, mailoutbox)
    mixed = "/".join([*mias.split("/")[:-2], noahs.split("/")[-2], ""])
    for link in (mixed, "/accounts/password/reset/MQ/abc-def/", "/accounts/password/reset/%00/set-password/"):
        assert "This link no longer works" in text(choose(Client(), link))


def test_a_weak_new_password_is_refused(anonymous: Client, owner: User, mailoutbox: list[EmailMessage]) -> None:
    ask(anonymous)
    page = choose(anonymous, link_in(mailoutbox[0]), "short1")
    assert list(page.context["form"].errors) == ["new_password2"]


def test_the_mail_is_in_the_language_of_the_profile_whatever_the_browser_speaks(
    anonymous: Client, owner: User, mailoutbox: list[EmailMessage], settings: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalog = polib.POFile()
    catalog.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    catalog.append(polib.POEntry(msgid="Reset your password for %(site_name)s", msgstr="%(site_name)s：新密码"))
    catalog.save_as_mofile(str(folder / "django.mo"))
    settings.LOCALE_PATHS = [tmp_path]
    ask(anonymous)
    User.objects.update(language="zh-hans")
    ask(anonymous)
    assert [message.subject for message in mailoutbox] == [
        "Reset your password for AnimeGAN Studio",
        "AnimeGAN Studio：新密码",
    ]


def test_a_new_password_opens_the_lock(anonymous: Client, owner: User, mailoutbox: list[EmailMessage]) -> None:
    for _try in range(5):
        log_in(Client(), "Mia", "forgotten")
    ask(anonymous)
    choose(anonymous, link_in(mailoutbox[0]))
    assert log_in(Client(), "Mia", NEW).status_code == 302


def test_nobody_can_have_mails_sent_without_end(anonymous: Client, owner: User, mailoutbox: list[EmailMessage]) -> None:
    answers = [ask(anonymous).status_code for _time in range(11)]
    assert answers == [302] * 10 + [429]
    assert len(mailoutbox) == 10
    assert ask(anonymous, address="192.0.2.2").status_code == 302

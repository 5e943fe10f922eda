"""Mails are sent after the answer, each once, and again where a mail server was away."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.mail import EmailMessage
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import override_script_prefix
from django.urls import reverse
from django.utils import timezone

from accounts.mail.outbox import enqueue_mail
from accounts.mail.queue import MAX_AGE, claim_next_mail, get_mail_queue_stats
from accounts.mail.sender import MailSender, MailServerAway, send_due_mails
from accounts.models import QueuedMail, User
from accounts.services import delete_account
from tests.accounts.mail_server import MailServer, run_mail_server, run_silent_server
from tests.threads import at_once

pytestmark = pytest.mark.mariadb

BASE = "https://anime.example.org"


def enqueue(email: str = "mia@example.com") -> None:
    enqueue_mail("password_reset", email=email, base_url=BASE)


def time_passes(delta: timedelta) -> None:
    QueuedMail.objects.update(due=F("due") - delta, created=F("created") - delta)


def try_in_vain() -> None:
    with pytest.raises(MailServerAway):
        send_due_mails()


@pytest.fixture
def mail_server(settings: LazySettings) -> Iterator[MailServer]:
    with run_mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.fixture
def silent_server(settings: LazySettings) -> Iterator[None]:
    with run_silent_server() as port:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 0.1
        yield


def test_a_reset_is_answered_before_a_mail_server_is_asked(
    anonymous: Client, owner: User, silent_server: None, settings: LazySettings
) -> None:
    settings.EMAIL_TIMEOUT = None  # who asked it would wait without end
    response = anonymous.post(reverse("accounts:password_reset"), {"email": "mia@example.com"})
    assert response["Location"] == reverse("accounts:password_reset_done")
    assert QueuedMail.objects.count() == 1


@pytest.mark.parametrize("email", ["mia@example.com", "nobody@example.com"])
def test_a_reset_asks_the_database_the_same_whoever_has_an_account(
    anonymous: Client, owner: User, django_assert_num_queries: Any, email: str
) -> None:
    anonymous.post(reverse("accounts:password_reset"), {"email": "first@example.com"})
    with django_assert_num_queries(5) as asked:
        anonymous.post(reverse("accounts:password_reset"), {"email": email})
    assert not [query for query in asked if "accounts_user" in query["sql"]]


def test_a_mail_goes_to_the_mail_server_and_is_forgotten(owner: User, mail_server: MailServer) -> None:
    enqueue()
    assert send_due_mails() is None
    (received,) = mail_server.received
    assert "To: mia@example.com" in received
    assert "Auto-Submitted: auto-generated" in received
    assert not QueuedMail.objects.exists()


def test_neither_a_link_nor_a_text_is_stored_while_a_mail_waits(anonymous: Client, owner: User) -> None:
    anonymous.post(reverse("accounts:password_reset"), {"email": "mia@example.com"})
    assert set(QueuedMail.objects.values_list("arguments", flat=True)[0]) == {"email", "base_url"}


def test_a_mail_server_that_says_nothing_is_given_up_and_asked_again_later(owner: User, silent_server: None) -> None:
    enqueue(), enqueue()
    try_in_vain()
    tried, untried = QueuedMail.objects.order_by("-attempts")
    assert (tried.attempts, untried.attempts) == (1, 0)
    assert "timed out" in tried.error
    assert tried.due > timezone.now() + timedelta(seconds=25)


def test_a_mail_that_could_not_be_sent_is_sent_once_the_server_is_back(
    owner: User, mail_server: MailServer, settings: LazySettings
) -> None:
    settings.EMAIL_PORT, port = 1, settings.EMAIL_PORT
    enqueue()
    try_in_vain()
    settings.EMAIL_PORT = port
    send_due_mails()
    assert mail_server.received == []
    time_passes(timedelta(seconds=31))
    send_due_mails()
    assert len(mail_server.received) == 1


def test_each_failure_doubles_the_wait(owner: User, silent_server: None) -> None:
    enqueue()
    waits = []
    for _try in range(8):
        QueuedMail.objects.update(due=timezone.now())
        try_in_vain()
        waits.append(round((QueuedMail.objects.get().due - timezone.now()).total_seconds() / 30))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize(("status", "left"), [(550, 0), (451, 1)])
def test_an_address_that_is_refused_for_good_is_not_tried_again(
    owner: User, mail_server: MailServer, status: int, left: int
) -> None:
    mail_server.recipient_status = status
    enqueue()
    send_due_mails()
    assert (QueuedMail.objects.count(), mail_server.received) == (left, [])


def test_what_could_not_be_sent_for_a_day_is_dropped(owner: User, mail_server: MailServer) -> None:
    enqueue()
    time_passes(MAX_AGE)
    send_due_mails()
    assert (QueuedMail.objects.count(), mail_server.received) == (0, [])


def test_a_mail_that_cannot_be_written_keeps_none_from_others(
    owner: User, mailoutbox: list[EmailMessage], caplog: pytest.LogCaptureFixture
) -> None:
    enqueue_mail("password_reset", email="mia@example.com")  # without a base URL
    enqueue_mail("unknown")
    enqueue()
    send_due_mails()
    assert len(mailoutbox) == 1
    assert sorted(QueuedMail.objects.values_list("error", flat=True)) == ["KeyError: 'base_url'", "KeyError: 'unknown'"]


def test_a_clock_that_was_ahead_holds_no_mail_back(owner: User, mailoutbox: list[EmailMessage]) -> None:
    enqueue()
    time_passes(timedelta(days=-400))
    send_due_mails()
    assert len(mailoutbox) == 1


def test_with_an_account_go_its_mails(owner: User) -> None:
    enqueue_mail("decision", recipient=owner)
    delete_account(user=owner)
    assert not QueuedMail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_who_send_at_once_send_each_mail_once() -> None:
    for number in range(4):
        enqueue(f"{number}@example.com")

    def claim() -> list[int]:
        claimed = []
        while mail := claim_next_mail():
            claimed.append(mail.pk)
        return claimed

    claimed = [key for keys in at_once(*[partial(claim)] * 4) for key in keys]
    assert sorted(claimed) == sorted(QueuedMail.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_the_thread_sends_what_is_queued_and_ends(
    owner: User, mailoutbox: list[EmailMessage], settings: LazySettings
) -> None:
    settings.SEND_MAIL_IN_BACKGROUND = True
    sender = MailSender()
    enqueue_without_waking(), sender.wake(), sender.wake()
    threads = [thread for thread in threading.enumerate() if thread.name == "mail"]
    for thread in threads:
        thread.join(20)
    assert len(threads) == 1
    assert len(mailoutbox) == 1
    assert sender._thread is None


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_waits_for_its_next_try_holds_no_new_one_up(
    owner: User, mailoutbox: list[EmailMessage], settings: LazySettings
) -> None:
    enqueue("nobody@example.com")
    QueuedMail.objects.update(due=timezone.now() + timedelta(minutes=20))
    settings.SEND_MAIL_IN_BACKGROUND = True
    sender = MailSender()
    sender.wake()
    enqueue_without_waking(), sender.wake()
    deadline = time.monotonic() + 20
    while not mailoutbox and time.monotonic() < deadline:
        time.sleep(0.05)
    thread = sender._thread
    QueuedMail.objects.all().delete()
    sender.wake()
    assert thread
    thread.join(20)
    assert len(mailoutbox) == 1


def enqueue_without_waking() -> None:
    now = timezone.now()
    QueuedMail.objects.create(
        kind="password_reset", arguments={"email": "mia@example.com", "base_url": BASE}, created=now, due=now
    )


def test_strangers_cannot_flood_a_mailbox_from_many_addresses(
    anonymous: Client, owner: User, mailoutbox: list[EmailMessage]
) -> None:
    for number in range(12):
        anonymous.post(
            reverse("accounts:password_reset"), {"email": "mia@example.com"}, REMOTE_ADDR=f"192.0.2.{number}"
        )
    send_due_mails()
    assert len(mailoutbox) == 10


def test_the_status_page_says_that_mails_wait_and_why(admin_client: Client, owner: User, silent_server: None) -> None:
    enqueue()
    assert "Mail is waiting" not in admin_client.get("/admin/status/").content.decode()
    try_in_vain()
    time_passes(timedelta(minutes=3))
    stats = get_mail_queue_stats()
    assert (stats.count, stats.is_stuck) == (1, True)
    page = admin_client.get("/admin/status/").content.decode()
    assert "Mail is waiting" in page
    assert "timed out" in page


@pytest.mark.parametrize(("script_name", "prefix"), [("", "/"), ("/anime", "/"), ("/anime", "/anime/")])
def test_a_link_in_a_mail_has_the_sites_path_once(
    owner: User, mailoutbox: list[EmailMessage], settings: LazySettings, script_name: str, prefix: str
) -> None:
    settings.SCRIPT_NAME = script_name
    enqueue()
    with override_script_prefix(prefix):  # as in a request, or in a thread that only sends
        send_due_mails()
    assert f"\n{BASE}{script_name}/accounts/password/reset/" in str(mailoutbox[0].body)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the text is the same everywhere")
def test_a_link_is_whole(owner: User, mailoutbox: list[EmailMessage]) -> None:
    enqueue()
    send_due_mails()
    assert f"\n{BASE}/accounts/password/reset/" in str(mailoutbox[0].body)

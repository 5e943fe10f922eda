"""Where all mails of the site begin: each is a row until it is sent, by a thread after the answer.

A row says what the mail is about, not what it says: the text, and with it links that let people in, is written when the
mail is sent, and is stored nowhere.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone, translation

from accounts.mail.sender import sender
from accounts.models import QueuedMail, User


def enqueue_mail(kind: str, *, recipient: User | None = None, language: str = "", **arguments: Any) -> None:
    """Queue a mail, to be sent once this transaction is committed.

    `arguments` are stored as JSON, and hold no secret. `language` is used where the recipient's profile names none.
    """
    enqueue_mails([make_mail(kind, recipient=recipient, language=language, **arguments)])


def make_mail(kind: str, *, recipient: User | None = None, language: str = "", **arguments: Any) -> QueuedMail:
    """Return the row of a mail, not saved yet; see `enqueue_mail`."""
    language = (recipient.language if recipient else "") or language or translation.get_language() or ""
    now = timezone.now()
    return QueuedMail(kind=kind, recipient=recipient, language=language, arguments=arguments, created=now, due=now)


def enqueue_mails(mails: Iterable[QueuedMail]) -> None:
    """Queue several mails; see `enqueue_mail`."""
    if QueuedMail.objects.bulk_create(mails):
        transaction.on_commit(sender.wake)

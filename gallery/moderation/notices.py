"""Mails to people whose exhibits were decided about."""

import logging
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from gallery.models import Exhibit, ModerationAction
from gallery.showcase.tiles import owner_url

logger = logging.getLogger(__name__)

MAIL_TIMEOUT_SECONDS = 10  # that a mail server may take to answer: somebody waits for the page


def notify_owners(exhibits: Iterable[Exhibit], action: ModerationAction) -> None:
    """Write to those owners who want it, once the decision is surely made."""
    transaction.on_commit(partial(_send, list(exhibits), action))


def _send(exhibits: list[Exhibit], action: ModerationAction) -> None:
    """A decision stands, whatever becomes of the mails: what goes wrong here only gets into the log."""
    try:
        wanted = User.objects.filter(wants_mail=True, is_active=True).exclude(email="")
        owners = wanted.in_bulk({exhibit.owner_id for exhibit in exhibits})
        told = [exhibit for exhibit in exhibits if exhibit.owner_id in owners]
        if not told:
            return
        with get_connection(timeout=MAIL_TIMEOUT_SECONDS) as connection:
            for exhibit in told:
                _deliver(_message(exhibit, action, owners[exhibit.owner_id]), connection)
    except Exception:
        logger.exception("owners were not told of a decision")


def _deliver(message: EmailMessage, connection: Any) -> None:
    """One address that is refused keeps no mail from the others."""
    message.connection = connection
    try:
        message.send()
    except OSError:
        logger.exception("an owner was not told of a decision")


def _message(exhibit: Exhibit, action: ModerationAction, owner: User) -> EmailMessage:
    """In the owner's language, not in that of the staff."""
    with translation.override(owner.language or settings.LANGUAGE_CODE):
        context = {
            "action": action,
            "name": owner.username,
            "title": exhibit.title,
            "reason": exhibit.reason,
            "link": _absolute(owner_url(exhibit)),
            "account": _absolute(reverse("accounts:profile")),
            "site_name": settings.SITE_NAME,
        }
        subject = " ".join(render_to_string("gallery/mail/subject.txt", context).split())
        text = render_to_string("gallery/mail/decision.txt", context)
    # So that nobody's holiday answer comes back.
    return EmailMessage(subject, text, to=[owner.email], headers={"Auto-Submitted": "auto-generated"})


def _absolute(path: str) -> str:
    """A whole address; empty where the settings do not say where the site is."""
    return settings.SITE_URL and settings.SITE_URL.rstrip("/") + path

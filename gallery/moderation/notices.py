"""Mails to the owners of exhibits that staff decided about."""

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

MAIL_TIMEOUT_SECONDS = 10  # somebody waits for the page meanwhile


def notify_owners(exhibits: Iterable[Exhibit], action: ModerationAction) -> None:
    """Mail the owners who want it, once the decision is committed."""
    transaction.on_commit(partial(_send, list(exhibits), action))


def _send(exhibits: list[Exhibit], action: ModerationAction) -> None:
    """Send the mails. A decision stands whatever becomes of them: what goes wrong here is only logged."""
    try:
        recipients = User.objects.filter(wants_mail=True, is_active=True).exclude(email="")
        owners = recipients.in_bulk({exhibit.owner_id for exhibit in exhibits})
        notified = [exhibit for exhibit in exhibits if exhibit.owner_id in owners]
        if not notified:
            return
        with get_connection(timeout=MAIL_TIMEOUT_SECONDS) as connection:
            for exhibit in notified:
                _deliver(_message(exhibit, action, owners[exhibit.owner_id]), connection)
    except Exception:
        logger.exception("owners were not told of a decision")


def _deliver(message: EmailMessage, connection: Any) -> None:
    """Send one mail. An address that is refused keeps no mail from the others."""
    message.connection = connection
    try:
        message.send()
    except OSError:
        logger.exception("an owner was not told of a decision")


def _message(exhibit: Exhibit, action: ModerationAction, owner: User) -> EmailMessage:
    """Return the mail in the owner's language, not in that of the staff."""
    with translation.override(owner.language or settings.LANGUAGE_CODE):
        context = {
            "action": action,
            "name": owner.username,
            "title": exhibit.title,
            "reason": exhibit.reason,
            "link": _absolute_url(owner_url(exhibit)),
            "account": _absolute_url(reverse("accounts:profile")),
            "site_name": settings.SITE_NAME,
        }
        subject = " ".join(render_to_string("gallery/mail/subject.txt", context).split())
        text = render_to_string("gallery/mail/decision.txt", context)
    # So that no automatic reply comes back.
    return EmailMessage(subject, text, to=[owner.email], headers={"Auto-Submitted": "auto-generated"})


def _absolute_url(path: str) -> str:
    """Return the whole URL of a path; empty where the settings do not say where the site is."""
    return settings.SITE_URL and settings.SITE_URL.rstrip("/") + path

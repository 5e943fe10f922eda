"""Mails to the owners of exhibits that staff decided about."""

from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.mail.outbox import enqueue_mails, make_mail
from accounts.mail.queue import builds_mail
from accounts.models import QueuedMail, User
from gallery.models import Exhibit, ModerationAction
from gallery.showcase.tiles import owner_url


def notify_owners(exhibits: Iterable[Exhibit], action: ModerationAction) -> None:
    """Queue mails to the owners who want them, in the transaction of the decision: both are kept, or neither is."""
    exhibits = list(exhibits)
    recipients = User.objects.filter(wants_mail=True, is_active=True).exclude(email=None)
    owners = recipients.in_bulk({exhibit.owner_id for exhibit in exhibits})
    enqueue_mails(
        make_mail(
            "decision",
            recipient=owners[exhibit.owner_id],
            language=settings.LANGUAGE_CODE,  # not that of the staff
            action=action,
            title=exhibit.title,
            reason=exhibit.reason,
            link=_absolute_url(owner_url(exhibit)),
            account=_absolute_url(reverse("accounts:profile")),
        )
        for exhibit in exhibits
        if exhibit.owner_id in owners
    )


@builds_mail("decision")
def build_message(mail: QueuedMail) -> EmailMessage | None:
    """Return the mail; None where the owner does not want it any more."""
    owner = mail.recipient
    if owner is None or not (owner.wants_mail and owner.is_active and owner.email):
        return None
    context = {**mail.arguments, "name": owner.username, "site_name": settings.SITE_NAME}
    subject = " ".join(render_to_string("gallery/mail/subject.txt", context).split())
    return EmailMessage(subject, render_to_string("gallery/mail/decision.txt", context), to=[owner.email])


def _absolute_url(path: str) -> str:
    """Return the whole URL of a path; empty where the settings do not say where the site is."""
    return settings.SITE_URL and settings.SITE_URL.rstrip("/") + path

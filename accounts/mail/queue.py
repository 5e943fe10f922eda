"""The rows of mails that wait: who may send which now, and what becomes of those that could not be sent."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from accounts.models import QueuedMail

logger = logging.getLogger(__name__)

MAX_AGE = timedelta(hours=24)  # what is older is no longer expected, and is dropped
STUCK_AFTER = timedelta(minutes=2)
BASE_DELAY, MAX_DELAY = timedelta(seconds=30), timedelta(minutes=30)
# A claimed mail is another's if nothing is heard for so long: longer than any server that still answers takes.
LEASE = timedelta(minutes=10)

MessageBuilder = Callable[[QueuedMail], EmailMessage | None]
message_builders: dict[str, MessageBuilder] = {}


def builds_mail(kind: str) -> Callable[[MessageBuilder], MessageBuilder]:
    """Register the function that writes the mails of a kind when they are sent; it returns None for none at all.

    By name, in a fixed list: whoever can write rows must not choose which function is called.
    """

    def register(build: MessageBuilder) -> MessageBuilder:
        message_builders[kind] = build
        return build

    return register


def due_mails(now: datetime) -> QuerySet[QueuedMail]:
    """Return what is to be sent now. A time further away than any delay was written by a clock that was ahead."""
    return QueuedMail.objects.filter(Q(due__lte=now) | Q(due__gt=now + max(LEASE, MAX_DELAY))).order_by("due", "pk")


def drop_expired_mails() -> None:
    """Delete what has waited for longer than MAX_AGE."""
    expired = list(QueuedMail.objects.filter(created__lt=timezone.now() - MAX_AGE).values_list("pk", flat=True))
    if expired:  # by their keys, as in `rate_limits`
        QueuedMail.objects.filter(pk__in=expired).delete()
        logger.error("%d mails could not be sent for a day, and are dropped", len(expired))


def claim_next_mail() -> QueuedMail | None:
    """Return a mail that is due and that no other thread or process sends now; None where there is none."""
    now = timezone.now()
    for mail in due_mails(now)[:20]:
        claimed = {"due": now + LEASE, "attempts": mail.attempts + 1}
        if QueuedMail.objects.filter(pk=mail.pk, due=mail.due, attempts=mail.attempts).update(**claimed):
            mail.attempts += 1
            return mail
    return None


def reschedule(mail: QueuedMail, error: Exception) -> None:
    """Try again later, each time after twice as long."""
    delay = min(MAX_DELAY, BASE_DELAY * 2 ** min(mail.attempts - 1, 10))
    text = f"{type(error).__name__}: {error}"[:200]
    QueuedMail.objects.filter(pk=mail.pk).update(due=timezone.now() + delay, error=text)


def seconds_until_due() -> float | None:
    """Return how long until the next mail is due; None where none waits."""
    earliest = QueuedMail.objects.aggregate(due=Min("due"))["due"]
    return None if earliest is None else max(0.0, (earliest - timezone.now()).total_seconds())


# --- For the status page ---


@dataclass(frozen=True)
class MailQueueStats:
    """How many mails wait, since when the oldest does, and what went wrong at the last try."""

    count: int
    waits_since: datetime | None
    error: str

    @property
    def is_stuck(self) -> bool:
        return self.waits_since is not None and timezone.now() - self.waits_since > STUCK_AFTER


def get_mail_queue_stats() -> MailQueueStats:
    totals = QueuedMail.objects.aggregate(count=Count("pk"), since=Min("created"))
    failed = QueuedMail.objects.exclude(error="").order_by("-due").first()
    return MailQueueStats(totals["count"], totals["since"], failed.error if failed else "")

"""Sends queued mails, in a thread of whichever process has time: the site's own, and the worker's.

No request waits for a mail server: one that hangs holds up this thread alone.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.db import Error, connections
from django.urls import set_script_prefix
from django.utils import translation

from accounts.mail.queue import claim_next_mail, drop_expired_mails, message_builders, reschedule, seconds_until_due
from accounts.models import QueuedMail

logger = logging.getLogger(__name__)

ANSWER_FIRST_SECONDS = 0.2  # so that the request which queued a mail is answered first, and tells nothing by its time
PAUSE_SECONDS = 30.0  # before a mail server that is away, or a database, is asked again
POLL_SECONDS = 5.0  # of a worker: other processes queue mails, too
PERMANENT = 500  # SMTP statuses from here on say that trying again is of no use

REFUSALS = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError)


class MailServerAway(Exception):
    """The mail server does not answer, or not as one: no other mail would go out now."""


class MailSender:
    """Sends what is queued in a thread that ends when nothing is left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Have what is due sent soon; return at once."""
        if not settings.SEND_MAIL_IN_BACKGROUND:
            return
        with self._lock:
            self._woken.set()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="mail", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        set_script_prefix("/")  # the base URL of a link has it
        while True:
            time.sleep(ANSWER_FIRST_SECONDS)
            self._woken.clear()
            seconds = _send_or_pause(time.sleep)
            if seconds is not None:
                self._woken.wait(min(seconds, PAUSE_SECONDS))
            elif self._is_finished():
                return

    def _is_finished(self) -> bool:
        """Return whether nothing was queued meanwhile; then the next mail starts a new thread."""
        with self._lock:
            if self._woken.is_set():
                return False
            self._thread = None
            return True


sender = MailSender()


@contextmanager
def send_meanwhile() -> Iterator[None]:
    """Send what is queued, by whichever process, in a thread beside what this process does."""
    stop = threading.Event()
    thread = threading.Thread(target=_send_until, args=(stop,), name="mail", daemon=True)
    if settings.SEND_MAIL_IN_BACKGROUND:
        thread.start()
    try:
        yield
    finally:
        stop.set()


def _send_until(stop: threading.Event) -> None:
    set_script_prefix("/")
    while not stop.wait(POLL_SECONDS):
        _send_or_pause(stop.wait)


def _send_or_pause(pause: Callable[[float], object]) -> float | None:
    """Send what is due; return the seconds until more is, None where no mail waits.

    Where that fails, pause first, and do not let new mails cut it short: a server that is away is not asked for each.
    """
    try:
        return send_due_mails()
    except MailServerAway as error:
        logger.warning("the mail server does not answer; trying again later: %s", error.__cause__)
    except Exception:
        logger.exception("queued mails could not be sent")
    finally:
        connections.close_all()
    pause(PAUSE_SECONDS)
    return 0.0


def send_due_mails() -> float | None:
    """Send what is due, one after the other; return the seconds until more is, None where no mail waits.

    Raise MailServerAway where the server does not answer: then the mail it was asked for, and all others, wait.
    """
    connection = None
    drop_expired_mails()
    try:
        while mail := claim_next_mail():
            try:
                connection = connection or _connect()
                _send(mail, connection)
            except MailServerAway as error:
                reschedule(mail, error.__cause__ if isinstance(error.__cause__, Exception) else error)
                raise
            except Error:
                raise
            except Exception as error:
                logger.exception("a mail (%s) could not be sent; trying again later", mail.kind)
                reschedule(mail, error)
            else:
                QueuedMail.objects.filter(pk=mail.pk).delete()
    finally:
        if connection:
            with suppress(OSError):
                connection.close()
    return seconds_until_due()


def _connect() -> Any:
    """Return an open connection. Raise MailServerAway."""
    try:
        connection = get_connection()
        connection.open()
    except OSError as error:
        raise MailServerAway from error
    return connection


def _send(mail: QueuedMail, connection: Any) -> None:
    """Write a mail, in its language, and send it; one that is refused for good is logged. Raise MailServerAway."""
    with translation.override(mail.language or settings.LANGUAGE_CODE):
        message = message_builders[mail.kind](mail)
    if message is None:
        return
    message.extra_headers.setdefault("Auto-Submitted", "auto-generated")  # so that no automatic reply comes back
    message.connection = connection
    try:
        message.send()
    except REFUSALS as error:
        if not _is_permanent(error):
            raise
        logger.warning("a mail (%s) was refused: %s", mail.kind, error)
    except (OSError, SMTPException) as error:
        raise MailServerAway from error


def _is_permanent(error: SMTPException) -> bool:
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _text in error.recipients.values())
    return isinstance(error, SMTPResponseException) and error.smtp_code >= PERMANENT

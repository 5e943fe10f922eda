"""The mails about accounts."""

from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.mail.queue import builds_mail
from accounts.models import QueuedMail, User
from accounts.rate_limits import try_acquire
from accounts.services import make_email_token

MAILS_PER_HOUR = 10  # to one address, of those that strangers can have sent: nobody's mailbox is flooded


@builds_mail("password_reset")
def build_password_reset(mail: QueuedMail) -> EmailMessage | None:
    """The link to a new password, if there is somebody with this address: only here is that looked up."""
    user = User.objects.filter(email=mail.arguments["email"], is_active=True).first()
    if user is None or not user.has_usable_password() or not _may_send_to(user.email):
        return None
    path = reverse(
        "accounts:password_reset_confirm",
        args=[urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)],
    )
    # In the language of the profile, where it names one: whose address it is was not known before.
    with translation.override(user.language or translation.get_language()):
        return write_mail("accounts/mail/password_reset", user.email, name=user.username, link=_link(mail, path))


@builds_mail("verify_email")
def build_verify_email(mail: QueuedMail) -> EmailMessage | None:
    """The link that confirms an address; or, where it is somebody's already, word that it is."""
    email, user = mail.arguments["email"], mail.recipient
    if user is None or email not in (user.pending_email, user.email) or not _may_send_to(email):
        return None
    holder = User.objects.filter(email=email).exclude(pk=user.pk).first()
    context = {
        "name": user.username,
        "link": _link(mail, reverse("accounts:verify_email", args=[make_email_token(user=user, email=email)])),
        "holder": holder.username if holder else "",
        "reset_link": _link(mail, reverse("accounts:password_reset")),
    }
    if holder and holder.email_verified:
        return write_mail("accounts/mail/account_exists", email, **context)
    return write_mail("accounts/mail/verify_email", email, **context)


@builds_mail("email_changed")
def build_email_changed(mail: QueuedMail) -> EmailMessage | None:
    """Word to the address that an account had before."""
    name = mail.recipient.username if mail.recipient else ""
    return write_mail("accounts/mail/email_changed", mail.arguments["email"], name=name)


@builds_mail("password_changed")
def build_password_changed(mail: QueuedMail) -> EmailMessage | None:
    """Word that an account has another password."""
    user = mail.recipient
    if user is None or not (user.is_active and user.email):
        return None
    return write_mail("accounts/mail/password_changed", user.email, name=user.username)


def write_mail(template: str, address: str | None, **context: Any) -> EmailMessage:
    """Return the mail of the templates TEMPLATE_subject.txt and TEMPLATE.txt, in the language that is active."""
    context["site_name"] = settings.SITE_NAME
    subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
    return EmailMessage(subject, render_to_string(f"{template}.txt", context), to=[address or ""])


def _link(mail: QueuedMail, path: str) -> str:
    # Who sends may not be in a request: what reversed paths begin with differs between threads.
    below = path.removeprefix(get_script_prefix())
    return f"{mail.arguments['base_url']}{settings.SCRIPT_NAME}/{below}"


def _may_send_to(address: str | None) -> bool:
    key = sha256((address or "").encode()).hexdigest()
    return try_acquire(scope="mail", key=key, limit=MAILS_PER_HOUR)

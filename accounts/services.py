"""Everything that creates or deletes accounts."""

from datetime import timedelta

from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction

from accounts.mail.outbox import enqueue_mail
from accounts.models import Attempt, User, normalize_email
from accounts.signals import account_deletion

EMAIL_SALT = "accounts.verify_email"
EMAIL_LINK_MAX_AGE = timedelta(days=3)


class UsernameOrEmailTaken(Exception):
    """The user name or the e-mail address belongs to somebody else."""


class BadEmailLink(Exception):
    """A link to confirm an e-mail address is made up, too old, or about one that is no longer to be confirmed."""


def save_account(*, user: User) -> None:
    """Save a user. Raise UsernameOrEmailTaken where another was quicker: the form's check is no lock."""
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise UsernameOrEmailTaken from error


@transaction.atomic
def create_account(*, user: User, base_url: str) -> None:
    """Save a new user, whose e-mail address becomes theirs as `claim_email` says.

    Raise UsernameOrEmailTaken where the user name is taken; never for the address.
    """
    email, user.email = user.email or "", None
    save_account(user=user)
    claim_email(user=user, email=email, base_url=base_url)


def claim_email(*, user: User, email: str, base_url: str) -> None:
    """Give a user an e-mail address; do and say the same whether or not somebody else has it.

    With EMAIL_VERIFICATION it is theirs once they have opened the link that is sent there. Without, it is theirs at
    once, unless somebody else has it: then it is only noted.
    """
    email = normalize_email(email)
    user.pending_email = email
    if settings.EMAIL_VERIFICATION:
        User.objects.filter(pk=user.pk).update(pending_email=email)
        enqueue_mail("verify_email", recipient=user, email=email, base_url=base_url)
        return
    is_taken = User.objects.filter(email=email).exclude(pk=user.pk).exists()
    try:
        with transaction.atomic():
            _update_email(user, email=user.email if is_taken else email, pending_email=email if is_taken else "")
    except IntegrityError:  # another was quicker
        _update_email(user, pending_email=email)


def _update_email(user: User, **changes: str | None) -> None:
    if changes.get("email", user.email) != user.email:
        User.objects.filter(pk=user.pk).update(email_verified=False)
    User.objects.filter(pk=user.pk).update(**changes)
    user.refresh_from_db(fields=["email", "pending_email", "email_verified"])


def make_email_token(*, user: User, email: str) -> str:
    """Return what the link to confirm an address ends in."""
    return signing.dumps([user.pk, email], salt=EMAIL_SALT)


def read_email_token(token: str) -> tuple[User, str]:
    """Return whose address a link confirms, and which. Raise BadEmailLink."""
    try:
        key, email = signing.loads(token, salt=EMAIL_SALT, max_age=EMAIL_LINK_MAX_AGE)
        user = User.objects.get(pk=key, is_active=True)
    except (signing.BadSignature, User.DoesNotExist) as error:
        raise BadEmailLink from error
    if email not in (user.pending_email, user.email):
        raise BadEmailLink
    return user, email


@transaction.atomic
def verify_email(*, token: str) -> User:
    """Make the address of a link the user's own: who opens it reads the mails that go there. Raise BadEmailLink.

    Somebody who gave the address before, and never confirmed it, loses it; a confirmed one stays with whom it is.
    """
    found, email = read_email_token(token)
    holders = User.objects.filter(email=email).exclude(pk=found.pk).values_list("pk", flat=True)
    # In one order, as everywhere, and read again: another link may have been opened meanwhile.
    locked = {
        user.pk: user for user in User.objects.select_for_update().filter(pk__in=[found.pk, *holders]).order_by("pk")
    }
    user = locked.pop(found.pk, None)
    if user is None or email not in (user.pending_email, user.email):
        raise BadEmailLink
    for holder in locked.values():
        if holder.email == email and holder.email_verified:
            raise BadEmailLink
        User.objects.filter(pk=holder.pk, email=email).update(email=None, pending_email=email)
    if user.email and user.email != email:
        enqueue_mail("email_changed", recipient=user, email=user.email)
    user.email, user.email_verified, user.pending_email = email, True, ""
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "email_verified", "pending_email"])
    except IntegrityError as error:  # another was quicker
        raise BadEmailLink from error
    return user


@transaction.atomic
def delete_account(*, user: User) -> None:
    """Delete a user with all their pictures, and what the site noted about their log-ins and uploads."""
    # Locked first: an upload under way is either seen and deleted here, or finds no owner any more.
    locked = User.objects.select_for_update().filter(pk=user.pk).first()
    if locked is None:  # a second click
        return
    account_deletion.send(sender=User, user=locked)
    AccessLog.objects.filter(username=locked.username).delete()
    AccessAttempt.objects.filter(username=locked.username_key).delete()
    Attempt.objects.filter(key=str(locked.pk)).delete()
    locked.delete()

"""Everything that creates or deletes accounts."""

from axes.models import AccessAttempt, AccessLog
from django.db import IntegrityError, transaction

from accounts.models import Attempt, User
from accounts.signals import account_deletion


class UsernameOrEmailTaken(Exception):
    """The user name or the e-mail address belongs to somebody else."""


def save_account(*, user: User) -> None:
    """Save a user. Raise UsernameOrEmailTaken where another was quicker: the form's check is no lock."""
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise UsernameOrEmailTaken from error


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

"""What visitors do with an exhibit: they like it, or report it to staff."""

from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts.models import User
from gallery.locks import ObjectDeleted, lock_exhibit, lock_user
from gallery.models import Decision, Exhibit, ExhibitState, Like, ModerationAction, Report


def _lock_published(user: User, exhibit: Exhibit) -> Exhibit:
    lock_user(user.pk)
    locked = lock_exhibit(exhibit.work_key)
    if not locked.is_public:
        raise ObjectDeleted
    return locked


@transaction.atomic
def set_like(*, exhibit: Exhibit, user: User, is_liked: bool) -> int:
    """Like an exhibit, or take the like back; return the number of likes. Raise ObjectDeleted.

    Doing either twice changes nothing.
    """
    locked = _lock_published(user, exhibit)
    if is_liked:
        change = int(Like.objects.get_or_create(exhibit=locked, user=user)[1])
    else:
        change = -Like.objects.filter(exhibit=locked, user=user).delete()[0]
    locked.likes = max(0, locked.likes + change)
    locked.save(update_fields=["likes"])
    return locked.likes


@transaction.atomic
def report_exhibit(*, exhibit: Exhibit, reporter: User, reason: str, text: str) -> bool:
    """Report an exhibit to staff; return whether it is this person's first report of it. Raise ObjectDeleted.

    Enough reports hide the exhibit.
    """
    locked = _lock_published(reporter, exhibit)
    _report, is_new = Report.objects.get_or_create(
        exhibit=locked, reporter=reporter, defaults={"reason": reason, "text": text}
    )
    if is_new and locked.reports.filter(is_resolved=False).count() >= settings.REPORTS_TO_HIDE:
        locked.state = ExhibitState.HIDDEN
        locked.save(update_fields=["state"])
        Decision.for_exhibit(locked, ModerationAction.HIDE).save()
    return is_new


def delete_reactions(*, user: User) -> None:
    """Delete a person's likes and reports, before they are deleted. The exhibits are locked; see `gallery.locks`."""
    # Never below 0, even where a count was wrong before: no database takes that.
    Exhibit.objects.filter(likings__user=user, likes__gt=0).update(likes=F("likes") - 1)
    Like.objects.filter(user=user).delete()
    Report.objects.filter(reporter=user).delete()

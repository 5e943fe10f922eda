"""Staff decide about exhibits. Every act is written down with who, when and why."""

from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction
from django.utils import timezone

from accounts.models import User

from ..models import Act, Decision, Exhibit, State, Work
from ..notices import tell_owners
from .locks import Gone, lock_person
from .works import delete_works

STATES = {Act.PUBLISH: State.PUBLISHED, Act.REJECT: State.REJECTED, Act.HIDE: State.HIDDEN}


@transaction.atomic
def decide(*, exhibits: Iterable[Exhibit], act: Act, by: User, reason: str = "") -> list[Exhibit]:
    """Publish, reject or hide; the exhibits that were changed. What its owner has taken back is left alone.

    Reports are settled also where staff find that nothing has to change.
    """
    lock_person(by.pk)
    ids = [exhibit.pk for exhibit in exhibits]
    chosen = Exhibit.objects.select_for_update().filter(pk__in=ids).exclude(state=State.WITHDRAWN).order_by("pk")
    changed = []
    for exhibit in chosen:
        settled = exhibit.reports.filter(settled=False).update(settled=True)
        if exhibit.state != STATES[act] or exhibit.reason != reason:
            _change(exhibit, act, reason)
            changed.append(exhibit)
        elif not settled:
            continue
        _note(act, exhibit.work, by, reason)
    tell_owners(changed, act)
    return changed


def _change(exhibit: Exhibit, act: Act, reason: str) -> None:
    exhibit.state, exhibit.reason = STATES[act], reason
    if act == Act.PUBLISH:
        exhibit.published = exhibit.published or timezone.now()
    exhibit.save(update_fields=["state", "reason", "published"])


def _note(act: Act, work: Work, by: User, reason: str) -> None:
    Decision.objects.create(act=act, work=work, work_key=work.pk, by=by, reason=reason)


def delete(*, works: Iterable[Work], by: User, reason: str = "") -> int:
    """Delete works of any owners with their files; those that are gone already are passed over. The number of works."""
    count = 0
    for work in works:
        with suppress(Gone, User.DoesNotExist), transaction.atomic():
            if delete_works(owner=work.owner, works=[work]):
                Decision.objects.create(act=Act.DELETE, work_key=work.pk, by=by, reason=reason)
                count += 1
    return count

"""Staff decide about exhibits. Every act is written down with who, when and why."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from gallery.locks import ObjectDeleted, lock_exhibits, lock_people, lock_person
from gallery.models import Act, Decision, Exhibit, Report, State, Video, VideoJob, Work
from gallery.moderation.notices import tell_owners
from gallery.photos.services import delete_works
from gallery.videos.services import delete_job, delete_video

STATES = {Act.PUBLISH: State.PUBLISHED, Act.REJECT: State.REJECTED, Act.HIDE: State.HIDDEN}
Seen = Mapping[int, datetime]  # the key of an exhibit, and its `submitted` when somebody looked at it


@dataclass(frozen=True)
class Outcome:
    """What became of a decision. Nothing is decided about exhibits that nobody looked at as they are now."""

    changed: list[Exhibit] = field(default_factory=list)
    outdated: list[Exhibit] = field(default_factory=list)  # changed by their owners since somebody looked
    unseen: list[Exhibit] = field(default_factory=list)


def decide(
    *, exhibits: Iterable[Exhibit], act: Act, by: User, reason: str = "", seen: Seen | None = None
) -> list[Exhibit]:
    """`decide_about` for those who only ask what was changed."""
    return decide_about(exhibits=exhibits, act=act, by=by, reason=reason, seen=seen).changed


@transaction.atomic
def decide_about(
    *, exhibits: Iterable[Exhibit], act: Act, by: User, reason: str = "", seen: Seen | None = None
) -> Outcome:
    """Publish, reject or hide. What its owner has taken back is left alone. `seen` is None where it does not matter.

    Reports are settled also where staff find that nothing has to change. Raises Gone where `by` is.
    """
    lock_person(by.pk)
    outcome = Outcome()
    for some in lock_exhibits(exhibit.pk for exhibit in exhibits):
        submitted = [exhibit for exhibit in some if exhibit.state != State.WITHDRAWN]
        looked_at = submitted if seen is None else _looked_at(submitted, seen, outcome)
        outcome.changed.extend(_decide(looked_at, act, by, reason))
    tell_owners(outcome.changed, act)
    return outcome


def _looked_at(exhibits: list[Exhibit], seen: Seen, outcome: Outcome) -> list[Exhibit]:
    """Those that are still what was seen; the others are noted."""
    same = []
    for exhibit in exhibits:
        if exhibit.pk not in seen:
            outcome.unseen.append(exhibit)
        elif exhibit.submitted != seen[exhibit.pk]:
            outcome.outdated.append(exhibit)
        else:
            same.append(exhibit)
    return same


def _decide(exhibits: list[Exhibit], act: Act, by: User, reason: str) -> list[Exhibit]:
    """Those that were changed. They are locked; of any number it asks the database as often as of one."""
    changed = [exhibit for exhibit in exhibits if exhibit.state != STATES[act] or exhibit.reason != reason]
    reported = _settle(exhibits)
    _change(changed, act, reason)
    keys = {exhibit.pk for exhibit in changed} | reported
    Decision.objects.bulk_create(Decision.about(exhibit, act, by, reason) for exhibit in exhibits if exhibit.pk in keys)
    return changed


def _settle(exhibits: list[Exhibit]) -> set[int]:
    """Settle all reports of these; the keys of those that had any."""
    unsettled = Report.objects.filter(exhibit__in=exhibits, settled=False)
    reported = set(unsettled.values_list("exhibit_id", flat=True))
    if reported:
        unsettled.update(settled=True)
    return reported


def _change(exhibits: list[Exhibit], act: Act, reason: str) -> None:
    now = timezone.now()
    for exhibit in exhibits:
        exhibit.state, exhibit.reason = STATES[act], reason
        if act == Act.PUBLISH:
            exhibit.published = exhibit.published or now
    rows = Exhibit.objects.filter(pk__in=[exhibit.pk for exhibit in exhibits])
    rows.update(state=STATES[act], reason=reason)
    if act == Act.PUBLISH:
        rows.filter(published=None).update(published=now)


def delete(*, works: Iterable[Work | Video | VideoJob], by: User, reason: str = "") -> int:
    """Delete what people made here with its files; what is gone already is passed over. How many there were."""
    count = 0
    for work in works:
        with suppress(ObjectDeleted, User.DoesNotExist), transaction.atomic():
            lock_people(work.owner_id, by.pk)
            if _delete(work):
                Decision.objects.create(act=Act.DELETE, work_key=work.pk, by=by, reason=reason)
                count += 1
    return count


def _delete(work: Work | Video | VideoJob) -> bool:
    """Whether it was there. Raises Gone where its owner is."""
    if isinstance(work, Work):
        return bool(delete_works(owner=work.owner, works=[work]))
    return delete_video(work) if isinstance(work, Video) else delete_job(work)

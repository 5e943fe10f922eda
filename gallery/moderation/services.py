"""Staff decide about exhibits. Every action is written down with who, when and why."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from gallery.locks import ObjectDeleted, lock_exhibits, lock_user, lock_users
from gallery.models import Decision, Exhibit, ExhibitState, ModerationAction, Report, Video, VideoJob, Work
from gallery.moderation.notices import notify_owners
from gallery.photos.services import delete_works
from gallery.videos.services import delete_job, delete_video

RESULTING_STATES = {
    ModerationAction.PUBLISH: ExhibitState.PUBLISHED,
    ModerationAction.REJECT: ExhibitState.REJECTED,
    ModerationAction.HIDE: ExhibitState.HIDDEN,
}
SeenVersions = Mapping[int, datetime]  # the key of an exhibit, and its `submitted` when somebody looked at it


@dataclass(frozen=True)
class DecisionOutcome:
    """What became of a decision. Nothing is decided about exhibits that nobody looked at as they are now."""

    changed: list[Exhibit] = field(default_factory=list)
    outdated: list[Exhibit] = field(default_factory=list)  # changed by their owners since somebody looked
    unseen: list[Exhibit] = field(default_factory=list)


def decide(
    *,
    exhibits: Iterable[Exhibit],
    action: ModerationAction,
    decided_by: User,
    reason: str = "",
    seen: SeenVersions | None = None,
) -> list[Exhibit]:
    """`decide_about` for those who only ask what was changed."""
    return decide_about(exhibits=exhibits, action=action, decided_by=decided_by, reason=reason, seen=seen).changed


@transaction.atomic
def decide_about(
    *,
    exhibits: Iterable[Exhibit],
    action: ModerationAction,
    decided_by: User,
    reason: str = "",
    seen: SeenVersions | None = None,
) -> DecisionOutcome:
    """Publish, reject or hide. What its owner has taken back is left alone. `seen` is None where it does not matter.

    Reports are settled also where staff find that nothing has to change. Raises ObjectDeleted where `decided_by` is.
    """
    lock_user(decided_by.pk)
    outcome = DecisionOutcome()
    for some in lock_exhibits(exhibit.pk for exhibit in exhibits):
        submitted = [exhibit for exhibit in some if exhibit.state != ExhibitState.WITHDRAWN]
        looked_at = submitted if seen is None else _looked_at(submitted, seen, outcome)
        outcome.changed.extend(_decide(looked_at, action, decided_by, reason))
    notify_owners(outcome.changed, action)
    return outcome


def _looked_at(exhibits: list[Exhibit], seen: SeenVersions, outcome: DecisionOutcome) -> list[Exhibit]:
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


def _decide(exhibits: list[Exhibit], action: ModerationAction, decided_by: User, reason: str) -> list[Exhibit]:
    """Those that were changed. They are locked; of any number it asks the database as often as of one."""
    changed = [exhibit for exhibit in exhibits if exhibit.state != RESULTING_STATES[action] or exhibit.reason != reason]
    reported = _settle(exhibits)
    _change(changed, action, reason)
    keys = {exhibit.pk for exhibit in changed} | reported
    Decision.objects.bulk_create(
        Decision.for_exhibit(exhibit, action, decided_by, reason) for exhibit in exhibits if exhibit.pk in keys
    )
    return changed


def _settle(exhibits: list[Exhibit]) -> set[int]:
    """Settle all reports of these; the keys of those that had any."""
    unsettled = Report.objects.filter(exhibit__in=exhibits, settled=False)
    reported = set(unsettled.values_list("exhibit_id", flat=True))
    if reported:
        unsettled.update(settled=True)
    return reported


def _change(exhibits: list[Exhibit], action: ModerationAction, reason: str) -> None:
    now = timezone.now()
    for exhibit in exhibits:
        exhibit.state, exhibit.reason = RESULTING_STATES[action], reason
        if action == ModerationAction.PUBLISH:
            exhibit.published = exhibit.published or now
    rows = Exhibit.objects.filter(pk__in=[exhibit.pk for exhibit in exhibits])
    rows.update(state=RESULTING_STATES[action], reason=reason)
    if action == ModerationAction.PUBLISH:
        rows.filter(published=None).update(published=now)


def delete_by_staff(*, works: Iterable[Work | Video | VideoJob], decided_by: User, reason: str = "") -> int:
    """Delete what people made here with its files; what is gone already is passed over. How many there were."""
    count = 0
    for work in works:
        with suppress(ObjectDeleted, User.DoesNotExist), transaction.atomic():
            lock_users(work.owner_id, decided_by.pk)
            if _delete(work):
                Decision.objects.create(
                    action=ModerationAction.DELETE, work_key=work.pk, decided_by=decided_by, reason=reason
                )
                count += 1
    return count


def _delete(work: Work | Video | VideoJob) -> bool:
    """Whether it was there. Raises ObjectDeleted where its owner is."""
    if isinstance(work, Work):
        return bool(delete_works(owner=work.owner, works=[work]))
    return delete_video(work) if isinstance(work, Video) else delete_job(work)

"""Staff decide about exhibits, and delete works. Every action is logged as a Decision: who, when and why."""

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
SeenVersions = Mapping[int, datetime]  # by an exhibit's key: its `submitted` when the page that staff saw was made


@dataclass(frozen=True)
class DecisionOutcome:
    """What became of a decision. Exhibits that staff did not see as they are now are left as they are."""

    changed: list[Exhibit] = field(default_factory=list)
    outdated: list[Exhibit] = field(default_factory=list)  # changed by their owners since staff saw them
    unseen: list[Exhibit] = field(default_factory=list)


@transaction.atomic
def decide(
    *,
    exhibits: Iterable[Exhibit],
    action: ModerationAction,
    decided_by: User,
    reason: str = "",
    seen_versions: SeenVersions | None = None,
) -> DecisionOutcome:
    """Publish, reject or hide exhibits; those that their owners have taken back are left alone.

    With `seen_versions`, nothing is decided about what staff did not see as it is now. Reports are resolved also where
    nothing has to change. Raise ObjectDeleted where the account of `decided_by` is deleted.
    """
    lock_user(decided_by.pk)
    outcome = DecisionOutcome()
    for batch in lock_exhibits(exhibit.pk for exhibit in exhibits):
        submitted = [exhibit for exhibit in batch if exhibit.state != ExhibitState.WITHDRAWN]
        if seen_versions is not None:
            submitted = _select_seen(submitted, seen_versions, outcome)
        outcome.changed.extend(_decide_locked(submitted, action, decided_by, reason))
    notify_owners(outcome.changed, action)
    return outcome


def _select_seen(exhibits: list[Exhibit], seen_versions: SeenVersions, outcome: DecisionOutcome) -> list[Exhibit]:
    """Return the exhibits that are still as staff saw them; add the others to the outcome."""
    same = []
    for exhibit in exhibits:
        if exhibit.pk not in seen_versions:
            outcome.unseen.append(exhibit)
        elif exhibit.submitted != seen_versions[exhibit.pk]:
            outcome.outdated.append(exhibit)
        else:
            same.append(exhibit)
    return same


def _decide_locked(exhibits: list[Exhibit], action: ModerationAction, decided_by: User, reason: str) -> list[Exhibit]:
    """Decide about locked exhibits, with the same number of queries for one as for many; return the changed ones."""
    state = RESULTING_STATES[action]
    changed = [exhibit for exhibit in exhibits if exhibit.state != state or exhibit.reason != reason]
    reported = _resolve_reports(exhibits)
    _update(changed, state, reason)
    keys = {exhibit.pk for exhibit in changed} | reported
    Decision.objects.bulk_create(
        Decision.for_exhibit(exhibit, action, decided_by, reason) for exhibit in exhibits if exhibit.pk in keys
    )
    return changed


def _resolve_reports(exhibits: list[Exhibit]) -> set[int]:
    """Resolve all reports of exhibits; return the keys of those that had any."""
    unresolved = Report.objects.filter(exhibit__in=exhibits, is_resolved=False)
    reported = set(unresolved.values_list("exhibit_id", flat=True))
    if reported:
        unresolved.update(is_resolved=True)
    return reported


def _update(exhibits: list[Exhibit], state: ExhibitState, reason: str) -> None:
    now = timezone.now()
    for exhibit in exhibits:
        exhibit.state, exhibit.reason = state, reason
        if state == ExhibitState.PUBLISHED:
            exhibit.published = exhibit.published or now
    rows = Exhibit.objects.filter(pk__in=[exhibit.pk for exhibit in exhibits])
    rows.update(state=state, reason=reason)
    if state == ExhibitState.PUBLISHED:
        rows.filter(published=None).update(published=now)


def delete_by_staff(*, works: Iterable[Work | Video | VideoJob], decided_by: User, reason: str = "") -> int:
    """Delete works, videos or conversions with their files; return how many of them still existed."""
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
    """Return whether it existed. Raise ObjectDeleted where its owner's account is deleted."""
    if isinstance(work, Work):
        return bool(delete_works(owner=work.owner, works=[work]))
    return delete_video(work) if isinstance(work, Video) else delete_job(work)

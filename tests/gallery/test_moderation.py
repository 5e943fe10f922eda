"""Staff decide: what becomes of the exhibit and its reports, and what is written down."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings

from accounts.models import User
from gallery.locks import ObjectDeleted
from gallery.models import Decision, Exhibit, ExhibitState, Like, ModerationAction, Photo, Report, Work
from gallery.moderation.services import decide, delete_by_staff
from gallery.showcase.reactions import report_exhibit, set_like
from tests.gallery.exhibits import NOON, show
from tests.threads import at_once

pytestmark = pytest.mark.mariadb

WHY = "A stranger is in it"


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_user("Staff", "staff@example.com", "x", is_staff=True)


def states() -> list[str]:
    return list(Exhibit.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize(
    ("action", "state"),
    [
        (ModerationAction.PUBLISH, ExhibitState.PUBLISHED),
        (ModerationAction.REJECT, ExhibitState.REJECTED),
        (ModerationAction.HIDE, ExhibitState.HIDDEN),
    ],
)
def test_an_action_changes_the_state_and_is_written_down(
    owner: User, staff: User, action: ModerationAction, state: ExhibitState
) -> None:
    exhibit = show(owner, state=ExhibitState.WAITING, published=None)
    assert decide(exhibits=[exhibit], action=action, decided_by=staff, reason=WHY).changed == [exhibit]
    exhibit.refresh_from_db()
    assert (exhibit.state, exhibit.reason) == (state, WHY)
    assert (exhibit.published is not None) == (action == ModerationAction.PUBLISH)
    decision = Decision.objects.get()
    assert (decision.action, decision.work, decision.decided_by, decision.reason) == (action, exhibit.work, staff, WHY)


def test_what_is_published_again_keeps_its_first_date(owner: User, staff: User) -> None:
    exhibit = show(owner, state=ExhibitState.HIDDEN)
    decide(exhibits=[exhibit], action=ModerationAction.PUBLISH, decided_by=staff)
    exhibit.refresh_from_db()
    assert exhibit.published == NOON


def test_an_approval_wipes_the_reason_of_an_earlier_refusal(owner: User, staff: User) -> None:
    exhibit = show(owner, state=ExhibitState.WAITING)
    decide(exhibits=[exhibit], action=ModerationAction.REJECT, decided_by=staff, reason=WHY)
    decide(exhibits=[exhibit], action=ModerationAction.PUBLISH, decided_by=staff)
    exhibit.refresh_from_db()
    assert exhibit.reason == ""


def test_many_are_decided_together(owner: User, staff: User) -> None:
    exhibits = [show(owner, state=ExhibitState.WAITING) for _ in range(3)]
    show(owner, state=ExhibitState.WAITING)
    assert decide(exhibits=exhibits, action=ModerationAction.REJECT, decided_by=staff).changed == exhibits
    assert states() == ["rejected"] * 3 + ["waiting"]
    assert Decision.objects.count() == 3


@pytest.mark.parametrize("action", [ModerationAction.PUBLISH, ModerationAction.REJECT, ModerationAction.HIDE])
def test_what_its_owner_has_taken_back_is_left_alone(owner: User, staff: User, action: ModerationAction) -> None:
    exhibit = show(owner, state=ExhibitState.WAITING)
    Exhibit.objects.update(state=ExhibitState.WITHDRAWN)  # while staff still see it
    assert decide(exhibits=[exhibit], action=action, decided_by=staff).changed == []
    assert states() == ["withdrawn"]
    assert not Decision.objects.exists()


def test_the_same_decision_twice_is_one(owner: User, staff: User) -> None:
    exhibit = show(owner, state=ExhibitState.WAITING)
    decide(exhibits=[exhibit], action=ModerationAction.REJECT, decided_by=staff, reason=WHY)
    assert decide(exhibits=[exhibit], action=ModerationAction.REJECT, decided_by=staff, reason=WHY).changed == []
    assert Decision.objects.count() == 1


def test_a_decision_keeps_what_happened_meanwhile(owner: User, other: User, staff: User) -> None:
    exhibit = show(owner)
    set_like(exhibit=exhibit, user=other, is_liked=True)
    decide(exhibits=[exhibit], action=ModerationAction.HIDE, decided_by=staff)  # `exhibit` here knows of no like
    exhibit.refresh_from_db()
    assert exhibit.likes == 1


# --- Reports ---


@pytest.mark.parametrize("action", [ModerationAction.REJECT, ModerationAction.HIDE])
def test_a_decision_resolves_the_reports(owner: User, other: User, staff: User, action: ModerationAction) -> None:
    exhibit, untouched = show(owner), show(owner)
    for reported in (exhibit, untouched):
        report_exhibit(exhibit=reported, reporter=other, reason="other", text="")
    decide(exhibits=[exhibit], action=action, decided_by=staff)
    assert dict(Report.objects.values_list("exhibit", "is_resolved")) == {exhibit.pk: True, untouched.pk: False}


def test_staff_who_find_nothing_wrong_resolve_the_reports_too(owner: User, other: User, staff: User) -> None:
    exhibit = show(owner)
    report_exhibit(exhibit=exhibit, reporter=other, reason="other", text="")
    outcome = decide(exhibits=[exhibit], action=ModerationAction.PUBLISH, decided_by=staff)
    assert outcome.changed == []  # it was published all the time
    assert Report.objects.get().is_resolved
    assert Decision.objects.get().action == ModerationAction.PUBLISH


def test_what_reports_hid_may_be_shown_again(owner: User, other: User, staff: User, settings: LazySettings) -> None:
    settings.REPORTS_TO_HIDE = 1
    exhibit = show(owner)
    report_exhibit(exhibit=exhibit, reporter=other, reason="other", text="")
    assert decide(exhibits=[exhibit], action=ModerationAction.PUBLISH, decided_by=staff).changed == [exhibit]
    assert states() == ["published"]
    assert Report.objects.get().is_resolved


# --- Deleting ---


def test_deleting_takes_works_of_any_owner_and_is_written_down(owner: User, other: User, staff: User) -> None:
    works = [show(person).work for person in (owner, other)]
    kept = show(owner).work
    set_like(exhibit=kept.exhibit, user=other, is_liked=True)
    assert delete_by_staff(works=works, decided_by=staff, reason=WHY) == 2
    assert list(Work.objects.all()) == [kept]
    assert Photo.objects.count() == Exhibit.objects.count() == Like.objects.count() == 1
    noted = set(Decision.objects.values_list("action", "work", "work_key", "decided_by", "reason"))
    assert noted == {(ModerationAction.DELETE, None, work.pk, staff.pk, WHY) for work in works}


def test_a_deleted_work_keeps_its_history(owner: User, staff: User) -> None:
    exhibit = show(owner)
    decide(exhibits=[exhibit], action=ModerationAction.HIDE, decided_by=staff, reason=WHY)
    delete_by_staff(works=[exhibit.work], decided_by=staff)
    history = list(Decision.objects.order_by("pk").values_list("action", "work", "work_key"))
    assert history == [(ModerationAction.HIDE, None, exhibit.work_id), (ModerationAction.DELETE, None, exhibit.work_id)]


def test_files_go_with_the_work(
    work: Work, staff: User, media: Callable[[], list[str]], django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        delete_by_staff(works=[work], decided_by=staff)
    assert media() == []


def test_what_is_gone_already_stops_nothing_and_is_not_written_down(owner: User, other: User, staff: User) -> None:
    gone, of_nobody, kept = show(owner).work, show(other).work, show(owner).work
    works = list(Work.objects.filter(pk__in=[gone.pk, of_nobody.pk, kept.pk]))
    Work.objects.filter(pk=gone.pk).delete()
    User.objects.filter(pk=other.pk).delete()
    assert delete_by_staff(works=works, decided_by=staff) == 1
    assert Decision.objects.get().work_key == kept.pk


def test_a_decision_stays_when_the_person_who_took_it_goes(owner: User, staff: User) -> None:
    decide(exhibits=[show(owner)], action=ModerationAction.HIDE, decided_by=staff)
    staff.delete()
    assert Decision.objects.get().decided_by is None


def test_somebody_who_was_deleted_meanwhile_decides_nothing(owner: User, staff: User) -> None:
    exhibit, stale = show(owner), User.objects.get(pk=staff.pk)
    staff.delete()
    with pytest.raises(ObjectDeleted):
        decide(exhibits=[exhibit], action=ModerationAction.HIDE, decided_by=stale)
    assert states() == ["published"]


# --- At the same time ---


@pytest.mark.django_db(transaction=True)
def test_two_of_staff_who_decide_the_same_at_once_are_one_decision(owner: User, staff: User, other: User) -> None:
    for _ in range(3):
        exhibits = [show(owner, state=ExhibitState.WAITING) for _ in range(3)]
        first, second = at_once(
            lambda some=exhibits: decide(exhibits=some, action=ModerationAction.PUBLISH, decided_by=staff),
            lambda some=exhibits: decide(exhibits=some[::-1], action=ModerationAction.PUBLISH, decided_by=other),
        )
        assert sorted([len(first.changed), len(second.changed)]) == [0, 3]
        assert Decision.objects.filter(work__exhibit__in=exhibits).count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_of_staff_who_delete_the_same_at_once_delete_it_once(owner: User, staff: User, other: User) -> None:
    for _ in range(3):
        works = [show(owner).work for _ in range(3)]
        counts = at_once(
            *(
                lambda person=person, some=works: delete_by_staff(works=some, decided_by=person)
                for person in (staff, other)
            )
        )
        assert sum(counts) == 3, counts
    assert Decision.objects.count() == 9

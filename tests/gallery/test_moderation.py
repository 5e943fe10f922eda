"""Staff decide: what becomes of the exhibit and its reports, and what is written down."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings

from accounts.models import User
from gallery.locks import ObjectDeleted
from gallery.models import Act, Decision, Exhibit, Like, Photo, Report, State, Work
from gallery.moderation.services import decide, delete
from gallery.showcase.reactions import like, report
from tests.gallery.exhibits import NOON, show
from tests.threads import at_once

WHY = "A stranger is in it"


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_user("Staff", "staff@example.com", "x", is_staff=True)


def states() -> list[str]:
    return list(Exhibit.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize(
    ("act", "state"),
    [(Act.PUBLISH, State.PUBLISHED), (Act.REJECT, State.REJECTED), (Act.HIDE, State.HIDDEN)],
)
def test_an_act_changes_the_state_and_is_written_down(owner: User, staff: User, act: Act, state: State) -> None:
    exhibit = show(owner, state=State.WAITING, published=None)
    assert decide(exhibits=[exhibit], act=act, by=staff, reason=WHY) == [exhibit]
    exhibit.refresh_from_db()
    assert (exhibit.state, exhibit.reason) == (state, WHY)
    assert (exhibit.published is not None) == (act == Act.PUBLISH)
    decision = Decision.objects.get()
    assert (decision.act, decision.work, decision.by, decision.reason) == (act, exhibit.work, staff, WHY)


def test_what_is_published_again_keeps_its_first_date(owner: User, staff: User) -> None:
    exhibit = show(owner, state=State.HIDDEN)
    decide(exhibits=[exhibit], act=Act.PUBLISH, by=staff)
    exhibit.refresh_from_db()
    assert exhibit.published == NOON


def test_an_approval_wipes_the_reason_of_an_earlier_refusal(owner: User, staff: User) -> None:
    exhibit = show(owner, state=State.WAITING)
    decide(exhibits=[exhibit], act=Act.REJECT, by=staff, reason=WHY)
    decide(exhibits=[exhibit], act=Act.PUBLISH, by=staff)
    exhibit.refresh_from_db()
    assert exhibit.reason == ""


def test_many_are_decided_together(owner: User, staff: User) -> None:
    exhibits = [show(owner, state=State.WAITING) for _ in range(3)]
    show(owner, state=State.WAITING)
    assert decide(exhibits=exhibits, act=Act.REJECT, by=staff) == exhibits
    assert states() == ["rejected"] * 3 + ["waiting"]
    assert Decision.objects.count() == 3


@pytest.mark.parametrize("act", [Act.PUBLISH, Act.REJECT, Act.HIDE])
def test_what_its_owner_has_taken_back_is_left_alone(owner: User, staff: User, act: Act) -> None:
    exhibit = show(owner, state=State.WAITING)
    Exhibit.objects.update(state=State.WITHDRAWN)  # while staff still see it
    assert decide(exhibits=[exhibit], act=act, by=staff) == []
    assert states() == ["withdrawn"]
    assert not Decision.objects.exists()


def test_the_same_decision_twice_is_one(owner: User, staff: User) -> None:
    exhibit = show(owner, state=State.WAITING)
    decide(exhibits=[exhibit], act=Act.REJECT, by=staff, reason=WHY)
    assert decide(exhibits=[exhibit], act=Act.REJECT, by=staff, reason=WHY) == []
    assert Decision.objects.count() == 1


def test_a_decision_keeps_what_happened_meanwhile(owner: User, other: User, staff: User) -> None:
    exhibit = show(owner)
    like(exhibit=exhibit, user=other, on=True)
    decide(exhibits=[exhibit], act=Act.HIDE, by=staff)  # `exhibit` here knows of no like
    exhibit.refresh_from_db()
    assert exhibit.likes == 1


# --- Reports ---


@pytest.mark.parametrize("act", [Act.REJECT, Act.HIDE])
def test_a_decision_settles_the_reports(owner: User, other: User, staff: User, act: Act) -> None:
    exhibit, untouched = show(owner), show(owner)
    for reported in (exhibit, untouched):
        report(exhibit=reported, reporter=other, complaint="other", text="")
    decide(exhibits=[exhibit], act=act, by=staff)
    assert dict(Report.objects.values_list("exhibit", "settled")) == {exhibit.pk: True, untouched.pk: False}


def test_staff_who_find_nothing_wrong_settle_the_reports_too(owner: User, other: User, staff: User) -> None:
    exhibit = show(owner)
    report(exhibit=exhibit, reporter=other, complaint="other", text="")
    assert decide(exhibits=[exhibit], act=Act.PUBLISH, by=staff) == []  # it was published all the time
    assert Report.objects.get().settled
    assert Decision.objects.get().act == Act.PUBLISH


def test_what_reports_hid_may_be_shown_again(owner: User, other: User, staff: User, settings: LazySettings) -> None:
    settings.REPORTS_TO_HIDE = 1
    exhibit = show(owner)
    report(exhibit=exhibit, reporter=other, complaint="other", text="")
    assert decide(exhibits=[exhibit], act=Act.PUBLISH, by=staff) == [exhibit]
    assert states() == ["published"]
    assert Report.objects.get().settled


# --- Deleting ---


def test_deleting_takes_works_of_any_owner_and_is_written_down(owner: User, other: User, staff: User) -> None:
    works = [show(person).work for person in (owner, other)]
    kept = show(owner).work
    like(exhibit=kept.exhibit, user=other, on=True)
    assert delete(works=works, by=staff, reason=WHY) == 2
    assert list(Work.objects.all()) == [kept]
    assert Photo.objects.count() == Exhibit.objects.count() == Like.objects.count() == 1
    noted = set(Decision.objects.values_list("act", "work", "work_key", "by", "reason"))
    assert noted == {(Act.DELETE, None, work.pk, staff.pk, WHY) for work in works}


def test_a_deleted_work_keeps_its_history(owner: User, staff: User) -> None:
    exhibit = show(owner)
    decide(exhibits=[exhibit], act=Act.HIDE, by=staff, reason=WHY)
    delete(works=[exhibit.work], by=staff)
    history = list(Decision.objects.order_by("pk").values_list("act", "work", "work_key"))
    assert history == [(Act.HIDE, None, exhibit.work_id), (Act.DELETE, None, exhibit.work_id)]


def test_files_go_with_the_work(
    work: Work, staff: User, media: Callable[[], list[str]], django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        delete(works=[work], by=staff)
    assert media() == []


def test_what_is_gone_already_stops_nothing_and_is_not_written_down(owner: User, other: User, staff: User) -> None:
    gone, of_nobody, there = show(owner).work, show(other).work, show(owner).work
    works = list(Work.objects.filter(pk__in=[gone.pk, of_nobody.pk, there.pk]))
    Work.objects.filter(pk=gone.pk).delete()
    User.objects.filter(pk=other.pk).delete()
    assert delete(works=works, by=staff) == 1
    assert Decision.objects.get().work_key == there.pk


def test_a_decision_stays_when_the_person_who_took_it_goes(owner: User, staff: User) -> None:
    decide(exhibits=[show(owner)], act=Act.HIDE, by=staff)
    staff.delete()
    assert Decision.objects.get().by is None


def test_somebody_who_was_deleted_meanwhile_decides_nothing(owner: User, staff: User) -> None:
    exhibit, stale = show(owner), User.objects.get(pk=staff.pk)
    staff.delete()
    with pytest.raises(ObjectDeleted):
        decide(exhibits=[exhibit], act=Act.HIDE, by=stale)
    assert states() == ["published"]


# --- At the same time ---


@pytest.mark.django_db(transaction=True)
def test_two_of_staff_who_decide_the_same_at_once_are_one_decision(owner: User, staff: User, other: User) -> None:
    for _ in range(3):
        exhibits = [show(owner, state=State.WAITING) for _ in range(3)]
        first, second = at_once(
            lambda some=exhibits: decide(exhibits=some, act=Act.PUBLISH, by=staff),
            lambda some=exhibits: decide(exhibits=some[::-1], act=Act.PUBLISH, by=other),
        )
        assert sorted([len(first), len(second)]) == [0, 3]
        assert Decision.objects.filter(work__exhibit__in=exhibits).count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_of_staff_who_delete_the_same_at_once_delete_it_once(owner: User, staff: User, other: User) -> None:
    for _ in range(3):
        works = [show(owner).work for _ in range(3)]
        counts = at_once(*(lambda by=by, some=works: delete(works=some, by=by) for by in (staff, other)))
        assert sum(counts) == 3, counts
    assert Decision.objects.count() == 9

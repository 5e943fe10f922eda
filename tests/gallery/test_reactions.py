"""Likes and reports: what each does once, what it does not do twice, and what many at once come to."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings

from accounts.models import User
from accounts.services import delete_account
from gallery.locks import ObjectDeleted
from gallery.models import Decision, Exhibit, ExhibitState, Like, ModerationAction, Report
from gallery.photos.services import delete_works
from gallery.showcase.reactions import report_exhibit, set_like
from tests.gallery.exhibits import show
from tests.threads import at_once

pytestmark = pytest.mark.mariadb

NOT_PUBLIC = [state for state in ExhibitState.values if state != ExhibitState.PUBLISHED]


@pytest.fixture
def exhibit(owner: User) -> Exhibit:
    return show(owner)


def people(count: int) -> list[User]:
    return [User.objects.create_user(f"person{n}", f"person{n}@example.com", "x") for n in range(count)]


def report_indecent(exhibit: Exhibit, reporter: User) -> bool:
    return report_exhibit(exhibit=exhibit, reporter=reporter, reason="indecent", text="Look at that.")


# --- Likes ---


def test_a_like_counts_once_however_often_it_is_given(exhibit: Exhibit, other: User) -> None:
    assert [set_like(exhibit=exhibit, user=other, is_liked=True) for _ in range(3)] == [1, 1, 1]
    exhibit.refresh_from_db()
    assert (exhibit.likes, Like.objects.count()) == (1, 1)


def test_a_like_is_taken_back_once(exhibit: Exhibit, owner: User, other: User) -> None:
    assert set_like(exhibit=exhibit, user=other, is_liked=False) == 0
    set_like(exhibit=exhibit, user=owner, is_liked=True)
    set_like(exhibit=exhibit, user=other, is_liked=True)
    assert [set_like(exhibit=exhibit, user=other, is_liked=False) for _ in range(2)] == [1, 1]
    exhibit.refresh_from_db()
    assert exhibit.likes == 1
    assert Like.objects.get().user == owner


def test_a_like_changes_nothing_else(exhibit: Exhibit, other: User) -> None:
    stale = Exhibit.objects.get(pk=exhibit.pk)
    Exhibit.objects.update(title="another title")
    set_like(exhibit=stale, user=other, is_liked=True)
    assert Exhibit.objects.values_list("title", "likes").get() == ("another title", 1)


@pytest.mark.parametrize("state", NOT_PUBLIC)
def test_what_is_not_public_can_be_neither_liked_nor_reported(exhibit: Exhibit, other: User, state: str) -> None:
    set_like(exhibit=exhibit, user=other, is_liked=True)
    Exhibit.objects.update(state=state)  # while the visitor still sees it
    for react in (
        lambda: set_like(exhibit=exhibit, user=other, is_liked=True),
        lambda: set_like(exhibit=exhibit, user=other, is_liked=False),
        lambda: report_indecent(exhibit, other),
    ):
        with pytest.raises(ObjectDeleted):
            react()
    assert (Like.objects.count(), Report.objects.count()) == (1, 0)


def test_what_was_deleted_meanwhile_can_be_neither_liked_nor_reported(exhibit: Exhibit, other: User) -> None:
    Exhibit.objects.all().delete()
    with pytest.raises(ObjectDeleted):
        set_like(exhibit=exhibit, user=other, is_liked=True)
    with pytest.raises(ObjectDeleted):
        report_indecent(exhibit, other)


def test_somebody_who_was_deleted_meanwhile_likes_and_reports_nothing(exhibit: Exhibit, other: User) -> None:
    delete_account(user=User.objects.get(pk=other.pk))
    with pytest.raises(ObjectDeleted):
        set_like(exhibit=exhibit, user=other, is_liked=True)
    with pytest.raises(ObjectDeleted):
        report_indecent(exhibit, other)


def test_likes_go_with_the_account_that_gave_them(owner: User, other: User) -> None:
    liked, withdrawn, untouched = show(owner), show(owner), show(owner)
    for exhibit in (liked, withdrawn):
        set_like(exhibit=exhibit, user=other, is_liked=True)
        set_like(exhibit=exhibit, user=owner, is_liked=True)
    Exhibit.objects.filter(pk=withdrawn.pk).update(state=ExhibitState.WITHDRAWN)
    delete_account(user=other)
    likes = dict(Exhibit.objects.values_list("pk", "likes"))
    assert likes == {liked.pk: 1, withdrawn.pk: 1, untouched.pk: 0}
    assert set(Like.objects.values_list("user", flat=True)) == {owner.pk}


def test_a_count_that_is_wrong_already_never_falls_below_nothing(exhibit: Exhibit, owner: User, other: User) -> None:
    set_like(exhibit=exhibit, user=owner, is_liked=True)
    set_like(exhibit=exhibit, user=other, is_liked=True)
    Exhibit.objects.update(likes=0)
    assert set_like(exhibit=exhibit, user=owner, is_liked=False) == 0
    delete_account(user=other)
    exhibit.refresh_from_db()
    assert (exhibit.likes, Like.objects.count()) == (0, 0)


def test_an_account_whose_works_others_liked_and_reported_can_be_deleted(exhibit: Exhibit, other: User) -> None:
    set_like(exhibit=exhibit, user=exhibit.owner, is_liked=True)
    set_like(exhibit=exhibit, user=other, is_liked=True)
    report_indecent(exhibit, other)
    delete_account(user=exhibit.owner)
    assert not (Exhibit.objects.exists() or Like.objects.exists() or Report.objects.exists())
    assert User.objects.get() == other


# --- Reports ---


def test_a_person_reports_a_work_once(exhibit: Exhibit, other: User) -> None:
    assert [report_indecent(exhibit, other) for _ in range(3)] == [True, False, False]
    kept = Report.objects.get()
    assert (kept.reason, kept.text, kept.is_resolved) == ("indecent", "Look at that.", False)


def test_as_many_reports_as_the_settings_say_hide_a_work(exhibit: Exhibit, settings: LazySettings) -> None:
    settings.REPORTS_TO_HIDE = 3
    for number, person in enumerate(people(3), start=1):
        report_indecent(exhibit, person)
        exhibit.refresh_from_db()
        assert exhibit.state == (ExhibitState.HIDDEN if number == 3 else ExhibitState.PUBLISHED)


def test_that_the_site_hid_a_work_is_written_down(exhibit: Exhibit, other: User, settings: LazySettings) -> None:
    settings.REPORTS_TO_HIDE = 1
    report_indecent(exhibit, other)
    decision = Decision.objects.get()
    assert (decision.action, decision.work, decision.work_key, decision.decided_by) == (
        ModerationAction.HIDE,
        exhibit.work,
        exhibit.work_id,
        None,
    )


def test_reports_that_staff_have_looked_at_do_not_count_again(exhibit: Exhibit, settings: LazySettings) -> None:
    settings.REPORTS_TO_HIDE = 2
    first, second, third = people(3)
    report_indecent(exhibit, first)
    Report.objects.update(is_resolved=True)
    report_indecent(exhibit, second)
    report_indecent(exhibit, first)  # again
    exhibit.refresh_from_db()
    assert exhibit.state == ExhibitState.PUBLISHED
    report_indecent(exhibit, third)
    exhibit.refresh_from_db()
    assert exhibit.state == ExhibitState.HIDDEN


def test_a_work_stays_hidden_when_those_who_reported_it_leave(
    exhibit: Exhibit, other: User, settings: LazySettings
) -> None:
    settings.REPORTS_TO_HIDE = 1
    report_indecent(exhibit, other)
    delete_account(user=other)
    exhibit.refresh_from_db()
    assert exhibit.state == ExhibitState.HIDDEN
    assert not Report.objects.exists()


# --- At the same time ---


@pytest.mark.django_db(transaction=True)
def test_likes_of_two_people_at_once_are_both_counted(owner: User) -> None:
    visitors = people(2)
    for round_ in range(5):
        exhibit = show(owner)
        counts = at_once(
            *(lambda user=user, e=exhibit: set_like(exhibit=e, user=user, is_liked=True) for user in visitors)
        )
        exhibit.refresh_from_db()
        assert (sorted(counts), exhibit.likes) == ([1, 2], 2), round_


@pytest.mark.django_db(transaction=True)
def test_a_like_given_twice_at_once_counts_once(exhibit: Exhibit, other: User) -> None:
    assert at_once(*[lambda: set_like(exhibit=exhibit, user=other, is_liked=True)] * 3) == [1, 1, 1]
    exhibit.refresh_from_db()
    assert (exhibit.likes, Like.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_last_two_reports_at_once_hide_a_work_and_note_it_once(owner: User, settings: LazySettings) -> None:
    settings.REPORTS_TO_HIDE = 2
    visitors = people(2)
    for _ in range(5):
        exhibit = show(owner)
        results = at_once(*(lambda user=user, e=exhibit: report_indecent(e, user) for user in visitors))
        assert results == [True, True]
        exhibit.refresh_from_db()
        assert exhibit.state == ExhibitState.HIDDEN
        assert Decision.objects.filter(work=exhibit.work).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_reaction_beside_the_deletion_of_the_work_ends_well(owner: User) -> None:
    visitors = people(3)
    for _ in range(10):
        exhibit = show(owner)
        reactions: list[Callable[[], object]] = [
            lambda user=user, e=exhibit: set_like(exhibit=e, user=user, is_liked=True) for user in visitors[:2]
        ]
        reactions.append(lambda e=exhibit: report_indecent(e, visitors[2]))
        results = at_once(*reactions, lambda e=exhibit: delete_works(owner=owner, works=[e.work]))
        assert results[-1] == 1, results
        assert all(isinstance(result, int | ObjectDeleted) for result in results), results
        assert not (Exhibit.objects.exists() or Like.objects.exists() or Report.objects.exists())


@pytest.mark.django_db(transaction=True)
def test_an_account_deleted_while_it_likes_leaves_the_count_right(owner: User) -> None:
    exhibit = show(owner)
    for person in people(5):
        at_once(
            lambda user=person: set_like(exhibit=exhibit, user=user, is_liked=True),
            lambda user=person: delete_account(user=user),
        )
    exhibit.refresh_from_db()
    assert (exhibit.likes, Like.objects.count()) == (0, 0)

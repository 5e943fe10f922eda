"""What people do at the same time, one of them in several tabs too, with real threads and connections."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from django.conf import LazySettings
from django.contrib.admin import ModelAdmin
from django.test import Client

from accounts.models import User
from accounts.services import delete_account
from gallery.locks import ObjectDeleted
from gallery.models import Decision, Exhibit, ExhibitState, Like, ModerationAction, Photo, Work
from gallery.moderation.services import DecisionOutcome, decide, delete_by_staff
from gallery.photos.conversion import ConversionOptions
from gallery.photos.services import convert_photo, delete_works
from gallery.showcase.publishing import update_search_texts
from gallery.showcase.reactions import report_exhibit, set_like
from gallery.styles import get_style_preview
from tests.gallery.exhibits import fill, show
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.mariadb]
Make = Callable[..., Work]


def test_the_last_two_works_of_a_photo_deleted_at_once_leave_no_photo(
    owner: User, make_work: Make, media: Callable[[], list[str]]
) -> None:
    for seed in range(5):
        works = [make_work(seed=seed), make_work(seed=seed, detail="bold")]
        results = at_once(*(lambda work=work: delete_works(owner=owner, works=[work]) for work in works))
        assert results == [1, 1]
        assert not Photo.objects.exists()
        assert media() == []


def test_the_same_conversion_asked_for_at_once_makes_one_work(make_work: Make) -> None:
    photo = make_work().photo
    at_once(*[lambda: convert_photo(photo=photo, options=ConversionOptions("comic", "fine"))] * 3)
    assert photo.works.filter(detail="fine").count() == 1


def test_a_conversion_beside_the_deletion_of_its_photo_leaves_no_file(
    owner: User, make_work: Make, media: Callable[[], list[str]]
) -> None:
    for seed in range(3):
        work = make_work(seed=seed)
        result, _deleted = at_once(
            lambda work=work: convert_photo(photo=work.photo, options=ConversionOptions("comic", "bold")),
            lambda work=work: delete_works(owner=owner, works=[work]),
        )
        assert isinstance(result, tuple | ObjectDeleted), result
        delete_works(owner=owner, works=Work.objects.all())
        assert media() == []


def test_an_account_deleted_during_a_conversion_leaves_nothing(
    owner: User, make_work: Make, media: Callable[[], list[str]]
) -> None:
    work = make_work()
    result, _deleted = at_once(
        lambda: convert_photo(photo=work.photo, options=ConversionOptions("comic", "bold")),
        lambda: delete_account(user=owner),
    )
    assert isinstance(result, tuple | ObjectDeleted), result
    assert not User.objects.filter(pk=owner.pk).exists()
    assert media() == []


def test_many_first_visitors_of_a_preview_all_see_it(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    previews = at_once(*[lambda: get_style_preview("comic")] * 4)
    assert all(isinstance(preview, bytes) for preview in previews), previews
    assert [path.suffix for path in (tmp_path / "previews").iterdir()] == [".webp"]


# --- Several people: no two wait for each other ---


def people(count: int) -> list[User]:
    made = [User(username=f"p{n}", email=f"p{n}@example.com", username_key=f"p{n}") for n in range(count)]
    return User.objects.bulk_create(made)


def test_accounts_that_like_each_others_works_are_deleted_at_once() -> None:
    for _round in range(3):
        both = people(2)
        for exhibit in [show(person) for _time in range(20) for person in both]:
            Like.objects.bulk_create([Like(exhibit=exhibit, user=person) for person in both])
        results = at_once(*(lambda person=person: delete_account(user=person) for person in both))
        assert results == [None, None]
        assert not (User.objects.exists() or Exhibit.objects.exists() or Like.objects.exists())


def test_an_account_is_deleted_while_staff_decide_about_what_it_likes(owner: User, other: User) -> None:
    for _round in range(5):
        (visitor,) = people(1)
        exhibits = fill(owner, 30, state=ExhibitState.WAITING) + fill(visitor, 30, state=ExhibitState.WAITING)
        Like.objects.bulk_create([Like(exhibit=exhibit, user=visitor) for exhibit in exhibits[::-1]])
        decided, deleted = at_once(
            lambda e=exhibits: decide(exhibits=e, action=ModerationAction.PUBLISH, decided_by=other),
            lambda person=visitor: delete_account(user=person),
        )
        assert isinstance(decided, DecisionOutcome), decided
        assert deleted is None, deleted


def test_two_of_staff_delete_each_others_works_at_once(owner: User, other: User) -> None:
    for _round in range(5):
        mine, theirs = ([exhibit.work for exhibit in fill(person, 5)] for person in (owner, other))
        results = at_once(
            lambda: delete_by_staff(works=mine, decided_by=other),  # noqa: B023 - it is over before they change
            lambda: delete_by_staff(works=theirs, decided_by=owner),  # noqa: B023
        )
        assert results == [5, 5]
    assert Decision.objects.count() == 50


def test_staff_decide_about_works_and_delete_them_at_once(owner: User, other: User) -> None:
    for _round in range(5):
        exhibits = fill(owner, 10, state=ExhibitState.WAITING)
        works = [exhibit.work for exhibit in exhibits][::-1]
        decided, deleted = at_once(
            lambda e=exhibits: decide(exhibits=e, action=ModerationAction.HIDE, decided_by=other),
            lambda w=works: delete_by_staff(works=w, decided_by=other),
        )
        assert isinstance(decided, DecisionOutcome), decided
        assert deleted == 10, deleted


def test_an_owner_deletes_many_works_while_staff_decide_about_them(owner: User, other: User) -> None:
    for _round in range(5):
        exhibits = fill(owner, 60, state=ExhibitState.WAITING)
        decided, deleted = at_once(
            lambda e=exhibits: decide(exhibits=e, action=ModerationAction.PUBLISH, decided_by=other),
            lambda e=exhibits: delete_works(owner=owner, works=[exhibit.work for exhibit in e]),
        )
        assert isinstance(decided, DecisionOutcome), decided
        assert deleted == 60, deleted


def test_a_name_is_changed_while_staff_decide_and_visitors_like_and_report(owner: User, other: User) -> None:
    for number in range(5):
        visitors = people(2)
        exhibits = fill(owner, 60, state=ExhibitState.PUBLISHED)
        owner.username_key = f"name{number}"
        results = at_once(
            lambda: update_search_texts(owner=owner),
            lambda e=exhibits: decide(exhibits=e, action=ModerationAction.PUBLISH, decided_by=other),
            lambda e=exhibits[3], v=visitors[0]: set_like(exhibit=e, user=v, is_liked=True),
            lambda e=exhibits[5], v=visitors[1]: report_exhibit(exhibit=e, reporter=v, reason="other", text=""),
        )
        assert results == [None, DecisionOutcome(), 1, True]
        for visitor in visitors:
            delete_account(user=visitor)


def test_staff_change_a_name_and_decide_about_the_works_at_once(
    owner: User, admin_user: User, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    exhibits, renamed, usual = fill(owner, 3), Event(), ModelAdmin.log_change

    def log_late(*arguments: object) -> object:
        """The history is written last; until then, the decision has come as far as it can."""
        renamed.set()
        time.sleep(0.5)
        return usual(*arguments)

    def decide_meanwhile() -> list[Exhibit]:
        renamed.wait(30)
        return decide(exhibits=exhibits, action=ModerationAction.HIDE, decided_by=admin_user).changed

    monkeypatch.setattr(ModelAdmin, "log_change", log_late)
    data = {"username": "Amelia", "email": owner.email, "is_active": "on"}
    response, decided = at_once(
        lambda: admin_client.post(f"/admin/accounts/user/{owner.pk}/change/", data).status_code, decide_meanwhile
    )
    assert (response, decided) == (302, exhibits)

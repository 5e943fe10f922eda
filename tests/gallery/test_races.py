"""What one person does at the same time in several tabs, with real threads and connections."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings

from accounts.models import User
from accounts.services import delete_account
from gallery.models import Photo, Work
from gallery.services.locks import Gone
from gallery.services.works import convert_photo, delete_works
from gallery.styles import style_preview
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
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
    at_once(*[lambda: convert_photo(photo=photo, style="comic", detail="fine")] * 3)
    assert photo.works.filter(detail="fine").count() == 1


def test_a_conversion_beside_the_deletion_of_its_photo_leaves_no_file(
    owner: User, make_work: Make, media: Callable[[], list[str]]
) -> None:
    for seed in range(3):
        work = make_work(seed=seed)
        result, _deleted = at_once(
            lambda work=work: convert_photo(photo=work.photo, style="comic", detail="bold"),
            lambda work=work: delete_works(owner=owner, works=[work]),
        )
        assert isinstance(result, tuple | Gone), result
        delete_works(owner=owner, works=Work.objects.all())
        assert media() == []


def test_an_account_deleted_during_a_conversion_leaves_nothing(
    owner: User, make_work: Make, media: Callable[[], list[str]]
) -> None:
    work = make_work()
    result, _deleted = at_once(
        lambda: convert_photo(photo=work.photo, style="comic", detail="bold"), lambda: delete_account(user=owner)
    )
    assert isinstance(result, tuple | Gone), result
    assert not User.objects.filter(pk=owner.pk).exists()
    assert media() == []


def test_many_first_visitors_of_a_preview_all_see_it(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    previews = at_once(*[lambda: style_preview("comic")] * 4)
    assert all(isinstance(preview, bytes) for preview in previews), previews
    assert [path.suffix for path in (tmp_path / "previews").iterdir()] == [".webp"]

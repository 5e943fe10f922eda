"""What publishing adds to what a person keeps; and that what is counted is what is on the disk."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from gallery.models import Exhibit, Photo, Work
from gallery.photos.services import delete_works
from gallery.showcase.publishing import publish, withdraw
from gallery.storage.media import media_path
from gallery.storage.quotas import MEGABYTE, Quota, QuotaExceeded, get_quota

pytestmark = pytest.mark.mariadb

Make = Callable[..., Work]
Stored = Callable[[], list[str]]
CHOICE = {"kind": "scenery", "title": "Hills", "shows_photo": False}


def on_disk(names: list[str]) -> int:
    return sum(media_path(name).stat().st_size for name in names)


def recount() -> None:
    import_module("gallery.migrations.0004_all_bytes").recount(apps, None)


def fill_quota(owner: User, free_bytes: int) -> None:
    """Let the owner's photos take all of one megabyte but so many bytes."""
    owner.quota_megabytes = 1
    owner.save()
    photo = Photo.objects.get()
    photo.bytes += MEGABYTE - free_bytes - get_quota(owner).bytes
    photo.save()


def test_all_that_is_stored_is_counted_through_publishing_and_deleting(
    owner: User, make_work: Make, media: Stored, django_capture_on_commit_callbacks
) -> None:
    work, second = make_work(), make_work(detail="fine")
    assert get_quota(owner).bytes == on_disk(media())
    publish(work=work, **CHOICE)
    assert get_quota(owner).bytes == on_disk(media())
    withdraw(work=work)
    publish(work=work, **CHOICE)
    assert get_quota(owner).bytes == on_disk(media())
    for gone in (work, second):
        with django_capture_on_commit_callbacks(execute=True):
            delete_works(owner=owner, works=[gone])
        assert get_quota(owner).bytes == on_disk(media())
    assert get_quota(owner).bytes == 0


def test_a_work_counts_its_own_files(work: Work) -> None:
    exhibit = publish(work=work, **CHOICE)
    work.refresh_from_db()
    assert work.bytes == on_disk([*work.files, *exhibit.files])
    assert work.photo.bytes == on_disk(work.photo.files)


@pytest.mark.parametrize(("missing", "fits"), [(0, True), (1, False)])
def test_the_pictures_for_the_gallery_fit_to_the_last_byte(
    owner: User, make_work: Make, make_exhibit: Callable[..., Exhibit], media: Stored, missing: int, fits: bool
) -> None:
    work = make_work()
    size = on_disk(make_exhibit(by=User.objects.create_user("x", "x@example.com")).files)  # the same picture
    before = media()
    owner.quota_megabytes = 1
    owner.save()
    Work.objects.filter(pk=work.pk).update(bytes=0)
    Work.objects.filter(pk=work.pk).update(bytes=MEGABYTE - size + missing - get_quota(owner).bytes)
    if fits:
        publish(work=Work.objects.get(pk=work.pk), **CHOICE)
        assert get_quota(owner).bytes == MEGABYTE
    else:
        with pytest.raises(QuotaExceeded):
            publish(work=Work.objects.get(pk=work.pk), **CHOICE)
        assert media() == before
        assert not Exhibit.objects.filter(work=work).exists()


def test_who_has_no_room_is_told_so_by_the_form(owner: User, owner_client: Client, work: Work) -> None:
    fill_quota(owner, free_bytes=1)
    response = owner_client.post(f"/works/{work.pk}/publish/", {"kind": "scenery", "title": "Hills", "agreed": "on"})
    assert response.status_code == 403
    assert "exceeds your storage quota of 1 MB" in response.content.decode()


def test_the_number_of_works_does_not_matter_to_publishing(owner: User, work: Work, settings: LazySettings) -> None:
    settings.QUOTA_WORKS = 1
    publish(work=work, **CHOICE)


# --- Counting again what was counted as less ---


def test_works_of_before_are_counted_again_from_the_disk(make_work: Make, make_exhibit, media: Stored) -> None:
    make_work(seed=1), make_work(seed=1, detail="fine"), make_exhibit(seed=2)
    right = [list(model.objects.order_by("pk").values_list("bytes", flat=True)) for model in (Photo, Work)]
    for model in (Photo, Work):
        model.objects.update(bytes=5)
    recount()
    assert [list(model.objects.order_by("pk").values_list("bytes", flat=True)) for model in (Photo, Work)] == right
    assert sum(map(sum, right)) == on_disk(media())


def test_a_file_that_is_gone_counts_nothing(work: Work) -> None:
    media_path(work.thumbnail).unlink()
    recount()
    work.refresh_from_db()
    assert work.bytes == on_disk([work.file])


def test_without_any_file_what_was_counted_stays(work: Work, settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path  # not mounted
    before = work.bytes
    recount()
    work.refresh_from_db()
    assert work.bytes == before


# --- How it is told ---


@pytest.mark.parametrize(
    ("size", "told"), [(0, "0g"), (MEGABYTE // 2, "1g"), (10 * MEGABYTE - 1, "1g"), (10 * MEGABYTE, "0g")]
)
def test_tenths_of_a_megabyte_are_told_where_there_is_little(size: int, told: str) -> None:
    assert Quota(1, size, 0, 0).megabytes_format == told

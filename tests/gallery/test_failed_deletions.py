"""The media folder takes no changes while something is deleted: its files are deleted later, and people are told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from gallery.models import Exhibit, PendingDeletion, Video, Work
from gallery.storage.cleaning import clean_up_storage
from gallery.storage.deletion import delete_on_commit, retry_deletions
from gallery.storage.media import delete_files
from gallery.videos import uploads
from tests.conftest import PASSWORD
from tests.faults.breaking import read_only
from tests.gallery.videos import add_job, add_result, add_video

pytestmark = [pytest.mark.mariadb, pytest.mark.django_db(transaction=True)]
STILL_THERE = "Some files could not be deleted yet."
NOTHING = "00000000-0000-0000-0000-000000000000"
JOB = f"working/{'a' * 32}"
Media = Callable[[], list[str]]


@contextmanager
def read_only_media(settings: LazySettings) -> Iterator[None]:
    with read_only(Path(settings.MEDIA_ROOT)):
        yield


def assert_deleted_later(media: Media, before: int) -> None:
    """The files are still there, all of them, and go once the folder can be written to."""
    assert len(media()) == before
    retry_deletions()
    assert media() == []
    assert not PendingDeletion.objects.exists()


def test_the_files_of_a_work_go_as_soon_as_they_can(
    owner_client: Client, exhibit: Exhibit, media: Media, settings: LazySettings
) -> None:
    before = len(media())
    assert before >= 6, "photo, preview, result, thumbnail, rendition and card"
    with read_only_media(settings):
        page = owner_client.post(f"/works/{exhibit.work_id}/delete/", follow=True)
        assert STILL_THERE in page.content.decode()
        assert not Work.objects.exists()
        retry_deletions()
        assert {deletion.attempts for deletion in PendingDeletion.objects.all()} == {2}
        assert {deletion.error for deletion in PendingDeletion.objects.all()} <= {
            "Read-only file system",
            "Permission denied",
        }
    assert_deleted_later(media, before)


def test_where_all_goes_well_nobody_is_told_and_nothing_is_left(owner_client: Client, work: Work, media: Media) -> None:
    page = owner_client.post(f"/works/{work.pk}/delete/", follow=True)
    assert STILL_THERE not in page.content.decode()
    assert media() == []
    assert not PendingDeletion.objects.exists()


def test_the_files_of_several_works_go_too(
    owner_client: Client, make_work: Callable[..., Work], media: Media, settings: LazySettings
) -> None:
    works, before = [make_work(seed=seed).pk for seed in range(3)], len(media())
    with read_only_media(settings):
        page = owner_client.post("/works/selection/", {"action": "delete", "works": works}, follow=True)
        assert STILL_THERE in page.content.decode()
    assert_deleted_later(media, before)


def test_those_of_an_account_go_too(
    owner: User, owner_client: Client, exhibit: Exhibit, media: Media, settings: LazySettings
) -> None:
    add_result(add_video(owner))
    before = len(media())
    with read_only_media(settings):
        page = owner_client.post("/accounts/delete/", {"password": PASSWORD}, follow=True)
        assert STILL_THERE in page.content.decode()
        assert not User.objects.exists()
    assert_deleted_later(media, before)


def test_those_of_a_video_its_results_and_an_upload_go_too(
    owner: User, owner_client: Client, media: Media, settings: LazySettings
) -> None:
    video = add_video(owner)
    add_result(video)
    job = add_job(video)
    segment = Path(settings.MEDIA_ROOT, job.folder, "00000.mp4")
    segment.parent.mkdir(parents=True)
    segment.write_bytes(b"segment")
    upload = uploads.begin_upload(owner=owner, name="a.mp4", size=9)
    before = len(media())
    with read_only_media(settings):
        page = owner_client.post(f"/videos/{video.pk}/delete/", follow=True)
        assert STILL_THERE in page.content.decode()
        assert not Video.objects.exists()
        page = owner_client.post(f"/videos/uploads/{upload.pk}/delete/", follow=True)
        assert STILL_THERE in page.content.decode()
    assert_deleted_later(media, before)
    assert not segment.parent.exists()


def test_what_staff_delete_goes_too_and_the_status_page_says_how_much_is_left(
    admin_client: Client, exhibit: Exhibit, media: Media, settings: LazySettings
) -> None:
    before = len(media())
    with read_only_media(settings):
        form = {"action": "delete_selected", "_selected_action": [exhibit.work_id], "reason": "Not his", "apply": "1"}
        page = admin_client.post("/admin/gallery/work/", form, follow=True)
        assert STILL_THERE in page.content.decode()
        status = admin_client.get("/admin/status/").content.decode()
        row = status[status.index("Deleted files that are still on the disk") :]
        assert f'<td class="status__number">{before}</td>' in row
    assert_deleted_later(media, before)
    assert "Deleted files that are still" not in admin_client.get("/admin/status/").content.decode()


def test_a_disk_that_is_away_is_not_taken_for_files_that_are_gone(
    owner_client: Client, work: Work, media: Media, settings: LazySettings, tmp_path: Path
) -> None:
    root, elsewhere, before = Path(settings.MEDIA_ROOT), tmp_path / "disk", len(media())
    root.rename(elsewhere)
    root.mkdir()
    owner_client.post(f"/works/{work.pk}/delete/")
    assert PendingDeletion.objects.count() == before
    root.rmdir()
    elsewhere.rename(root)
    assert_deleted_later(media, before)


def test_one_that_cannot_be_deleted_keeps_none_of_the_others(db: None, media: Media, settings: LazySettings) -> None:
    root = Path(settings.MEDIA_ROOT)
    for folder in ("uploads", "results"):
        for number in range(250):
            file = root / folder / f"{number}.jpg"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(b"")
    with read_only(root / "uploads"):
        delete_on_commit([f"uploads/{number}.jpg" for number in range(250)])
        PendingDeletion.objects.bulk_create(
            [PendingDeletion(name=f"results/{number}.jpg", attempts=9) for number in range(250)]
        )
        for _time in range(12):
            clean_up_storage()
        assert {name.partition("/")[0] for name in media()} == {"uploads"}
    assert_deleted_later(media, 250)


@pytest.mark.parametrize("name", ["", ".", "uploads", "working", "working/", "working/..", "../media", "/"])
def test_no_folder_but_those_of_jobs_is_ever_deleted(media: Media, settings: LazySettings, name: str) -> None:
    root = Path(settings.MEDIA_ROOT)
    for folder in ("uploads", JOB):
        (root / folder).mkdir(parents=True)
        (root / folder / "a.jpg").write_bytes(b"")
    delete_files([name])
    assert media() == ["uploads/a.jpg", f"{JOB}/a.jpg"]
    assert not delete_files([JOB, JOB.replace("a", "b")])
    assert media() == ["uploads/a.jpg"]


def test_check_media_says_what_it_cannot_delete(media: Media, settings: LazySettings) -> None:
    orphan = Path(settings.MEDIA_ROOT, "uploads", "a.jpg")
    orphan.parent.mkdir()
    orphan.write_bytes(b"")
    output = StringIO()
    with read_only_media(settings), pytest.raises(CommandError):
        call_command("check_media", delete=True, minutes=0, stdout=output)
    assert "could not be deleted: uploads/a.jpg" in output.getvalue()
    call_command("check_media", delete=True, minutes=0)
    assert media() == []

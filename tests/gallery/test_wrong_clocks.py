"""Times before 1980 and in the future, as machines with a wrong clock write them."""

import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from gallery.models import Photo, Video, VideoJob, VideoSegment, VideoUpload, Work, Worker
from gallery.storage import media
from gallery.storage.archive import to_zip_time
from gallery.storage.cleaning import clean_up_storage
from gallery.videos import steps, uploads, workers
from tests.gallery.videos import add_job, add_video

pytestmark = pytest.mark.mariadb
AHEAD = timedelta(days=400)


@pytest.mark.parametrize("year", [1, 1970, 1979, 2108, 9998])
def test_a_work_of_any_year_is_in_zip_and_export(
    owner_client: Client, make_work: Callable[..., Work], year: int
) -> None:
    works = [make_work(seed=1), make_work(seed=2)]
    for model in (Photo, Work):
        model._default_manager.filter(pk__in=[works[0].pk, works[0].photo_id]).update(
            created=datetime(year, 3, 4, 5, 6, 7, tzinfo=UTC)
        )
    form = {"action": "zip", "works": [work.pk for work in works]}
    selected, everything = owner_client.post("/works/selection/", form), owner_client.get("/account/export/")
    for response, count in ((selected, 2), (everything, 5)):
        archive = zipfile.ZipFile(BytesIO(b"".join(response.streaming_content)))
        assert archive.testzip() is None
        assert len(archive.namelist()) == count


@pytest.mark.no_database
def test_the_time_in_a_zip_is_the_nearest_that_it_can_hold() -> None:
    assert to_zip_time(datetime(1970, 1, 1, tzinfo=UTC)) == (1980, 1, 1, 0, 0, 0)
    assert to_zip_time(datetime(2200, 1, 1, tzinfo=UTC)) == (2107, 12, 31, 23, 59, 58)
    assert to_zip_time(datetime(2026, 11, 30, 21, 26, 23, tzinfo=UTC)) == (2026, 11, 30, 21, 26, 23)


def ahead() -> datetime:
    return timezone.now() + AHEAD


@pytest.fixture
def job(owner: User) -> VideoJob:
    return add_job(add_video(owner))


def test_a_job_of_the_future_is_claimed_now(job: VideoJob) -> None:
    VideoJob.objects.update(created=ahead(), lease_expires_at=ahead())
    step = steps.claim_next_segment("a")
    assert step
    assert step.job == job
    assert steps.claim_next_segment("b") is None, "the new lease counts"


def test_a_step_whose_worker_was_killed_in_the_future_is_claimed_now(job: VideoJob) -> None:
    plan = steps.claim_next_segment("a")
    assert plan
    steps.mark_planned(plan, [10, 10], [False, False])
    VideoSegment.objects.update(worker="killed", lease_expires_at=ahead(), attempts=1)
    claimed = [steps.claim_next_segment(worker) for worker in "bcd"]
    assert [step and step.segment and step.segment.index for step in claimed] == [0, 1, None]


def test_a_lease_that_may_be_right_is_left_alone(job: VideoJob, settings: LazySettings) -> None:
    soon = timezone.now() + timedelta(seconds=settings.VIDEO_LEASE_SECONDS + 30)
    VideoJob.objects.update(lease_expires_at=soon)
    assert steps.claim_next_segment("b") is None


def test_whose_last_turn_was_in_the_future_has_one_now(owner: User, other: User) -> None:
    mine, theirs = add_job(add_video(owner)), add_job(add_video(other))
    VideoJob.objects.filter(pk=mine.pk).update(last_claimed=ahead())
    VideoJob.objects.filter(pk=theirs.pk).update(last_claimed=timezone.now())
    assert steps.jobs_in_fair_order(timezone.now())[0] == mine


def test_a_worker_last_seen_in_the_future_is_not_alive(db: None) -> None:
    Worker.objects.create(name="killed", last_seen=ahead())
    workers.send_heartbeat("alive")
    assert [worker.name for worker in workers.alive_workers()] == ["alive"]
    workers.prune_stale_workers()
    assert [worker.name for worker in Worker.objects.all()] == ["alive"]


def test_an_upload_of_the_future_is_abandoned_a_day_from_now(owner: User) -> None:
    upload = uploads.begin_upload(owner=owner, name="a.mp4", size=9)
    VideoUpload.objects.update(updated=ahead())
    uploads.discard_abandoned_uploads()
    assert VideoUpload.objects.get(pk=upload.pk).updated <= timezone.now()
    VideoUpload.objects.update(updated=timezone.now() - timedelta(days=1, minutes=1))
    uploads.discard_abandoned_uploads()
    assert not VideoUpload.objects.exists()


def test_files_that_were_orphaned_in_the_future_go_a_minute_from_now(db: None, settings: LazySettings) -> None:
    root = Path(settings.MEDIA_ROOT)
    journal, orphan = root / media.JOURNAL_FOLDER / "abc", root / "uploads" / "a.jpg"
    for file in (journal, orphan):
        file.parent.mkdir(parents=True)
    orphan.write_bytes(b"picture")
    journal.write_text("uploads/a.jpg\n", "utf-8")
    os.utime(journal, (ahead().timestamp(),) * 2)
    clean_up_storage()
    assert orphan.exists()
    assert abs(journal.stat().st_mtime - timezone.now().timestamp()) < 60
    os.utime(journal, ((timezone.now() - timedelta(minutes=2)).timestamp(),) * 2)
    clean_up_storage()
    assert not orphan.exists()
    assert not journal.exists()


def test_temporary_files_of_the_future_go_at_once(db: None, settings: LazySettings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    for name in ("a.upload", "b.upload"):
        (tmp_path / name).write_bytes(b"private")
    os.utime(tmp_path / "a.upload", (ahead().timestamp(),) * 2)
    clean_up_storage()
    assert [path.name for path in tmp_path.iterdir()] == ["b.upload"]


def test_the_site_goes_on_with_rows_of_the_future(owner: User, owner_client: Client, admin_client: Client) -> None:
    add_job(add_video(owner))
    for model in (Video, VideoJob):
        model._default_manager.update(created=ahead())
    for url in ("/works/", "/videos/", f"/videos/{Video.objects.get().pk}/"):
        assert owner_client.get(url).status_code == 200
    assert admin_client.get("/admin/status/").status_code == 200

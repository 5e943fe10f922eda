"""The pages of videos, and what counts and keeps them."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from gallery.models import JobState, Video, VideoJob
from gallery.storage.media import media_path
from gallery.storage.quotas import get_quota
from tests.gallery.videos import add_job, add_video, clip_bytes
from tests.inference.clips import packets_of

pytestmark = pytest.mark.mariadb

OPTIONS = {"style": "comic", "detail": "bold"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def video(owner: User) -> Video:
    return add_video(owner)


@pytest.fixture
def done(video: Video) -> VideoJob:
    """A job with a result, of which only the file is not what it should be."""
    job = add_job(video)
    for name in ("results/a.mp4", "results/a.jpg"):
        media_path(name).parent.mkdir(exist_ok=True)
        media_path(name).write_bytes(clip_bytes())
    state = {"state": JobState.DONE, "file": "results/a.mp4", "poster": "results/a.jpg", "bytes": 500, "width": 64}
    VideoJob.objects.update(**state, height=48)
    return VideoJob.objects.select_related("video").get(pk=job.pk)


def page(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_the_list_shows_ones_videos_and_what_becomes_of_them(owner_client: Client, video: Video) -> None:
    add_job(video)
    shown = page(owner_client, "/videos/")
    assert "holiday.mp4" in shown and "state--waiting" in shown


def test_the_form_makes_a_job_with_its_options(owner_client: Client, video: Video) -> None:
    form = OPTIONS | {"start": "0.2", "length": "0.5", "is_rate_halved": "1", "long_side": "480"}
    answer = owner_client.post(f"/videos/{video.pk}/convert/", form)
    job = VideoJob.objects.get()
    assert answer["Location"] == f"/videos/{video.pk}/#job-{job.pk}"
    assert (job.style, job.detail, job.start, job.length) == ("comic", "bold", 0.2, 0.5)
    assert (job.is_rate_halved, job.long_side, job.state) == (True, 480, JobState.WAITING)


def test_empty_options_are_the_whole_video_as_it_is(owner_client: Client, video: Video) -> None:
    form = OPTIONS | {"start": "", "length": "", "is_rate_halved": "", "long_side": ""}
    owner_client.post(f"/videos/{video.pk}/convert/", form)
    job = VideoJob.objects.get()
    assert (job.start, job.length, job.is_rate_halved, job.long_side) == (0.0, None, False, None)


@pytest.mark.parametrize("length", ["1.3", "1e308"])
def test_a_length_beyond_the_end_is_to_the_end(owner_client: Client, video: Video, length: str) -> None:
    owner_client.post(f"/videos/{video.pk}/convert/", OPTIONS | {"length": length})
    assert VideoJob.objects.get().length is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"style": "nothing"},
        {"detail": "x"},
        {"start": "5"},
        {"start": "-1"},
        {"start": "nan"},
        {"length": "0"},
        {"length": "inf"},
        {"long_side": "3"},
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_refused(owner_client: Client, video: Video, wrong: dict[str, str]) -> None:
    assert owner_client.post(f"/videos/{video.pk}/convert/", OPTIONS | wrong).status_code == 422
    assert not VideoJob.objects.exists()


def test_canceling_and_trying_again_by_script_and_by_form(owner_client: Client, video: Video) -> None:
    job = add_job(video)
    fragment = owner_client.post(f"/videos/jobs/{job.pk}/cancel/", headers=HTMX).content.decode()
    assert 'data-state="cancelled"' in fragment and "hx-get" not in fragment
    assert owner_client.post(f"/videos/jobs/{job.pk}/retry/")["Location"] == f"/videos/{video.pk}/"
    assert VideoJob.objects.get().state == JobState.WAITING


def test_conversions_are_limited_by_the_hour_and_trying_again_is_one(
    owner_client: Client, video: Video, settings: LazySettings
) -> None:
    settings.VIDEO_CONVERSIONS_PER_HOUR = 2
    convert, text = f"/videos/{video.pk}/convert/", "You have converted 2 videos within an hour, which is the limit."
    assert owner_client.post(convert, OPTIONS).status_code == 302
    job = VideoJob.objects.get()
    VideoJob.objects.update(state=JobState.CANCELED)
    assert owner_client.post(f"/videos/jobs/{job.pk}/retry/", headers=HTMX).status_code == 200
    VideoJob.objects.update(state=JobState.CANCELED)
    answers = [
        owner_client.post(convert, OPTIONS),
        owner_client.post(f"/videos/jobs/{job.pk}/retry/"),
        owner_client.post(f"/videos/jobs/{job.pk}/retry/", headers=HTMX),
    ]
    for answer in answers:
        assert (answer.status_code, text in answer.content.decode()) == (429, True)
        assert 0 < int(answer["Retry-After"]) <= 3600
    assert VideoJob.objects.get().state == JobState.CANCELED


def test_what_is_done_can_neither_be_canceled_nor_tried_again(owner_client: Client, done: VideoJob) -> None:
    for what in ("cancel", "retry"):
        owner_client.post(f"/videos/jobs/{done.pk}/{what}/", headers=HTMX)
        assert VideoJob.objects.get().state == JobState.DONE


def test_the_result_is_shown_and_downloaded_under_a_good_name(owner_client: Client, done: VideoJob) -> None:
    shown = page(owner_client, f"/videos/{done.video_id}/")
    assert f"/videos/jobs/{done.pk}/result/" in shown
    answer = owner_client.get(f"/videos/jobs/{done.pk}/download/")
    assert answer["Content-Disposition"] == 'attachment; filename="holiday_comic_bold.mp4"'
    original = owner_client.get(f"/videos/{done.video_id}/original/")
    assert original["Content-Disposition"] == 'attachment; filename="holiday.mp4"'


@pytest.mark.django_db(transaction=True)  # files go on commit
def test_deleting_leaves_no_file(owner_client: Client, done: VideoJob, media: Callable[[], list[str]]) -> None:
    owner_client.post(f"/videos/jobs/{done.pk}/delete/")
    assert media() == sorted(done.video.files)
    assert owner_client.post(f"/videos/{done.video_id}/delete/")["Location"] == "/videos/"
    assert (media(), Video.objects.count()) == ([], 0)


def test_videos_count_against_what_one_may_keep(
    owner: User, owner_client: Client, done: VideoJob, settings: LazySettings
) -> None:
    quota = get_quota(owner)
    assert (quota.works, quota.bytes) == (1, done.video.bytes + 500)
    settings.QUOTA_WORKS = 1
    assert owner_client.post(f"/videos/{done.video_id}/convert/", OPTIONS).status_code == 403


def test_videos_and_results_come_home(owner_client: Client, done: VideoJob, tmp_path: Path) -> None:
    archive = zipfile.ZipFile(BytesIO(b"".join(owner_client.get("/account/export/").streaming_content)))
    assert archive.read("videos/holiday.mp4") == clip_bytes()
    result = tmp_path / "result.mp4"  # with a label in its metadata
    result.write_bytes(archive.read("results/holiday_comic_bold.mp4"))
    assert packets_of(result, "video") == packets_of(media_path(done.file), "video")
    data = json.loads(archive.read("data.json"))
    assert data["videos"][0]["file"] == "videos/holiday.mp4"
    assert data["video_conversions"][0]["video_id"] == str(done.video_id)


@pytest.mark.django_db(transaction=True)
def test_check_media_knows_the_files_of_videos(owner: User, done: VideoJob) -> None:
    failed = add_job(done.video)
    VideoJob.objects.filter(pk=failed.pk).update(state=JobState.FAILED)
    kept = media_path(failed.folder) / "00000.mp4"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"segment")
    call_command("check_media", "--minutes", "0", stdout=StringIO())
    VideoJob.objects.filter(pk=failed.pk).update(state=JobState.CANCELED)
    with pytest.raises(CommandError):
        call_command("check_media", "--minutes", "0", stdout=StringIO())

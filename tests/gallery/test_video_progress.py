"""What a page says of a conversion that is under way, and the newest frame of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from gallery.models import JobState, Video, VideoJob, VideoSegment, Worker
from gallery.storage.media import media_path
from gallery.styles import get_style_titles
from gallery.videos import steps, worker, workers
from gallery.videos.queries import JobProgress, build_job_cards
from gallery.videos.services import cancel_job, delete_job
from tests.gallery.pictures import photo_bytes
from tests.gallery.videos import add_job, add_video

pytestmark = pytest.mark.mariadb
HTMX = {"HX-Request": "true"}
NOT_RUNNING = "The video worker is not running"


@pytest.fixture
def video(owner: User) -> Video:
    return add_video(owner)


@pytest.fixture
def running(video: Video) -> VideoJob:
    """For 100 seconds, in which 10 frames were made beside 20 that had been there before."""
    job = add_job(video)
    step = steps.claim_next_segment("a")
    assert step
    steps.mark_planned(step, [20, 30], [True, False])
    assert steps.claim_next_segment("a")
    VideoSegment.objects.filter(index=1).update(frames_done=10)
    VideoJob.objects.update(started=timezone.now() - timedelta(seconds=100))
    return VideoJob.objects.select_related("video").get(pk=job.pk)


def progress_of(job: VideoJob) -> JobProgress:
    (card,) = build_job_cards([job], get_style_titles("en"))
    assert card.progress
    return card.progress


def fragment(client: Client, job: VideoJob) -> str:
    return client.get(f"/videos/jobs/{job.pk}/", headers=HTMX).content.decode()


def test_a_running_job_says_how_far_it_is_how_fast_it_goes_and_how_long_it_takes(
    owner_client: Client, running: VideoJob
) -> None:
    workers.send_heartbeat("a")
    shown = " ".join(fragment(owner_client, running).split())
    assert 'value="60"' in shown and "hx-get" in shown and "<html" not in shown
    assert "30 of 50 frames" in shown
    assert "0.1 frames per second" in shown
    assert "about 3 minutes left" in shown


def test_frames_of_an_earlier_try_do_not_make_it_faster(running: VideoJob) -> None:
    assert progress_of(running).frames_per_second == pytest.approx(0.1, rel=0.1)


def test_nobody_knows_how_fast_it_goes_after_a_few_frames(running: VideoJob) -> None:
    VideoSegment.objects.filter(index=1).update(frames_done=4)
    assert (progress_of(running).frames_per_second, progress_of(running).seconds_left) == (None, None)


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("rate", "seconds", "minutes"),
    [(50.0, 20, None), (11.2, 90, 2), (1000.0, 5, None), (1.0, 1000, 17), (None, None, None)],
)
def test_long_times_are_said_in_minutes(rate: float | None, seconds: int | None, minutes: int | None) -> None:
    progress = JobProgress(frames_done=0, frames=1000, frames_per_second=rate)
    assert (progress.seconds_left, progress.minutes_left) == (seconds, minutes)


def test_who_waits_sees_how_many_come_first(owner_client: Client, other: User, video: Video, running: VideoJob) -> None:
    waiting = add_job(video)
    assert "1 conversion ahead" in " ".join(fragment(owner_client, waiting).split())
    of_another = add_job(add_video(other))
    assert progress_of(of_another).jobs_ahead == 0, "nothing is under way for them"
    assert progress_of(waiting).jobs_ahead == 2
    cancel_job(running)
    assert progress_of(waiting).jobs_ahead == 1


def test_who_waits_is_told_where_no_worker_is_there(owner_client: Client, running: VideoJob) -> None:
    assert NOT_RUNNING in fragment(owner_client, running)
    assert "left" not in fragment(owner_client, running), "as nobody knows"
    workers.send_heartbeat("a")
    assert NOT_RUNNING not in fragment(owner_client, running)
    Worker.objects.update(last_seen=timezone.now() - workers.STALE_AFTER)
    assert NOT_RUNNING in owner_client.get(f"/videos/{running.video_id}/").content.decode()
    workers.prune_stale_workers()
    assert not Worker.objects.exists()


def test_the_newest_frame_is_its_owners_alone_and_kept_by_nobody(
    owner_client: Client, other_client: Client, running: VideoJob
) -> None:
    url = f"/videos/jobs/{running.pk}/preview/"
    assert owner_client.get(url).status_code == 404
    assert url not in fragment(owner_client, running)
    media_path(running.preview).parent.mkdir(parents=True)
    media_path(running.preview).write_bytes(photo_bytes())
    answer = owner_client.get(url)
    assert (answer.content[:3], answer["Content-Type"]) == (b"\xff\xd8\xff", "image/jpeg")
    assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]
    assert url in fragment(owner_client, running)
    assert other_client.get(url).status_code == 404
    VideoJob.objects.update(state=JobState.FAILED)
    assert owner_client.get(url).status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [cancel_job, delete_job])
def test_a_worker_keeps_a_frame_as_jpeg_and_it_goes_with_the_job(
    video: Video, media: Callable[[], list[str]], end: Callable[[VideoJob], object]
) -> None:
    job = add_job(video)
    for _ in ("plan", "segment"):
        step = steps.claim_next_segment(worker.worker_name())
        assert step
        worker.run_step(step)
    assert media_path(job.preview).read_bytes()[:3] == b"\xff\xd8\xff"
    end(job)
    assert media() == sorted(video.files)


def test_a_part_begins_with_the_first_frame_at_or_after_its_start(video: Video) -> None:
    Video.objects.update(rate=25.0)
    offsets = []
    for start in (0.0, 0.4, 0.41, 0.439):
        job = VideoJob.objects.select_related("video").get(pk=add_job(video, start=start).pk)
        (card,) = build_job_cards([job], get_style_titles("en"))
        offsets.append(card.offset_seconds)
    assert offsets == pytest.approx([0.0, 0.4, 0.44, 0.44])

"""A worker in this process converts real videos."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from accounts.services import delete_account
from gallery.models import Conversion, JobState, Video, VideoJob, VideoSegment, Worker
from gallery.storage.media import media_path
from gallery.videos import steps, worker
from gallery.videos.services import cancel_job, delete_video, retry_job
from tests.faults.breaking import until
from tests.gallery.videos import add_job, add_video

Stored = Callable[[], list[str]]
# Leases are renewed over another connection, which sees only what is committed.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.mariadb]


@pytest.fixture
def video(owner: User) -> Video:
    return add_video(owner, frames=100)


@pytest.fixture
def working() -> Iterator[threading.Thread]:
    """A worker in a thread, until the end of the test."""
    worker.stop_requested.clear()
    thread = threading.Thread(target=worker.run_until_stopped)
    thread.start()
    yield thread
    worker.stop_requested.set()
    thread.join()
    worker.stop_requested.clear()


def state_of(job: VideoJob) -> VideoJob:
    return VideoJob.objects.get(pk=job.pk)


@pytest.mark.real_styles
def test_a_job_becomes_a_video_with_sound_and_nothing_else_stays(owner: User, video: Video, media: Stored) -> None:
    job = add_job(video, length=2.0)
    worker.drain_queue()
    done = state_of(job)
    assert (done.state, done.error, done.frames, done.width, done.height) == (JobState.DONE, "", 50, 64, 48)
    assert done.bytes == sum(media_path(name).stat().st_size for name in done.files)
    assert done.seconds > 0 and done.device and done.engine and done.finished
    with av.open(str(media_path(done.file))) as file:
        assert len(list(file.decode(video=0))) == 50
        assert file.streams.audio
    assert media() == sorted([*video.files, *done.files])
    assert not VideoSegment.objects.exists()
    (note,) = Conversion.objects.all()
    assert (note.style, note.failure) == ("comic (video)", "")


def test_a_worker_is_there_until_it_stops(working: threading.Thread) -> None:
    until(Worker.objects.exists)
    worker.stop_requested.set()
    working.join()
    assert not Worker.objects.exists()


def test_a_preview_that_cannot_be_kept_stops_no_conversion(video: Video, media: Stored) -> None:
    job = add_job(video)
    in_the_way = media_path(job.preview)
    in_the_way.mkdir(parents=True)
    worker.drain_queue()
    assert state_of(job).state == JobState.DONE
    assert media() == sorted([*video.files, *state_of(job).files])


def test_options_are_kept_to(video: Video) -> None:
    job = add_job(video, start=1.0, length=1.0, is_rate_halved=True, long_side=32)
    worker.drain_queue()
    done = state_of(job)
    with av.open(str(media_path(done.file))) as file:
        frames = list(file.decode(video=0))
    assert (len(frames), frames[0].width, frames[0].height) in [(12, 32, 24), (13, 32, 24)]


def test_a_damaged_video_fails_with_its_reason_and_can_be_tried_again(video: Video, owner_client: Client) -> None:
    job = add_job(video)
    whole = media_path(video.file).read_bytes()
    media_path(video.file).write_bytes(whole[:2000])
    worker.drain_queue()
    assert (state_of(job).state, state_of(job).error) == (JobState.FAILED, "truncated")
    assert "This video is incomplete" in owner_client.get(f"/videos/{video.pk}/").content.decode()
    media_path(video.file).write_bytes(whole)
    assert retry_job(job)
    worker.drain_queue()
    assert state_of(job).state == JobState.DONE


def test_a_result_that_does_not_fit_fails_and_its_segments_are_used_again(
    owner: User, video: Video, settings: LazySettings, media: Stored
) -> None:
    job = add_job(video)
    owner.quota_megabytes = 1
    owner.save()
    Video.objects.filter(pk=video.pk).update(bytes=2**20 - 10)
    worker.drain_queue()
    assert (state_of(job).state, state_of(job).error) == (JobState.FAILED, "quota")
    segments = [media_path(name) for name in media() if name.startswith("working/") and name.endswith(".mp4")]
    assert segments
    made = [path.stat().st_mtime_ns for path in segments]
    User.objects.update(quota_megabytes=None)
    retry_job(job)
    step = steps.claim_next_segment(worker.worker_name())
    assert step
    worker.run_step(step)
    assert [path.stat().st_mtime_ns for path in segments] == made
    assert not VideoSegment.objects.filter(is_done=False).exists()
    worker.drain_queue()
    assert state_of(job).state == JobState.DONE


def test_a_style_that_is_gone_fails(video: Video) -> None:
    job = add_job(video, style="paprika")
    worker.drain_queue()
    assert state_of(job).error == "style_not_available"


def test_what_nobody_foresaw_is_tried_again_later(video: Video) -> None:
    job = add_job(video)
    media_path("working").parent.mkdir(exist_ok=True)
    media_path("working").write_bytes(b"in the way")
    worker.drain_queue()
    failed = state_of(job)
    assert (failed.state, failed.attempts, failed.worker) == (JobState.WAITING, 1, "")
    media_path("working").unlink()
    assert steps.claim_next_segment("a") is None, "after a pause"


def test_no_error_of_one_job_ends_the_worker(video: Video, caplog: pytest.LogCaptureFixture) -> None:
    job = add_job(video)
    step = steps.claim_next_segment(worker.worker_name())
    assert step
    worker.run_step(step)
    (media_path(job.folder) / "plan.json").write_text("[]", "utf-8")
    worker.drain_queue()
    assert "AttributeError" in caplog.text
    segment = VideoSegment.objects.get()
    assert (segment.is_done, segment.attempts, segment.worker) == (False, 1, "")


def test_a_plan_that_is_gone_is_made_again(video: Video) -> None:
    job = add_job(video)
    step = steps.claim_next_segment(worker.worker_name())
    assert step
    worker.run_step(step)
    (media_path(job.folder) / "plan.json").unlink()
    worker.drain_queue()
    assert state_of(job).state == JobState.DONE


@pytest.mark.parametrize("end", [cancel_job, lambda job: delete_video(job.video)])
def test_who_cancels_or_deletes_stops_the_worker_and_nothing_of_it_stays(
    owner: User, working: threading.Thread, media: Stored, end: Callable[[VideoJob], object]
) -> None:
    video = add_video(owner, frames=250, width=192, height=144)
    job = add_job(video, detail="balanced")
    until(lambda: VideoSegment.objects.filter(frames_done__gt=0).exists())
    end(job)
    until(lambda: not media_path("working").exists() or not list(media_path("working").iterdir()))
    until(lambda: not [name for name in media() if name.startswith("working/")])
    assert not VideoJob.objects.exclude(state=JobState.CANCELED).exists()
    assert working.is_alive()


def test_an_account_goes_with_its_videos_results_and_uploads(owner: User, video: Video, media: Stored) -> None:
    add_job(video)
    worker.drain_queue()
    add_job(video, style="comic", detail="fine")
    assert len(media()) == 4
    delete_account(user=owner)
    assert media() == []
    assert not any(model.objects.exists() for model in (Video, VideoJob, VideoSegment))


def test_folders_of_jobs_that_are_over_are_tidied_away(video: Video) -> None:
    job = add_job(video)
    step = steps.claim_next_segment(worker.worker_name())
    assert step
    worker.run_step(step)
    other = media_path("working") / ("0" * 32)
    other.mkdir()
    worker.clean_up()
    assert (other.exists(), media_path(job.folder).exists()) == (False, True)
    VideoJob.objects.update(state=JobState.CANCELED)
    worker.clean_up()
    assert not Path(media_path(job.folder)).exists()

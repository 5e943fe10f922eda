"""Who of several workers does what, and for whom first."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from accounts.models import User
from gallery.models import Conversion, JobState, Video, VideoJob, VideoSegment
from gallery.videos import steps
from gallery.videos.services import cancel_job, retry_job
from gallery.videos.steps import Step, StepKind
from tests.gallery.videos import add_job

pytestmark = pytest.mark.mariadb

MakeJob = Callable[..., VideoJob]


@pytest.fixture
def make_job(db: None) -> MakeJob:
    """A job with so many segments, of a video that nobody looks at here; without any, it waits for its plan."""

    def make(owner: User, segments: int = 0, frames: int = 10) -> VideoJob:
        number = Video.objects.count()
        files = {"file": f"uploads/{number}.mp4", "poster": f"uploads/{number}.jpg", "name": "a.mp4"}
        video = Video.objects.create(
            owner=owner, **files, bytes=1, width=64, height=48, seconds=3, rate=25, has_sound=False
        )
        job = add_job(video)
        if segments:
            now = timezone.now()
            VideoJob.objects.filter(pk=job.pk).update(state=JobState.RUNNING, frames=frames * segments, started=now)
            for index in range(segments):
                VideoSegment.objects.create(job=job, index=index, frames=frames)
        return VideoJob.objects.get(pk=job.pk)

    return make


def claim(worker: str = "a") -> Step:
    step = steps.claim_next_segment(worker)
    assert step
    return step


def run_out() -> None:
    """All leases."""
    past = timezone.now() - timedelta(seconds=1)
    VideoJob.objects.update(lease_expires_at=past)
    VideoSegment.objects.update(lease_expires_at=past)


def test_first_the_plan_then_each_segment_then_the_join(owner: User, make_job: MakeJob) -> None:
    job = make_job(owner)
    plan = claim("a")
    assert (plan.kind, steps.claim_next_segment("b")) == (StepKind.PLAN, None)
    assert steps.mark_planned(plan, [10, 5], [False, False])
    job.refresh_from_db()
    assert (job.state, job.frames) == (JobState.RUNNING, 15)
    first, second = claim("a"), claim("b")
    assert [step.segment.index for step in (first, second) if step.segment] == [0, 1]
    assert steps.claim_next_segment("c") is None
    steps.mark_segment_done(second, 2.0)
    assert steps.claim_next_segment("b") is None, "one is still under way"
    steps.mark_segment_done(first, 1.5)
    assert claim("b").kind is StepKind.JOIN
    assert steps.claim_next_segment("a") is None
    job.refresh_from_db()
    assert job.seconds == 3.5


def test_what_is_finished_already_is_not_done_again(owner: User, make_job: MakeJob) -> None:
    make_job(owner)
    steps.mark_planned(claim(), [10, 5], [True, False])
    step = claim()
    assert step.segment and step.segment.index == 1


def test_a_lease_that_has_run_out_is_taken_over_and_the_first_worker_hears_of_it(
    owner: User, make_job: MakeJob
) -> None:
    make_job(owner, segments=1)
    lost = claim("a")
    assert steps.renew_lease(lost, 3)
    assert steps.claim_next_segment("b") is None
    run_out()
    taken = claim("b")
    assert taken.segment == lost.segment
    assert not steps.renew_lease(lost, 4)
    steps.mark_segment_done(lost, 1.0)
    segment = VideoSegment.objects.get()
    assert (segment.worker, segment.is_done, segment.frames_done) == ("b", False, 3)
    steps.mark_segment_done(taken, 1.0)
    assert VideoSegment.objects.get().is_done


def test_a_released_step_is_free_at_once_and_counts_as_no_try(owner: User, make_job: MakeJob) -> None:
    make_job(owner, segments=1)
    for _ in range(steps.MAX_ATTEMPTS + 2):
        steps.release_step(claim())
    assert VideoSegment.objects.get().attempts == 0


def test_what_goes_wrong_is_tried_some_times_with_a_pause_and_then_given_up(owner: User, make_job: MakeJob) -> None:
    job = make_job(owner, segments=2)
    for _ in range(steps.MAX_ATTEMPTS):
        step = claim()
        assert step.segment and step.segment.index == 0
        steps.reschedule(step)
        following = claim("b")
        assert following.segment and following.segment.index == 1, "the first one pauses"
        steps.release_step(following)
        run_out()
    assert steps.claim_next_segment("a") is None
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "gave_up")
    assert [note.failure for note in Conversion.objects.all()] == ["video_gave_up"], "the operator is told, too"


@pytest.mark.parametrize("end", [cancel_job, lambda job: job.delete()])
def test_who_works_for_a_job_that_is_not_wanted_any_more_hears_of_it(
    owner: User, make_job: MakeJob, end: Callable[[VideoJob], object]
) -> None:
    job = make_job(owner, segments=2)
    step = claim()
    end(job)
    assert not steps.renew_lease(step, 1)
    assert steps.claim_next_segment("b") is None
    steps.mark_segment_done(step, 1.0)
    assert not VideoSegment.objects.filter(is_done=True, job__state=JobState.DONE).exists()


def test_people_take_turns_however_much_each_of_them_wants(owner: User, other: User, make_job: MakeJob) -> None:
    for _ in range(3):
        make_job(owner, segments=4)
    make_job(other, segments=4)
    served = []
    for _ in range(6):
        step = claim("a")
        served.append(step.job.owner)
        steps.mark_segment_done(step, 1.0)
    assert [served.count(person) for person in (owner, other)] == [3, 3]
    assert all(one != following for one, following in pairwise(served))


def test_with_two_workers_each_of_two_people_has_one(owner: User, other: User, make_job: MakeJob) -> None:
    make_job(owner, segments=4)
    make_job(other, segments=4)
    assert {claim(worker).job.owner for worker in "ab"} == {owner, other}


def test_one_person_may_have_all_workers_where_nobody_else_waits(owner: User, make_job: MakeJob) -> None:
    make_job(owner, segments=3)
    assert len({step.segment.index for step in map(claim, "abc") if step.segment}) == 3


def test_once_more_begins_with_a_new_plan(owner: User, make_job: MakeJob) -> None:
    job = make_job(owner, segments=2)
    steps.mark_segment_done(claim(), 1.0)
    steps.mark_failed(job, "damaged")
    assert retry_job(job)
    assert not retry_job(job)
    step = claim()
    assert (step.kind, VideoSegment.objects.count()) == (StepKind.PLAN, 0)
    steps.mark_planned(step, [10, 10], [True, False])
    assert VideoSegment.objects.filter(is_done=True).count() == 1

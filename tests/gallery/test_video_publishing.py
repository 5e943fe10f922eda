"""Publishing finished conversions of videos: as works, and what is special of them."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.test import Client
from PIL import Image

from accounts.models import User
from accounts.services import delete_account
from gallery.locks import ObjectDeleted
from gallery.models import Decision, Exhibit, ExhibitKind, ExhibitState, JobState, ModerationAction, VideoJob
from gallery.moderation.services import DecisionOutcome, decide, delete_by_staff
from gallery.showcase.publishing import publish, withdraw
from gallery.showcase.reactions import set_like
from gallery.storage.media import media_path
from gallery.storage.quotas import QuotaExceeded, get_quota
from gallery.videos import uploads, worker
from gallery.videos.services import delete_job, delete_video
from tests.gallery.exhibits import show
from tests.gallery.videos import add_job, add_result, add_video
from tests.inference.clips import Clip
from tests.threads import at_once

pytestmark = pytest.mark.mariadb

Stored = Callable[[], list[str]]
PLACE = "+52.5200+013.4050/"


def put(job: VideoJob, **other: Any) -> Exhibit:
    return publish(work=job, **{"kind": ExhibitKind.SCENERY, "title": "By the sea", "shows_photo": False, **other})


@pytest.fixture
def job(owner: User) -> VideoJob:
    return add_result(add_video(owner))


def test_what_is_published_waits_for_staff_who_approve_or_refuse_it(job: VideoJob, other: User) -> None:
    exhibit = put(job)
    assert (exhibit.state, exhibit.work, exhibit.job, exhibit.work_key) == (ExhibitState.WAITING, None, job, job.pk)
    decide(exhibits=[exhibit], action=ModerationAction.PUBLISH, decided_by=other)
    assert put(job).state == ExhibitState.PUBLISHED
    decide(exhibits=[exhibit], action=ModerationAction.HIDE, decided_by=other, reason="A stranger is in it")
    decision = job.decisions.latest("pk")
    assert (decision.action, decision.work, decision.work_key) == (ModerationAction.HIDE, None, job.pk)


def test_what_was_refused_goes_back_to_staff_also_without_review(
    job: VideoJob, other: User, settings: LazySettings
) -> None:
    settings.GALLERY_REVIEW = False
    exhibit = put(job)
    assert exhibit.state == ExhibitState.PUBLISHED
    decide(exhibits=[exhibit], action=ModerationAction.REJECT, decided_by=other, reason="Too dark")
    withdraw(work=job)
    assert put(job).state == ExhibitState.WAITING


@pytest.mark.parametrize("state", [state for state in JobState if state != JobState.DONE])
def test_what_is_not_finished_cannot_be_published(owner: User, owner_client: Client, state: JobState) -> None:
    job = add_job(add_video(owner))
    VideoJob.objects.update(state=state)
    job.refresh_from_db()
    with pytest.raises(ObjectDeleted):
        put(job)
    assert owner_client.get(f"/videos/jobs/{job.pk}/publish/").status_code == 404


def test_its_pictures_count_as_its_owners(job: VideoJob, media: Stored) -> None:
    before, kept = get_quota(job.owner).bytes, media()
    exhibit = put(job)
    added = sum(media_path(name).stat().st_size for name in exhibit.files)
    assert sorted(set(media()) - set(kept)) == sorted(exhibit.files)
    assert get_quota(job.owner).bytes == before + added > before


def test_where_there_is_no_room_for_its_pictures_nothing_is_left(job: VideoJob, media: Stored) -> None:
    job.owner.quota_megabytes = 1
    job.owner.save()
    VideoJob.objects.filter(pk=job.pk).update(bytes=2**20)
    before = media()
    with pytest.raises(QuotaExceeded):
        put(job)
    assert (media(), Exhibit.objects.count()) == (before, 0)


def test_an_exhibit_is_of_a_work_or_of_a_video(owner: User, job: VideoJob) -> None:
    work = show(owner).work
    Exhibit.objects.all().delete()
    exhibit = put(job)
    exhibit.pk, exhibit.work = None, work
    with pytest.raises(IntegrityError), transaction.atomic():
        exhibit.save()
    exhibit.work = exhibit.job = None
    with pytest.raises(IntegrityError), transaction.atomic():
        Exhibit.objects.bulk_create([exhibit])


# --- What goes, and takes it along ---


def test_it_goes_with_its_conversion_its_video_and_its_owner(
    owner: User, other: User, media: Stored, django_capture_on_commit_callbacks
) -> None:
    deletions: dict[str, Callable[[VideoJob], object]] = {
        "conversion": delete_job,
        "video": lambda job: delete_video(job.video),
        "staff, the conversion": lambda job: delete_by_staff(works=[job], decided_by=other),
        "staff, the video": lambda job: delete_by_staff(works=[job.video], decided_by=other),
        "account": lambda job: delete_account(user=job.owner),
    }
    for deleted, remove in deletions.items():
        with django_capture_on_commit_callbacks(execute=True):
            job = add_result(add_video(owner))
            exhibit = put(job, is_reviewed=True)
            set_like(exhibit=exhibit, user=other, is_liked=True)
            remove(job)
        assert not Exhibit.objects.exists(), deleted
        assert not set(media()) & {*exhibit.files, *job.files}, deleted
    assert [decision.action for decision in Decision.objects.all()] == [ModerationAction.DELETE] * 2
    assert media() == []


def test_what_is_gone_already_is_not_deleted_again(job: VideoJob, other: User) -> None:
    delete_video(job.video)
    assert delete_by_staff(works=[job, job.video], decided_by=other) == 0
    assert not Decision.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_publish_at_once_make_one_exhibit(job: VideoJob, media: Stored) -> None:
    results = at_once(*[lambda: put(job)] * 2)
    assert all(isinstance(result, Exhibit) for result in results), results
    exhibit = Exhibit.objects.get()
    assert media() == sorted([*job.files, *job.video.files, *exhibit.files])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("remove", [delete_job, lambda job: delete_video(job.video)], ids=["conversion", "video"])
def test_publishing_beside_a_deletion_leaves_no_file(
    owner: User, media: Stored, remove: Callable[[VideoJob], bool]
) -> None:
    for _round in range(2):
        job = add_result(add_video(owner))
        result, deleted = at_once(lambda job=job: put(job), lambda job=job: remove(job))
        assert isinstance(result, Exhibit | ObjectDeleted), result
        assert deleted is True, deleted
        delete_video(job.video)
        assert (Exhibit.objects.count(), media()) == (0, [])


@pytest.mark.django_db(transaction=True)
def test_staff_decide_while_the_owner_deletes_and_a_visitor_likes(owner: User, other: User) -> None:
    visitor = User.objects.create_user("Ida", "ida@example.com", "x")
    for _round in range(3):
        exhibits = [show(owner, is_video=True) for _time in range(10)]
        decided, _liked, deleted = at_once(
            lambda e=exhibits: decide(exhibits=e, action=ModerationAction.HIDE, decided_by=other),
            lambda e=exhibits[3]: set_like(exhibit=e, user=visitor, is_liked=True),
            lambda e=exhibits: [delete_video(exhibit.job.video) for exhibit in e[::-1]],
        )
        assert isinstance(decided, DecisionOutcome), decided
        assert deleted == [True] * 10, deleted


# --- What others get ---


@pytest.mark.django_db(transaction=True)  # a worker renews its leases over a connection of its own
def test_nothing_that_others_get_says_where_it_was_filmed_and_all_that_is_made_says_so(
    owner: User, tmp_path: Path
) -> None:
    tags = (("location", PLACE), ("com.apple.quicktime.location.ISO6709", PLACE), ("title", "At home"))
    clip = Clip(frames=30, width=64, height=48, metadata=tags, container=(("movflags", "use_metadata_tags"),))
    data = clip.write(tmp_path / "home.mov").read_bytes()
    assert PLACE.encode() in data
    video = uploads.receive_whole_file(owner=owner, name="home.mov", size=len(data), source=BytesIO(data))
    job = add_job(video)
    worker.drain_queue()
    job.refresh_from_db()
    exhibit = put(job, shows_photo=True)
    assert len(exhibit.files) == 3
    for name in (*exhibit.files, job.file):
        content = media_path(name).read_bytes()
        assert b"+52.52" not in content and b"At home" not in content
        assert (b"rainedAlgorithmicMedia" in content) == (name != exhibit.frame)
    with av.open(str(media_path(job.file))) as file:
        assert file.metadata["comment"] == "Made with AI by AnimeGAN Studio, style comic"


def test_the_picture_before_is_from_the_part_that_was_converted(owner: User) -> None:
    """What was cut off is not shown to anybody."""
    exhibit = put(add_result(add_video(owner, frames=50), start=1.0), shows_photo=True)
    with Image.open(media_path(exhibit.frame)) as image:
        shown = np.asarray(image, np.float32)
    clip = Clip(width=64, height=48)
    distances = [float(np.abs(shown - clip.picture(number)).mean()) for number in range(35)]
    assert int(np.argmin(distances)) == 25  # at 25 pictures a second

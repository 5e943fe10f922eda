"""Owners show their works and videos to others, and take them back."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from gallery.locks import ObjectDeleted, lock_exhibit, lock_user
from gallery.models import Exhibit, ExhibitState, JobState, ModerationAction, VideoJob, Work
from gallery.models.exhibits import build_search_text, subject_filter
from gallery.photos.renditions import ExhibitImages, make_exhibit_images
from gallery.storage import media
from gallery.storage.labels import make_label
from gallery.storage.quotas import get_quota
from gallery.videos.probing import ConvertedPart, extract_poster_frame


def publish(*, work: Work | VideoJob, kind: str, title: str, shows_photo: bool, is_reviewed: bool = False) -> Exhibit:
    """Show a work, or a video's finished conversion, to others; at once, or when staff have approved it.

    Called again, it changes what is shown. `is_reviewed`: somebody who may decide has approved it already.
    Raise ObjectDeleted, EngineBusy, BadImage or BadVideo, and QuotaExceeded where its images do not fit any more.
    """
    exhibit = Exhibit.objects.filter(subject_filter(work.pk)).select_related("owner").first() or _create_exhibit(work)
    with transaction.atomic():
        lock_user(work.owner_id)
        exhibit = lock_exhibit(work.pk)
        before = _reviewed_fields(exhibit)
        if not is_reviewed and _needs_review(exhibit, kind, title, shows_photo):
            exhibit.state = ExhibitState.WAITING
        else:
            exhibit.state = ExhibitState.PUBLISHED
            exhibit.published = exhibit.published or timezone.now()
        exhibit.kind, exhibit.title, exhibit.shows_photo, exhibit.reason = kind, title, shows_photo, ""
        if _reviewed_fields(exhibit) != before:
            exhibit.submitted = timezone.now()
        exhibit.save()
    return exhibit


def _reviewed_fields(exhibit: Exhibit) -> tuple[Any, ...]:
    """Return what staff decide about. Where any of it changes, `submitted` does, and what they saw is out of date."""
    return exhibit.state, exhibit.kind, exhibit.title, exhibit.shows_photo


def _create_exhibit(work: Work | VideoJob) -> Exhibit:
    """Create a private exhibit with its images. They are made before the transaction begins, as that takes a while."""
    images, frame = _make_images(work)
    rows = type(work)._default_manager.filter(pk=work.pk)
    with media.new_files() as new, transaction.atomic():
        lock_user(work.owner_id)
        if not rows.exists():
            raise ObjectDeleted
        if existing := Exhibit.objects.filter(subject_filter(work.pk)).first():
            return existing  # from another tab
        size = sum(len(image.data) for image in (*images.renditions.values(), images.card)) + len(frame)
        get_quota(work.owner).check(more_bytes=size, more_works=0)
        exhibit = Exhibit.objects.create(
            **({"work": work} if isinstance(work, Work) else {"job": work}),
            owner_id=work.owner_id,
            style=work.style,
            state=ExhibitState.WITHDRAWN,
            submitted=timezone.now(),
            renditions=[
                [width, new.write("results", image.extension, image.data)] for width, image in images.renditions.items()
            ],
            card=new.write("results", images.card.extension, images.card.data),
            blur=images.blur,
            frame=new.write("results", "jpg", frame) if frame else "",
        )
        rows.update(bytes=F("bytes") + size)
        return exhibit


def _make_images(work: Work | VideoJob) -> tuple[ExhibitImages, bytes]:
    """Make the images for the gallery; of a video from its poster, with a JPEG of the frame that was its model.

    Nothing but that frame of the original video is ever shown to others: its file may say where it was taken, also
    within its frames' data, and it may hold more than was converted.
    """
    try:
        if isinstance(work, Work):
            return make_exhibit_images(media.media_path(work.file), work.style, make_label(work.pk)), b""
        if work.state != JobState.DONE:
            raise ObjectDeleted
        images = make_exhibit_images(media.media_path(work.poster), work.style, make_label(work.pk))
        part = ConvertedPart(work.start, work.length, work.is_rate_halved)
        return images, extract_poster_frame(media.media_path(work.video.file), media.media_path(work.file), part)
    except FileNotFoundError as error:
        raise ObjectDeleted from error


def _needs_review(exhibit: Exhibit, kind: str, title: str, shows_photo: bool) -> bool:
    """Return whether staff have to approve it first.

    What was refused once goes back to staff whatever the settings say, also if it was private in between.
    """
    is_same = (exhibit.kind, exhibit.title) == (kind, title) and exhibit.shows_photo >= shows_photo
    if exhibit.state == ExhibitState.PUBLISHED and is_same:
        return False
    last = exhibit.subject.decisions.order_by("-created", "-pk").first()
    is_refused = last is not None and last.action in (ModerationAction.REJECT, ModerationAction.HIDE)
    return settings.GALLERY_REVIEW or is_refused or exhibit.reports.filter(is_resolved=False).exists()


@transaction.atomic
def withdraw(*, work: Work | VideoJob) -> None:
    """Make a published work private again. Raise ObjectDeleted."""
    lock_user(work.owner_id)
    exhibit = lock_exhibit(work.pk)
    exhibit.state = ExhibitState.WITHDRAWN
    exhibit.save(update_fields=["state"])


@transaction.atomic
def update_search_texts(*, owner: User) -> None:
    """Let searches find the exhibits of a person who was renamed. See `Exhibit.search`."""
    lock_user(owner.pk)
    outdated = Exhibit.objects.filter(owner=owner).exclude(search__startswith=build_search_text("", owner.username_key))
    exhibits = list(outdated.only("title").order_by("pk"))  # the order in which they are locked: see `locks`
    for exhibit in exhibits:
        exhibit.search = build_search_text(exhibit.title, owner.username_key)
    Exhibit.objects.bulk_update(exhibits, ["search"], batch_size=200)

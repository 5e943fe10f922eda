"""Publishing and taking back: who has to look first, what becomes of the files, and what the files say."""

import base64
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from django.conf import LazySettings
from PIL import Image

from accounts.models import User
from gallery.locks import ObjectDeleted
from gallery.models import Exhibit, ExhibitKind, ExhibitState, ModerationAction, Report, Work
from gallery.moderation.services import decide
from gallery.photos.conversion import ConversionOptions
from gallery.photos.services import convert_upload, delete_works
from gallery.showcase.publishing import publish, withdraw
from gallery.showcase.reactions import report_exhibit, set_like
from gallery.storage.media import media_path
from tests.gallery.pictures import photo_bytes
from tests.threads import at_once

pytestmark = pytest.mark.mariadb

Make = Callable[..., Work]
Stored = Callable[[], list[str]]


def put(work: Work, **other: Any) -> Exhibit:
    usual = {"kind": ExhibitKind.SCENERY, "title": "By the sea", "shows_photo": False}
    return publish(work=work, **{**usual, **other})


def convert(owner: User, data: bytes) -> Work:
    return convert_upload(
        owner=owner, name="a.png", stream=BytesIO(data), options=ConversionOptions("comic", "balanced")
    )[0]


def refuse(exhibit: Exhibit, staff: User, action: ModerationAction = ModerationAction.REJECT) -> None:
    decide(exhibits=[exhibit], action=action, decided_by=staff, reason="A stranger is in it")


def state(work: Work) -> str:
    return Exhibit.objects.values_list("state", flat=True).get(work=work)


@pytest.fixture
def no_review(settings: LazySettings) -> None:
    settings.GALLERY_REVIEW = False


@pytest.fixture
def published(work: Work) -> Exhibit:
    return put(work, is_reviewed=True)


# --- Who has to look first ---


def test_what_is_published_waits_for_staff(work: Work) -> None:
    exhibit = put(work)
    assert (exhibit.state, exhibit.published, exhibit.owner, exhibit.style) == ("waiting", None, work.owner, "comic")


@pytest.mark.usefixtures("no_review")
def test_without_review_it_is_seen_at_once(work: Work) -> None:
    exhibit = put(work)
    assert exhibit.state == ExhibitState.PUBLISHED
    assert exhibit.published is not None


def test_whoever_has_the_right_to_decide_publishes_at_once(published: Exhibit) -> None:
    assert published.state == ExhibitState.PUBLISHED


@pytest.mark.parametrize("change", [{}, {"shows_photo": False}])
def test_the_same_again_or_less_is_not_looked_at_again(work: Work, change: dict[str, Any]) -> None:
    first = put(work, is_reviewed=True, shows_photo=True)
    again = put(work, **{"shows_photo": True, **change})
    assert (again.state, again.published, again.pk) == (ExhibitState.PUBLISHED, first.published, first.pk)
    assert again.shows_photo == change.get("shows_photo", True)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("change", [{"title": "Another"}, {"kind": ExhibitKind.FACE}, {"shows_photo": True}])
def test_what_shows_more_or_something_else_is_looked_at_again(work: Work, change: dict[str, Any]) -> None:
    assert put(work, **change).state == ExhibitState.WAITING


@pytest.mark.usefixtures("published", "no_review")
@pytest.mark.parametrize("change", [{"title": "Another"}, {"kind": ExhibitKind.FACE}, {"shows_photo": True}])
def test_without_review_every_change_is_seen_at_once(work: Work, change: dict[str, Any]) -> None:
    assert put(work, **change).state == ExhibitState.PUBLISHED


def test_a_change_is_found_by_a_search(work: Work, published: Exhibit) -> None:
    assert published.search == "mia\nby the sea"
    assert put(work, title="西湖 AND More").search == "mia\n西湖 and more"


def test_the_date_is_that_of_the_first_time(work: Work, published: Exhibit) -> None:
    withdraw(work=work)
    assert put(work, title="Another", is_reviewed=True).published == published.published


@pytest.mark.usefixtures("no_review")
@pytest.mark.parametrize("action", [ModerationAction.REJECT, ModerationAction.HIDE])
@pytest.mark.parametrize("withdrawn", [False, True], ids=["directly", "private in between"])
def test_what_was_refused_goes_back_to_staff_also_without_review(
    work: Work, published: Exhibit, other: User, action: ModerationAction, withdrawn: bool
) -> None:
    refuse(published, other, action)
    if withdrawn:
        withdraw(work=work)
    again = put(work, title="Now it is fine")
    assert (again.state, again.reason) == (ExhibitState.WAITING, "")
    assert put(work, title="And now").state == ExhibitState.WAITING


@pytest.mark.usefixtures("no_review")
def test_what_staff_approved_after_a_refusal_is_free_again(work: Work, published: Exhibit, other: User) -> None:
    refuse(published, other)
    decide(exhibits=[put(work)], action=ModerationAction.PUBLISH, decided_by=other)
    assert put(work, title="Another").state == ExhibitState.PUBLISHED


@pytest.mark.usefixtures("no_review")
def test_what_reports_hid_goes_back_to_staff(
    work: Work, published: Exhibit, other: User, settings: LazySettings
) -> None:
    settings.REPORTS_TO_HIDE = 1
    report_exhibit(exhibit=published, reporter=other, reason="person", text="")
    assert state(work) == ExhibitState.HIDDEN
    assert put(work).state == ExhibitState.WAITING


@pytest.mark.usefixtures("no_review")
def test_a_report_cannot_be_shaken_off_by_taking_the_work_back(work: Work, published: Exhibit, other: User) -> None:
    report_exhibit(exhibit=published, reporter=other, reason="person", text="")
    withdraw(work=work)
    assert put(work).state == ExhibitState.WAITING
    Report.objects.update(is_resolved=True)
    assert put(work).state == ExhibitState.PUBLISHED


# --- Taking back ---


def test_taking_back_keeps_likes_and_the_way_to_publish_again(work: Work, published: Exhibit, other: User) -> None:
    set_like(exhibit=published, user=other, is_liked=True)
    withdraw(work=work)
    assert state(work) == ExhibitState.WITHDRAWN
    again = put(work, is_reviewed=True)
    assert (again.pk, again.likes, again.likings.count()) == (published.pk, 1, 1)


def test_what_was_never_published_cannot_be_taken_back(work: Work) -> None:
    with pytest.raises(ObjectDeleted):
        withdraw(work=work)


def test_what_was_deleted_meanwhile_is_gone(work: Work, django_capture_on_commit_callbacks) -> None:
    stale = Work.objects.get(pk=work.pk)
    with django_capture_on_commit_callbacks(execute=True):
        delete_works(owner=work.owner, works=[work])
    for action in (lambda: put(stale), lambda: withdraw(work=stale)):
        with pytest.raises(ObjectDeleted):
            action()


def test_a_row_deleted_before_its_files_leaves_no_new_ones(work: Work, media: Stored) -> None:
    before, stale = media(), Work.objects.get(pk=work.pk)
    delete_works(owner=work.owner, works=[work])  # the files wait for the end of the test's transaction
    with pytest.raises(ObjectDeleted):
        put(stale)
    assert media() == before


# --- Files ---


def test_pictures_are_made_once(work: Work, published: Exhibit, media: Stored) -> None:
    before = media()
    assert set(published.files) <= set(before)
    withdraw(work=work)
    again = put(work, title="Another", kind=ExhibitKind.FACE)
    assert (media(), again.files) == (before, published.files)


def test_pictures_go_with_the_work(
    work: Work, published: Exhibit, media: Stored, django_capture_on_commit_callbacks
) -> None:
    assert len(published.files) >= 2
    with django_capture_on_commit_callbacks(execute=True):
        delete_works(owner=work.owner, works=[work])
    assert media() == []


def test_pictures_go_with_the_account(
    owner: User, owner_client, published: Exhibit, media: Stored, django_capture_on_commit_callbacks
) -> None:
    from accounts.services import delete_account

    with django_capture_on_commit_callbacks(execute=True):
        delete_account(user=owner)
    assert media() == []


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_publish_at_once_make_one_exhibit(work: Work, media: Stored) -> None:
    results = at_once(*[lambda: put(work)] * 2)
    assert all(isinstance(result, Exhibit) for result in results), results
    exhibit = Exhibit.objects.get()
    assert media() == sorted([*work.files, *work.photo.files, *exhibit.files])


@pytest.mark.django_db(transaction=True)
def test_publishing_beside_the_deletion_of_the_work_leaves_no_file(owner: User, make_work: Make, media: Stored) -> None:
    for seed in range(3):
        work = make_work(seed=seed)
        result, deleted = at_once(
            lambda work=work: put(work), lambda work=work: delete_works(owner=owner, works=[work])
        )
        assert isinstance(result, Exhibit | ObjectDeleted), result
        assert deleted == 1, deleted
        assert (Exhibit.objects.count(), media()) == (0, [])


# --- What the pictures are ---


def noise(width: int, height: int, mode: str = "RGB") -> bytes:
    pixels = np.random.default_rng(7).integers(0, 255, (height, width, len(mode)), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels, mode).save(buffer, "PNG")
    return buffer.getvalue()


SIZES = {
    "tiny": photo_bytes(40, 30),
    "one rendition": photo_bytes(480, 360),
    "two renditions": photo_bytes(700, 500),
    "very wide": photo_bytes(3000, 90),
    "very tall": photo_bytes(60, 2100),
    "noise": noise(512, 512),
    "noise that is half transparent": noise(64, 64, "RGBA"),
}


@pytest.mark.parametrize("data", SIZES.values(), ids=SIZES.keys())
def test_any_photo_gets_pictures_for_every_screen(owner: User, data: bytes) -> None:
    work = convert(owner, data)
    exhibit = put(work)
    exhibit.refresh_from_db()
    widths = [width for width, _name in exhibit.renditions]
    assert widths == sorted(set(widths))
    for width, name in exhibit.renditions:
        with Image.open(media_path(name)) as picture:
            assert (picture.format, picture.width) == ("WEBP", width)
            assert max(picture.size) <= 1920
            # Scaling rounds to whole pixels.
            assert abs(picture.height - width * work.height / work.width) <= work.height / work.width / 2 + 1
    largest = min(1.0, 1920 / max(work.width, work.height)) * work.width
    assert widths[-1] == max(1, round(largest))
    with Image.open(media_path(exhibit.card)) as card:
        assert card.format == "JPEG"
        assert max(card.size) == min(1200, max(work.width, work.height))


@pytest.mark.parametrize("data", SIZES.values(), ids=SIZES.keys())
def test_the_blur_of_an_opaque_picture_is_a_short_address_with_the_picture_in_it(owner: User, data: bytes) -> None:
    with Image.open(BytesIO(data)) as photo:
        is_opaque = not photo.has_transparency_data
    blur = put(convert(owner, data)).blur
    if not is_opaque:
        assert blur == "", "it would be seen through the picture"
        return
    head, _comma, body = blur.partition(",")
    assert head == "data:image/webp;base64"
    assert len(blur) <= 600  # as many as its column has room for
    with Image.open(BytesIO(base64.b64decode(body, validate=True))) as picture:
        assert max(picture.size) <= 20


def test_every_picture_says_that_ai_made_it_and_nothing_of_the_camera(owner: User) -> None:
    image = Image.open(BytesIO(photo_bytes(700, 500)))
    exif = image.getexif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    buffer = BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    exhibit = put(convert(owner, buffer.getvalue()))
    assert len(exhibit.files) == 3
    for name in exhibit.files:
        data = media_path(name).read_bytes()
        assert b"TrainedAlgorithmicMedia" in data
        assert b"SecretCamera" not in data
        with Image.open(BytesIO(data)) as picture:
            assert not picture.getexif()
    assert "Secret" not in exhibit.blur

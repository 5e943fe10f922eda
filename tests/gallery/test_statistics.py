"""What is noted of conversions, and what the operator reads of it."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import DatabaseError
from django.utils import timezone

from accounts.models import User
from gallery import conversion_log
from gallery.locks import ObjectDeleted
from gallery.models import Conversion, ExhibitState, Work
from gallery.photos import conversion
from gallery.photos.conversion import ConversionOptions
from gallery.photos.services import convert_photo, convert_upload
from gallery.statistics import get_conversion_stats, get_storage_stats, get_totals
from gallery.storage.media import media_path
from imaging.errors import BadImage, ImagingError
from inference.errors import BadWeights, EngineBusy, NonFiniteResult, StyleNotDownloaded, UnknownStyle
from tests.gallery.exhibits import show
from tests.gallery.pictures import bomb, photo_bytes

pytestmark = pytest.mark.mariadb

Make = Callable[..., Work]


def upload(owner: User, data: bytes, style: str = "comic") -> tuple[Work, bool]:
    return convert_upload(
        owner=owner, name="a.jpg", stream=io.BytesIO(data), options=ConversionOptions(style, "balanced")
    )


def noted(
    *, style: str = "comic", seconds: float = 1.0, failure: str = "", ago: timedelta = timedelta(0)
) -> Conversion:
    """A row as of some time ago."""
    row = Conversion.objects.create(style=style, seconds=seconds, failure=failure)
    Conversion.objects.filter(pk=row.pk).update(at=timezone.now() - ago)
    return row


def failing(error: Exception) -> Callable[..., None]:
    def convert(*_arguments: object) -> None:
        raise error

    return convert


# --- Noting ---


def test_a_conversion_is_noted_and_one_that_is_there_already_is_not(owner: User, make_work: Make) -> None:
    work = make_work()
    make_work()
    convert_photo(photo=work.photo, options=ConversionOptions("comic", "balanced"))
    row = Conversion.objects.get()
    assert (row.style, row.seconds, row.failure) == ("comic", work.seconds, "")


def test_another_style_of_a_photo_is_noted_too(work: Work) -> None:
    convert_photo(photo=work.photo, options=ConversionOptions("comic", "fine"))
    assert Conversion.objects.filter(failure="").count() == 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"words", "not_a_picture"),
        (photo_bytes()[:900], "damaged"),
        (bomb(), "too_many_pixels"),
        (b"x" * (2**20 + 1), "too_many_bytes"),
    ],
)
def test_a_picture_that_cannot_be_used_is_noted_with_its_reason(
    owner: User, settings: LazySettings, data: bytes, reason: str
) -> None:
    settings.UPLOAD_MAX_BYTES = 2**20
    with pytest.raises(BadImage):
        upload(owner, data)
    row = Conversion.objects.get()
    assert (row.style, row.failure) == ("comic", reason)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EngineBusy(3), "busy"),
        (BadWeights("damaged"), "bad_weights"),
        (StyleNotDownloaded("fetch it"), "style_not_downloaded"),
        (UnknownStyle("no such"), "unknown_style"),
        (NonFiniteResult("not numbers"), "not_finite"),
        (ImagingError("new"), "other"),
    ],
)
def test_what_is_expected_to_go_wrong_is_noted_and_passed_on(
    owner: User, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    monkeypatch.setattr(conversion, "convert_image", failing(error))
    with pytest.raises(type(error)):
        upload(owner, photo_bytes())
    assert Conversion.objects.get().failure == code


def test_a_photo_that_is_deleted_meanwhile_is_noted(work: Work) -> None:
    media_path(work.photo.file).unlink()
    with pytest.raises(ObjectDeleted):
        convert_photo(photo=work.photo, options=ConversionOptions("comic", "fine"))
    assert list(Conversion.objects.order_by("pk").values_list("failure", flat=True)) == ["", "gone"]


def test_a_bug_is_not_taken_for_a_failure(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "convert_image", failing(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        upload(owner, photo_bytes())
    assert not Conversion.objects.exists()


def test_a_conversion_whose_work_cannot_be_kept_is_noted_all_the_same(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_user_id: int) -> None:
        raise ObjectDeleted

    monkeypatch.setattr("gallery.photos.services.lock_user", nobody)
    with pytest.raises(ObjectDeleted):
        upload(owner, photo_bytes())
    assert not Work.objects.exists()
    assert Conversion.objects.get().failure == ""


def test_a_note_that_fails_spoils_no_conversion(
    owner: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_values: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(Conversion.objects, "create", broken)
    work, is_new = upload(owner, photo_bytes())
    assert is_new
    assert Work.objects.get() == work
    assert "a conversion was not noted" in caplog.text


def test_a_note_that_the_database_refuses_leaves_the_connection_usable(db: None) -> None:
    conversion_log.log_conversion(style="comic", seconds=None)
    assert Conversion.objects.count() == 0
    conversion_log.log_conversion(style="comic", seconds=1)
    assert Conversion.objects.count() == 1


def test_old_notes_go_now_and_then(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    old, young = noted(ago=timedelta(days=91)), noted(ago=timedelta(days=89))
    monkeypatch.setattr(conversion_log, "PRUNE_INTERVAL", 10**9)
    conversion_log.log_conversion(style="comic", seconds=1)
    assert Conversion.objects.filter(pk=old.pk).exists()
    monkeypatch.setattr(conversion_log, "PRUNE_INTERVAL", 1)
    conversion_log.log_conversion(style="comic", seconds=1)
    assert not Conversion.objects.filter(pk=old.pk).exists()
    assert Conversion.objects.filter(pk=young.pk).exists()


# --- Reading ---


def test_conversions_are_counted_by_day_and_style(db: None) -> None:
    for style in ("comic", "comic", "paprika"):
        noted(style=style)
    noted(ago=timedelta(days=2))
    noted(ago=timedelta(days=40))
    noted(failure="busy")
    today = timezone.localdate()
    by_day = get_conversion_stats().by_day
    assert list(by_day) == [today - timedelta(days=ago) for ago in range(29, -1, -1)]
    counted = {(today - day).days: dict(counts) for day, counts in by_day.items() if counts}
    assert counted == {0: {"comic": 2, "paprika": 1}, 2: {"comic": 1}}


def test_a_day_begins_at_midnight_where_the_site_is(db: None, settings: LazySettings) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    timezone.deactivate()
    today = timezone.localdate()
    midnight = timezone.make_aware(datetime.combine(today, datetime.min.time()))
    for at in (midnight - timedelta(seconds=1), midnight):
        Conversion.objects.filter(pk=noted().pk).update(at=at)
    counted = {(today - day).days: counts.total() for day, counts in get_conversion_stats().by_day.items() if counts}
    assert counted == {1: 1, 0: 1}


def test_speed_is_told_by_median_and_the_time_that_95_of_100_kept(db: None) -> None:
    for number in range(1, 101):
        noted(seconds=float(number))
    noted(style="paprika", seconds=7.0)
    noted(seconds=1000.0, failure="busy")
    comic, paprika = get_conversion_stats().speeds
    assert (comic.style, comic.count, comic.median, comic.p95) == ("comic", 100, 50.5, 95.0)
    assert (paprika.style, paprika.count, paprika.median, paprika.p95) == ("paprika", 1, 7.0, 7.0)


def test_failures_are_counted_by_reason_the_most_frequent_first(db: None) -> None:
    for reason in ("empty", "busy", "busy"):
        noted(failure=reason)
    assert get_conversion_stats().failures == [("busy", 2), ("empty", 1)]


def test_where_nothing_was_converted_all_days_are_empty(db: None) -> None:
    conversions = get_conversion_stats()
    assert (conversions.count, conversions.speeds, conversions.failures) == (0, [], [])
    assert len(conversions.by_day) == 30


def test_the_reading_is_one_query_whatever_there_is(db: None, django_assert_num_queries) -> None:
    for style in ("comic", "paprika"):
        noted(style=style)
    with django_assert_num_queries(1):
        get_conversion_stats()


def test_storage_is_what_rows_and_disk_say(work: Work, settings: LazySettings) -> None:
    stored = get_storage_stats()
    photos, results = (sum(media_path(name).stat().st_size for name in row.files) for row in (work.photo, work))
    assert (stored.photos, stored.results) == (photos, results)
    assert stored.files == len([path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]) == 4
    assert 0 < stored.free < stored.total


def test_storage_of_a_site_without_any_file_is_nothing(db: None) -> None:
    stored = get_storage_stats()
    assert (stored.photos, stored.results, stored.videos, stored.files) == (0, 0, 0, 0)


def test_everything_is_counted(owner: User, other: User) -> None:
    for state in (ExhibitState.WAITING, ExhibitState.WAITING, ExhibitState.HIDDEN):
        show(owner, state=state)
    counted = get_totals()
    assert (counted.people, counted.photos, counted.works) == (2, 3, 3)
    assert counted.exhibits == {"waiting": 2, "hidden": 1}

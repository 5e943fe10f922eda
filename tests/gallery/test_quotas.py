"""How much a person may keep: counted, said, and kept to by uploads at the same time too."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from threading import Barrier

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from gallery.models import Photo, Work
from gallery.photos import conversion
from gallery.photos.conversion import ConversionOptions
from gallery.photos.services import convert_photo, convert_upload
from gallery.storage.media import media_path
from gallery.storage.quotas import MEGABYTE, QuotaExceeded, get_quota
from tests.gallery.pictures import photo_bytes, upload
from tests.threads import at_once

pytestmark = pytest.mark.mariadb

JSON = {"Accept": "application/json"}
CHOICE = {"style": "comic", "detail": "balanced"}
Make = Callable[..., Work]
Stored = Callable[[], list[str]]


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Conversions give the same few bytes at once; the list has the styles that were asked for."""
    asked: list[str] = []

    def convert(_source: object, options: ConversionOptions, *_: object) -> conversion.ConversionResult:
        asked.append(options.style)
        return replace(converted(), options=options.resolve(0))

    monkeypatch.setattr(conversion, "convert_image", convert)
    return asked


def converted(result: int = 100, thumbnail: int = 10, preview: int = 20) -> conversion.ConversionResult:
    """So many bytes of each file."""
    pictures = [conversion.EncodedImage(b"x" * size, "jpg") for size in (result, thumbnail, preview)]
    options = ConversionOptions(**CHOICE).resolve(0)
    more = {"photo_crop": None, "photo_size": (9, 9), "options": options, "faces": None}
    return conversion.ConversionResult(*pictures, width=9, height=9, **more, seconds=1.0, device="cpu", engine="torch")


def on_disk(media: Stored) -> int:
    return sum(media_path(name).stat().st_size for name in media())


def convert(owner: User, seed: int = 1, detail: str = "balanced") -> tuple[Work, bool]:
    stream = BytesIO(photo_bytes(seed=seed))
    return convert_upload(owner=owner, name="holiday.jpg", stream=stream, options=ConversionOptions("comic", detail))


def send(client: Client, seed: int, **headers: str):
    data = {"photos": upload(photo_bytes(seed=seed)), **CHOICE}
    return client.post("/studio/", data, headers=JSON | headers)


def fill_megabytes(owner: User, *, leaving: int) -> None:
    """Let the owner's works take all of one megabyte but so many bytes."""
    owner.quota_megabytes = 1
    owner.save()
    Work.objects.filter(owner=owner).update(bytes=0)
    Work.objects.filter(owner=owner).update(bytes=MEGABYTE - leaving - get_quota(owner).bytes)


@pytest.mark.parametrize(("own", "limit"), [(None, 7), (0, 0), (3, 3)])
def test_the_settings_hold_unless_the_account_says_otherwise(
    owner: User, settings: LazySettings, own: int | None, limit: int
) -> None:
    settings.QUOTA_WORKS, settings.QUOTA_MEGABYTES = 7, 7
    owner.quota_works = owner.quota_megabytes = own
    quota = get_quota(owner)
    assert (quota.max_works, quota.max_megabytes) == (limit, limit)


def test_all_files_of_the_person_alone_are_counted(
    owner: User, other: User, conversions: list[str], media: Stored
) -> None:
    convert(owner), convert(owner, detail="fine")
    quota = get_quota(owner)
    assert (quota.works, quota.bytes) == (2, len(photo_bytes()) + 20 + 2 * (100 + 10))
    assert quota.bytes == on_disk(media)
    convert(other)
    assert get_quota(owner) == quota
    assert (get_quota(User(pk=0)).works, get_quota(User(pk=0)).bytes) == (0, 0)


def test_without_limits_there_is_always_room(owner: User, settings: LazySettings, conversions: list[str]) -> None:
    settings.QUOTA_WORKS = settings.QUOTA_MEGABYTES = 0
    convert(owner)
    Work.objects.update(bytes=2**50)
    assert convert(owner, seed=2)[1]


def test_the_last_work_that_fits_is_kept_and_the_next_is_not_even_converted(
    owner: User, settings: LazySettings, conversions: list[str], media: Stored
) -> None:
    settings.QUOTA_WORKS = 2
    work, _second = convert(owner, seed=1)[0], convert(owner, seed=2)
    files = media()
    with pytest.raises(QuotaExceeded):
        convert(owner, seed=3)
    with pytest.raises(QuotaExceeded):
        convert_photo(photo=work.photo, options=ConversionOptions("comic", "bold"))
    assert len(conversions) == 2
    assert (Work.objects.count(), Photo.objects.count(), media()) == (2, 2, files)


@pytest.mark.parametrize(("missing", "fits"), [(0, True), (1, False)])
def test_a_photo_and_its_result_fit_to_the_last_byte(
    owner: User, conversions: list[str], media: Stored, missing: int, fits: bool
) -> None:
    convert(owner)
    files, size = media(), len(photo_bytes(seed=2)) + 20 + 100 + 10
    fill_megabytes(owner, leaving=size - missing)
    if fits:
        assert convert(owner, seed=2)[1]
        assert get_quota(owner).bytes == MEGABYTE
    else:
        with pytest.raises(QuotaExceeded):
            convert(owner, seed=2)
        assert (Work.objects.count(), Photo.objects.count(), media()) == (1, 1, files)


def test_a_photo_that_cannot_fit_is_not_converted(owner: User, conversions: list[str]) -> None:
    convert(owner)
    fill_megabytes(owner, leaving=len(photo_bytes(seed=2)))
    with pytest.raises(QuotaExceeded):
        convert(owner, seed=2)
    assert len(conversions) == 1


def test_a_photo_that_is_here_already_counts_once(owner: User, conversions: list[str]) -> None:
    convert(owner)
    fill_megabytes(owner, leaving=110)
    assert convert(owner, detail="fine")[1]


def test_at_the_limit_works_that_exist_are_still_found(
    owner: User, owner_client: Client, settings: LazySettings, conversions: list[str]
) -> None:
    settings.QUOTA_WORKS = 1
    work = convert(owner)[0]
    assert send(owner_client, seed=1).json()["id"] == str(work.pk)
    assert owner_client.post(f"/works/{work.pk}/again/", CHOICE, headers=JSON).status_code == 200


@pytest.mark.parametrize("url", ["/works/{}/again/", "/studio/sample/"])
def test_other_ways_to_a_work_end_at_the_limit_too(
    owner: User, owner_client: Client, settings: LazySettings, conversions: list[str], url: str
) -> None:
    settings.QUOTA_WORKS = 1
    work = convert(owner)[0]
    response = owner_client.post(url.format(work.pk), CHOICE | {"detail": "bold"}, headers=JSON)
    assert response.status_code == 403


def test_the_refusal_says_the_limit_and_what_to_do(
    owner: User, owner_client: Client, settings: LazySettings, conversions: list[str]
) -> None:
    settings.QUOTA_WORKS = 1
    convert(owner)
    response = send(owner_client, seed=2)
    assert response.status_code == 403
    assert "quota is 1 work. Delete some works, or ask the operator" in response.json()["error"]
    settings.QUOTA_WORKS = 0
    fill_megabytes(owner, leaving=1)
    response = send(owner_client, seed=2)
    assert response.status_code == 403
    assert "exceeds your storage quota of 1 MB" in response.json()["error"]
    assert "Delete some works, or ask the operator" in response.json()["error"]


def test_after_deleting_a_work_there_is_room_again(
    owner: User, owner_client: Client, settings: LazySettings, conversions: list[str]
) -> None:
    settings.QUOTA_WORKS = 1
    work = convert(owner)[0]
    assert send(owner_client, seed=2).status_code == 403
    owner_client.post(f"/works/{work.pk}/delete/")
    assert send(owner_client, seed=2).status_code == 201


def test_without_scripts_no_file_beyond_the_limit_is_converted(
    owner_client: Client, settings: LazySettings, conversions: list[str]
) -> None:
    settings.QUOTA_WORKS = 1
    photos = [upload(photo_bytes(seed=seed), f"{seed}.jpg") for seed in (1, 2, 3)]
    response = owner_client.post("/studio/", {"photos": photos, **CHOICE})
    assert response.status_code == 403
    assert all(f"{seed}.jpg: Your storage quota is" in response.content.decode() for seed in (2, 3))
    assert len(conversions) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("in_megabytes", [False, True])
def test_of_two_uploads_at_once_only_one_takes_the_last_room(
    owner: User, monkeypatch: pytest.MonkeyPatch, media: Stored, in_megabytes: bool
) -> None:
    # Both are converted before either is kept: the first look alone would let both in.
    both = Barrier(2)

    def convert_together(*_arguments: object) -> conversion.ConversionResult:
        both.wait(30)
        return converted(MEGABYTE * 2 // 3)

    monkeypatch.setattr(conversion, "convert_image", convert_together)
    if in_megabytes:
        owner.quota_megabytes = 1
    else:
        owner.quota_works = 1
    owner.save()
    results = at_once(lambda: convert(owner, seed=1), lambda: convert(owner, seed=2))
    assert sorted(type(result).__name__ for result in results) == ["QuotaExceeded", "tuple"], results
    work = Work.objects.get()
    assert media() == sorted([*work.files, *work.photo.files])


def test_the_account_page_shows_what_is_used(owner: User, owner_client: Client, conversions: list[str]) -> None:
    convert(owner)
    Work.objects.update(bytes=1234 * MEGABYTE - Photo.objects.get().bytes)
    page = " ".join(owner_client.get("/accounts/profile/").content.decode().split())
    assert "1 of 1,000 works" in page
    assert "1,234 of 5,000 MB" in page
    assert f'max="{5000 * MEGABYTE}" high="{4500 * MEGABYTE}" optimum="0" value="{1234 * MEGABYTE}"' in page


@pytest.mark.parametrize(("limit", "told"), [(0, "0.4 MB"), (5000, "0.4 of 5,000 MB")])
def test_the_account_page_tells_tenths_of_little(
    owner: User, owner_client: Client, settings: LazySettings, conversions: list[str], limit: int, told: str
) -> None:
    settings.QUOTA_MEGABYTES = limit
    convert(owner)
    Work.objects.update(bytes=0.4 * MEGABYTE)
    assert told in " ".join(owner_client.get("/accounts/profile/").content.decode().split())


def test_the_account_page_has_no_bar_where_there_is_no_limit(
    owner_client: Client, settings: LazySettings, db: None
) -> None:
    settings.QUOTA_WORKS = settings.QUOTA_MEGABYTES = 0
    page = " ".join(owner_client.get("/accounts/profile/").content.decode().split())
    assert "<meter" not in page
    assert "0 works" in page
    assert "0 MB" in page

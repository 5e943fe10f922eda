"""Upload and conversion: one request in, a work or a reason out."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from accounts.models import User
from gallery.models import Photo, Work
from gallery.storage.media import media_path
from gallery.styles import previews as style_previews
from inference.runtime import get_engine
from tests.gallery.pictures import bomb, photo_bytes, upload
from tests.threads import engine_held

pytestmark = pytest.mark.mariadb

JSON = {"Accept": "application/json"}
CHOICE = {"style": "comic", "detail": "balanced"}
Stored = Callable[[], list[str]]


def send(client: Client, data: bytes | None = None, name: str = "holiday.jpg", **choice: str):
    return client.post("/studio/", {"photos": upload(data, name), **CHOICE, **choice}, headers=JSON)


@pytest.mark.real_styles
def test_an_upload_becomes_a_work_of_the_same_size(owner: User, owner_client: Client, media: Stored) -> None:
    response = send(owner_client)
    work = Work.objects.get(owner=owner)
    assert response.status_code == 201
    assert response.json()["page"] == f"/works/{work.pk}/"
    assert (work.width, work.height) == (96, 72) == (work.photo.width, work.photo.height)
    assert (work.style, work.detail, work.engine, work.device) == ("comic", "balanced", "openvino", "cpu")
    assert work.seconds > 0
    assert media() == sorted([*work.files, *work.photo.files])


def test_stored_names_say_nothing_about_the_photo(owner_client: Client, media: Stored) -> None:
    send(owner_client, name="my-secret-party.jpg")
    assert all("secret" not in name and "party" not in name for name in media())


def test_without_scripts_the_form_leads_to_the_work(owner_client: Client) -> None:
    response = owner_client.post("/studio/", {"photos": upload(), **CHOICE})
    assert response.status_code == 302
    assert response["Location"] == f"/works/{Work.objects.get().pk}/"


def test_without_scripts_many_photos_are_all_converted(owner_client: Client) -> None:
    photos = [upload(photo_bytes(seed=seed), f"{seed}.jpg") for seed in (1, 2, 3)]
    owner_client.post("/studio/", {"photos": photos, **CHOICE})
    assert Work.objects.count() == 3


def test_the_same_file_is_kept_once_and_not_converted_again(owner_client: Client, media: Stored) -> None:
    first, files = send(owner_client), media()
    second = send(owner_client, name="copy.jpg")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() | {"isNew": True} == first.json()
    assert media() == files


def test_the_same_file_of_another_person_is_theirs_alone(owner_client: Client, other_client: Client) -> None:
    send(owner_client)
    assert send(other_client).status_code == 201
    assert Photo.objects.count() == 2


def test_another_detail_of_the_same_file_is_another_work_of_one_photo(owner_client: Client) -> None:
    send(owner_client)
    assert send(owner_client, detail="fine").status_code == 201
    assert (Photo.objects.count(), Work.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("data", "name", "status", "words"),
    [
        (photo_bytes()[:900], "cut.jpg", 422, "damaged or incomplete"),
        (b"just some words", "words.jpg", 422, "Use JPEG, PNG"),
        (b"", "empty.jpg", 422, "empty"),
        (b"x" * (25 * 2**20 + 1), "large.jpg", 413, "larger than 25 MB"),
        (bomb(), "bomb.png", 413, "The limit is 51 megapixels"),
    ],
)
def test_a_bad_file_is_refused_in_words_and_leaves_nothing(
    owner_client: Client, media: Stored, data: bytes, name: str, status: int, words: str
) -> None:
    response = send(owner_client, data, name)
    assert response.status_code == status
    assert words in response.json()["error"]
    assert media() == []
    assert not Photo.objects.exists()
    page = owner_client.post("/studio/", {"photos": upload(data, name), **CHOICE})
    assert page.status_code == status
    assert words in page.content.decode()
    assert name in page.content.decode()


def test_a_refusal_is_in_the_language_of_the_visitor(owner_client: Client) -> None:
    response = owner_client.post(
        "/studio/", {"photos": upload(b"words"), **CHOICE}, headers=JSON | {"Accept-Language": "zh-CN"}
    )
    assert "无法打开" in response.json()["error"]


@pytest.mark.parametrize("choice", [{"style": "nope"}, {"style": "paprika"}, {"detail": "huge"}, {"style": ""}])
def test_an_unknown_choice_is_refused(owner_client: Client, media: Stored, choice: dict[str, str]) -> None:
    assert send(owner_client, **choice).status_code == 422
    assert media() == []


def test_no_file_at_all_is_refused(owner_client: Client) -> None:
    assert owner_client.post("/studio/", CHOICE, headers=JSON).status_code == 422


def test_a_busy_engine_asks_to_come_back_and_leaves_nothing(owner_client: Client, media: Stored) -> None:
    with engine_held(wait_seconds=0.01):
        response = send(owner_client)
        page = owner_client.post("/studio/", {"photos": upload(), **CHOICE})
    assert (response.status_code, page.status_code) == (503, 503)
    assert int(response["Retry-After"]) >= 1
    assert "try again" in page.content.decode()
    assert media() == []
    assert not Photo.objects.exists()


def test_a_png_download_waits_for_its_turn_too(owner_client: Client, work: Work) -> None:
    with engine_held(wait_seconds=0.01):
        response = owner_client.get(f"/works/{work.pk}/download/png/")
    assert response.status_code == 503
    assert "Cache-Control" not in response or "max-age" not in response["Cache-Control"]


def test_a_preview_that_has_to_wait_is_not_cached(anonymous: Client, settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    with engine_held(wait_seconds=0.01):
        response = anonymous.get("/styles/comic.webp")
    assert response.status_code == 503
    assert "Cache-Control" not in response


def test_of_many_visitors_who_are_the_first_to_see_a_style_one_has_it_converted(
    settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR = tmp_path
    written: list[Path] = []
    write = style_previews.write_atomically
    monkeypatch.setattr(
        style_previews, "write_atomically", lambda path, data: (written.append(path), write(path, data))
    )
    with ThreadPoolExecutor(4) as pool:
        with engine_held(wait_seconds=10**6):  # nobody is refused on a slow machine
            previews = [pool.submit(style_previews.get_style_preview, "comic") for _visitor in range(4)]
            while len(get_engine().queue._waiting) < 4 and not any(preview.done() for preview in previews):
                time.sleep(0.01)
        assert len({preview.result() for preview in previews}) == 1
    assert len(written) == 1


def test_without_scripts_good_files_beside_a_bad_one_are_converted(owner_client: Client) -> None:
    photos = [upload(photo_bytes(seed=1), "1.jpg"), upload(b"words", "2.jpg"), upload(photo_bytes(seed=3), "3.jpg")]
    response = owner_client.post("/studio/", {"photos": photos, **CHOICE})
    assert response.status_code == 422
    assert "2.jpg: We can&#x27;t open this file." in response.content.decode()
    assert sorted(Photo.objects.values_list("name", flat=True)) == ["1.jpg", "3.jpg"]


def test_without_scripts_files_beyond_the_limit_are_named(owner_client: Client, settings: LazySettings) -> None:
    settings.UPLOADS_PER_HOUR = 1
    photos = [upload(photo_bytes(seed=seed), f"{seed}.jpg") for seed in (1, 2, 3)]
    response = owner_client.post("/studio/", {"photos": photos, **CHOICE})
    assert response.status_code == 429
    assert all(f"{seed}.jpg: You have converted" in response.content.decode() for seed in (2, 3))
    assert Work.objects.count() == 1


def test_more_files_than_a_request_may_have_are_answered_with_a_page(owner_client: Client) -> None:
    photos = [upload(photo_bytes(seed=seed), f"{seed}.jpg") for seed in range(21)]
    response = owner_client.post("/studio/", {"photos": photos, **CHOICE})
    assert response.status_code == 400
    assert "the limit is 20" in response.content.decode()


def test_what_nobody_uploads_is_not_kept(rf: RequestFactory) -> None:
    request = rf.post("/studio/", {"photos": upload()})
    request.user = AnonymousUser()
    assert [file.size for file in request.FILES.getlist("photos")] in ([], [0])


def test_a_photo_whose_file_is_gone_answers_404(owner_client: Client, work: Work) -> None:
    media_path(work.photo.file).unlink()
    response = owner_client.post(f"/works/{work.pk}/again/", CHOICE | {"detail": "bold"}, headers=JSON)
    assert response.status_code == 404
    assert "deleted in the meantime" in response.json()["error"]


def test_more_uploads_than_allowed_in_an_hour_are_refused(owner_client: Client, settings: LazySettings) -> None:
    settings.UPLOADS_PER_HOUR = 2
    statuses = [send(owner_client, photo_bytes(seed=seed)).status_code for seed in (1, 2, 3)]
    assert statuses == [201, 201, 429]
    assert Work.objects.count() == 2


def test_another_person_still_may_upload_when_one_may_not(
    owner_client: Client, other_client: Client, settings: LazySettings
) -> None:
    settings.UPLOADS_PER_HOUR = 1
    send(owner_client)
    assert send(owner_client).status_code == 429
    assert send(other_client).status_code == 201


def test_the_photo_of_a_work_can_be_converted_again_without_uploading(owner_client: Client, work: Work) -> None:
    response = owner_client.post(f"/works/{work.pk}/again/", CHOICE | {"detail": "bold"}, headers=JSON)
    assert response.status_code == 201
    assert Work.objects.get(pk=response.json()["id"]).photo == work.photo


def test_the_sample_photo_is_one_click_away(owner_client: Client) -> None:
    response = owner_client.post("/studio/sample/", CHOICE, headers=JSON)
    assert response.status_code == 201
    assert Work.objects.get().photo.name == "astronaut.png"


def test_the_page_knows_how_long_conversions_took(owner_client: Client, work: Work) -> None:
    Work.objects.update(seconds=4.25)
    page = owner_client.get("/studio/").content.decode()
    text = page.split('id="usual-seconds"')[1].split(">", 1)[1].split("</script>")[0]
    assert json.loads(text) == {"comic/balanced": 4.25}

"""Faces in the studio: found once, ticked, converted with a choice that makes a work of its own."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from accounts.models import User
from gallery.models import Photo, Work
from gallery.photos import conversion
from gallery.photos.conversion import ConversionOptions
from gallery.photos.samples import sample_file
from gallery.photos.services import convert_photo, convert_upload, delete_works, find_faces
from gallery.storage.media import media_path
from tests.gallery.faces import LEFT, RIGHT, know_faces, portrait_of
from tests.gallery.pictures import upload
from tests.threads import at_once, engine_held

pytestmark = pytest.mark.mariadb

JSON = {"Accept": "application/json"}
CHOICE = {"style": "comic", "detail": "balanced"}
PICKED = {"picked": "1"}
Make = Callable[..., Work]
Stored = Callable[[], list[str]]


def again(client: Client, work: Work, **choice: object):
    return client.post(f"/works/{work.pk}/again/", CHOICE | choice, headers=JSON)


def pixels(file: str | bytes) -> np.ndarray:
    with Image.open(BytesIO(file) if isinstance(file, bytes) else media_path(file)) as picture:
        return np.asarray(picture.convert("RGB"), np.int16)


@pytest.mark.parametrize("mode", ["focus", "portrait"])
def test_a_face_is_found_in_an_upload_and_kept_with_its_photo(owner_client: Client, mode: str) -> None:
    data = {"photos": upload(sample_file().read_bytes(), "mia.png"), **CHOICE, "faces": mode}
    response = owner_client.post("/studio/", data, headers=JSON)
    work = Work.objects.get()
    assert response.status_code == 201
    assert (work.faces, work.face_numbers, len(work.photo.faces)) == (mode, "0", 1)
    assert abs(work.photo.faces[0]["left"] * 512 - 175) < 30
    assert (work.photo.width, work.photo.height) == (512, 512)
    assert response.json()["note"] == ""
    assert ("checkbox" in response.json()["picker"]) == (mode == "focus")


def test_where_there_is_no_face_the_whole_picture_is_converted_and_the_person_told(owner_client: Client) -> None:
    data = {"photos": upload(), **CHOICE, "faces": "portrait"}
    response = owner_client.post("/studio/", data, headers=JSON)
    work = Work.objects.get()
    assert (work.faces, work.face_numbers, work.photo_crop, work.photo.faces) == ("off", "", "", [])
    assert (work.width, work.height) == (96, 72)
    assert "No face was found, so the whole picture" in response.json()["note"]
    page = owner_client.post("/studio/", {"photos": upload(), **CHOICE, "faces": "focus"}, follow=True)
    assert "No face was found, so the whole picture" in page.content.decode()
    assert Work.objects.count() == 1


def test_a_photo_on_its_head_in_which_no_face_is_found_comes_out_whole_and_is_kept(owner_client: Client) -> None:
    turned = BytesIO()
    with Image.open(sample_file()) as picture:
        picture.rotate(180).save(turned, "PNG")
    data = {"photos": upload(turned.getvalue(), "mia.png"), **CHOICE, "faces": "focus"}
    response = owner_client.post("/studio/", data, headers=JSON)
    work = Work.objects.get()
    assert response.status_code == 201
    assert (work.faces, work.photo.faces, work.width, work.height) == ("off", [], 512, 512)
    assert "No face was found, so the whole picture" in response.json()["note"]


def test_whole_pictures_are_not_searched_for_faces(work: Work) -> None:
    assert (work.faces, work.photo.faces) == ("off", None)


def test_each_choice_of_faces_is_a_work_of_its_own_and_made_once(owner_client: Client, work: Work) -> None:
    know_faces(work.photo, LEFT, RIGHT)
    choices = [
        ({"faces": "focus"}, "0 1"),
        ({"faces": "focus", "chosen": [1], **PICKED}, "1"),
        ({"faces": "portrait"}, "0"),
        ({"faces": "portrait", "whose": 1, **PICKED}, "1"),
    ]
    for choice, chosen in choices:
        response = again(owner_client, work, **choice)
        assert response.status_code == 201
        made = Work.objects.get(pk=response.json()["id"])
        assert (made.faces, made.face_numbers) == (choice["faces"], chosen)
        assert again(owner_client, work, **choice).json() == response.json() | {"isNew": False}
    same = again(owner_client, work, faces="focus", chosen=[1, 0], **PICKED)
    assert (same.status_code, Work.objects.count()) == (200, 5)


def test_with_no_face_ticked_it_is_the_whole_picture(owner_client: Client, work: Work) -> None:
    know_faces(work.photo, LEFT)
    response = again(owner_client, work, faces="focus", **PICKED)
    assert (response.status_code, response.json()["id"], response.json()["note"]) == (200, str(work.pk), "")


@pytest.mark.parametrize(
    "choice",
    [
        {"faces": "focus", "chosen": ["2"], **PICKED},
        {"faces": "focus", "chosen": ["-1"], **PICKED},
        {"faces": "focus", "chosen": ["x"], **PICKED},
        {"faces": "portrait", "whose": "7"},
        {"faces": "hats"},
    ],
)
def test_faces_that_are_not_there_are_refused(
    owner_client: Client, work: Work, media: Stored, choice: dict[str, object]
) -> None:
    know_faces(work.photo, LEFT, RIGHT)
    before = media()
    response = again(owner_client, work, **choice)
    assert response.status_code == 422
    assert response.json()["error"]
    assert media() == before


def test_a_portrait_is_a_square_with_its_own_piece_of_the_photo(work: Work) -> None:
    portrait = portrait_of(work, whose=1)
    assert (portrait.width, portrait.height) == (1024, 1024)
    assert (portrait.photo.width, portrait.photo.height) == (96, 72)
    result, cut = pixels(portrait.file), pixels(portrait.photo_crop)
    assert result.shape == cut.shape == (1024, 1024, 3)
    assert np.abs(result - cut).mean() < 40  # the same place, in another style
    assert portrait.bytes == sum(media_path(name).stat().st_size for name in portrait.files)


def test_the_portraits_of_two_people_differ(work: Work) -> None:
    first, second = portrait_of(work), portrait_of(work, whose=1)
    assert np.abs(pixels(first.photo_crop) - pixels(second.photo_crop)).mean() > 10


def test_a_portrait_keeps_the_transparency_of_its_place(owner: User) -> None:
    buffer, image = BytesIO(), Image.open(BytesIO(upload().read())).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    image.save(buffer, "PNG")
    stream = BytesIO(buffer.getvalue())
    work = convert_upload(owner=owner, name="a.png", stream=stream, options=ConversionOptions(**CHOICE))[0]
    with Image.open(media_path(portrait_of(work).file)) as portrait:
        alpha = np.asarray(portrait.getchannel("A"))
    assert alpha[0].mean() < alpha[-1].mean()


def test_a_deleted_portrait_leaves_no_file(
    owner: User, work: Work, media: Stored, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    portrait = portrait_of(work)
    assert portrait.photo_crop in media()
    with django_capture_on_commit_callbacks(execute=True):
        delete_works(owner=owner, works=[portrait, work])
    assert media() == []


@pytest.mark.django_db(transaction=True)
def test_the_same_portrait_asked_for_at_once_is_made_once(work: Work, media: Stored) -> None:
    photo = know_faces(work.photo, LEFT, RIGHT)
    at_once(
        *[lambda: convert_photo(photo=photo, options=ConversionOptions(**CHOICE, faces="portrait", face_numbers=(1,)))]
        * 3
    )
    assert photo.works.filter(faces="portrait").count() == 1
    assert len(media()) == 2 + 2 + 3


def test_faces_are_looked_for_once(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Path] = []
    usual = conversion.find_faces
    monkeypatch.setattr(conversion, "find_faces", lambda path: looked.append(path) or usual(path))
    for _time in range(2):
        find_faces(photo=Photo.objects.get())
    assert (len(looked), Photo.objects.get().faces) == (1, [])


def test_faces_of_an_older_photo_are_found_when_somebody_asks(owner: User, owner_client: Client) -> None:
    with sample_file().open("rb") as stream:
        work = convert_upload(owner=owner, name="mia.png", stream=stream, options=ConversionOptions(**CHOICE))[0]
    url = f"/works/{work.pk}/faces/"
    assert owner_client.post(url)["Location"] == f"/works/{work.pk}/#faces"
    assert 'name="chosen"' in owner_client.post(url, headers=JSON).json()["picker"]
    page = owner_client.get(f"/works/{work.pk}/").content.decode()
    assert "Face 1" in page
    assert "Find faces first" not in page


def test_who_looks_for_faces_waits_for_their_turn(owner_client: Client, work: Work) -> None:
    with engine_held(wait_seconds=0.01):
        response = owner_client.post(f"/works/{work.pk}/faces/", headers=JSON)
    assert response.status_code == 503
    assert Photo.objects.get().faces is None


def test_choices_that_make_the_same_are_equal() -> None:
    focus = ConversionOptions("comic", "fine", "focus")
    assert focus.resolve(2) == ConversionOptions("comic", "fine", "focus", (1, 0, 1, 7)).resolve(2)
    assert (
        focus.resolve(0)
        == ConversionOptions("comic", "fine", "off", (3,)).resolve(4)
        == ConversionOptions("comic", "fine").resolve(1)
    )
    assert ConversionOptions("comic", "fine", "portrait").resolve(3).work_fields["face_numbers"] == "0"

"""Works with faces on every page that shows works, for whoever may see them."""

import io
import json
import zipfile
from io import BytesIO

import pytest
from django.test import Client
from PIL import Image

from gallery.models import Exhibit, Work
from gallery.showcase.publishing import publish
from gallery.storage.media import media_path
from tests.gallery.faces import LEFT, RIGHT, know_faces, portrait_of

READ = [
    "/works/{work}/before/",
    "/works/{work}/download/jpeg/256/",
    "/works/{work}/download/png/512/",
]
WRITE = ["/works/{work}/faces/"]


@pytest.fixture
def portrait(work: Work) -> Work:
    return portrait_of(work)


@pytest.fixture
def shown(portrait: Work) -> Exhibit:
    return publish(work=portrait, kind="face", title="Mia", shows_photo=True, is_reviewed=True)


def body(client: Client, url: str) -> bytes:
    response = client.get(url)
    assert response.status_code == 200
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize("pattern", READ)
def test_the_owner_may_read(owner_client: Client, portrait: Work, pattern: str) -> None:
    assert owner_client.get(pattern.format(work=portrait.pk)).status_code == 200


@pytest.mark.parametrize("pattern", READ + WRITE)
def test_for_another_person_it_does_not_exist(other_client: Client, portrait: Work, pattern: str) -> None:
    url = pattern.format(work=portrait.pk)
    answer = other_client.post(url) if pattern in WRITE else other_client.get(url)
    assert answer.status_code == 404


@pytest.mark.parametrize("pattern", READ + WRITE)
def test_nobody_is_sent_to_log_in(anonymous: Client, portrait: Work, pattern: str) -> None:
    url = pattern.format(work=portrait.pk)
    assert anonymous.get(url)["Location"] == f"/accounts/login/?next={url}"


@pytest.mark.parametrize(("kind", "side"), [("jpeg", 256), ("png", 512), ("jpeg", 1024)])
def test_a_portrait_is_downloaded_in_several_sizes(owner_client: Client, portrait: Work, kind: str, side: int) -> None:
    url = f"/works/{portrait.pk}/download/{kind}/{side}/"
    with Image.open(BytesIO(body(owner_client, url))) as picture:
        assert (picture.size, picture.format) == ((side, side), kind.upper())
    assert f"holiday_comic_{side}." in owner_client.get(url)["Content-Disposition"]
    assert url in owner_client.get(f"/works/{portrait.pk}/").content.decode()


@pytest.mark.parametrize("size", ["jpeg/300", "gif/256", "jpeg/0"])
def test_other_sizes_are_not_made(owner_client: Client, portrait: Work, size: str) -> None:
    assert owner_client.get(f"/works/{portrait.pk}/download/{size}/").status_code == 404


def test_whole_pictures_have_one_size(owner_client: Client, work: Work) -> None:
    assert owner_client.get(f"/works/{work.pk}/download/jpeg/256/").status_code == 404


def test_a_portrait_is_compared_with_its_piece_of_the_photo(owner_client: Client, portrait: Work) -> None:
    assert body(owner_client, f"/works/{portrait.pk}/before/") == media_path(portrait.photo_crop).read_bytes()
    page = owner_client.get(f"/works/{portrait.pk}/").content.decode()
    assert f'class="compare__before"\n       src="/works/{portrait.pk}/before/"' in page
    assert "Portrait crop" in page


def test_others_see_no_more_of_the_photo_than_the_portrait_shows(other_client: Client, shown: Exhibit) -> None:
    cut, photo = media_path(shown.work.photo_crop).read_bytes(), media_path(shown.work.photo.preview).read_bytes()
    assert body(other_client, f"/gallery/{shown.work_id}/photo/") == cut != photo
    page = other_client.get(f"/gallery/{shown.work_id}/").content.decode()
    assert "1024 × 1024" in page
    assert "Portrait crop" in page
    assert str(shown.work.photo_id) not in page


def test_staff_see_no_more_of_it_either(moderator_client: Client, shown: Exhibit) -> None:
    assert body(moderator_client, f"/gallery/{shown.work_id}/photo/") == media_path(shown.work.photo_crop).read_bytes()


def test_staff_read_what_was_done_with_faces(admin_client: Client, shown: Exhibit) -> None:
    assert "Portrait crop" in admin_client.get(f"/admin/gallery/work/{shown.work_id}/change/").content.decode()
    listed = admin_client.get("/admin/gallery/work/?faces__exact=portrait").content.decode()
    assert str(shown.work_id) in listed
    assert str(shown.work_id) not in admin_client.get("/admin/gallery/work/?faces__exact=focus").content.decode()


def test_my_works_and_their_zip_tell_a_portrait_from_a_whole(owner_client: Client, work: Work, portrait: Work) -> None:
    assert "Portrait crop" in owner_client.get("/works/").content.decode()
    chosen = {"action": "zip", "works": [str(work.pk), str(portrait.pk)]}
    response = owner_client.post("/works/selection/", chosen)
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        assert sorted(archive.namelist()) == ["holiday_comic_balanced.jpg", "holiday_comic_balanced_portrait.jpg"]


def test_the_export_has_the_faces_and_the_choice(owner_client: Client, portrait: Work) -> None:
    with zipfile.ZipFile(io.BytesIO(body(owner_client, "/account/export/"))) as archive:
        data = json.loads(archive.read("data.json"))
    assert data["photos"][0]["faces"] == [LEFT, RIGHT]
    told = {row["id"]: (row["faces"], row["chosen"]) for row in data["works"]}
    assert told[str(portrait.pk)] == ("portrait", "0")


def test_the_page_of_a_work_has_a_box_and_a_tick_for_each_face(owner_client: Client, work: Work) -> None:
    know_faces(work.photo, LEFT, RIGHT)
    page = owner_client.get(f"/works/{work.pk}/").content.decode()
    assert page.count('class="faces__frame"') == 2
    assert 'x="10" y="14" width="24" height="22" transform="rotate(0.00 21.6 25.2)"' in page
    assert 'transform="rotate(20.00 67.2 23.4)"' in page
    assert page.count('name="chosen"') == page.count('name="whose"') == 2


def test_a_photo_without_a_face_says_so(owner_client: Client, work: Work) -> None:
    know_faces(work.photo)
    assert "No face was found in this photo." in owner_client.get(f"/works/{work.pk}/").content.decode()


def test_the_studio_keeps_the_choice_where_something_went_wrong(owner_client: Client) -> None:
    page = owner_client.post("/studio/", {"style": "comic", "detail": "bold", "faces": "portrait"})
    assert page.status_code == 422
    assert 'value="portrait"\n             checked' in page.content.decode()

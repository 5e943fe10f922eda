"""Each address of a work or photo as its owner, as another person, and as nobody."""

import pytest
from django.test import Client

from gallery.models import Work

READ = [
    "/works/{work}/",
    "/works/{work}/result/",
    "/works/{work}/thumbnail/",
    "/works/{work}/download/jpeg/",
    "/works/{work}/download/png/",
    "/photos/{photo}/preview/",
    "/photos/{photo}/original/",
]
WRITE = ["/works/{work}/again/", "/works/{work}/delete/"]


def url(pattern: str, work: Work) -> str:
    return pattern.format(work=work.pk, photo=work.photo_id)


@pytest.mark.parametrize("pattern", READ)
def test_the_owner_may_read(owner_client: Client, work: Work, pattern: str) -> None:
    assert owner_client.get(url(pattern, work)).status_code == 200


@pytest.mark.parametrize("pattern", READ)
def test_for_another_person_it_does_not_exist(other_client: Client, work: Work, pattern: str) -> None:
    assert other_client.get(url(pattern, work)).status_code == 404


@pytest.mark.parametrize("pattern", WRITE)
def test_another_person_cannot_change_it(other_client: Client, work: Work, pattern: str) -> None:
    data = {"style": "comic", "detail": "fine"}
    assert other_client.post(url(pattern, work), data).status_code == 404
    assert Work.objects.count() == 1


@pytest.mark.parametrize("pattern", READ + WRITE)
def test_nobody_is_sent_to_log_in_and_comes_back(anonymous: Client, work: Work, pattern: str) -> None:
    response = anonymous.get(url(pattern, work))
    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next={url(pattern, work)}"


@pytest.mark.parametrize("page", ["/studio/", "/works/", "/studio/sample/", "/works/selection/"])
def test_pages_of_the_site_send_nobody_to_log_in(anonymous: Client, page: str) -> None:
    assert anonymous.get(page)["Location"] == f"/accounts/login/?next={page}"


@pytest.mark.parametrize("page", ["/", "/healthz", "/styles/sample.webp", "/styles/comic.webp", "/texts.js"])
def test_public_pages_are_open_to_nobody(anonymous: Client, page: str) -> None:
    assert anonymous.get(page).status_code == 200


def test_the_selection_passes_over_works_of_other_people(other_client: Client, work: Work) -> None:
    other_client.post("/works/selection/", {"action": "delete", "works": [str(work.pk)]})
    assert Work.objects.filter(pk=work.pk).exists()


def test_the_grid_shows_no_works_of_other_people(other_client: Client, work: Work) -> None:
    assert str(work.pk) not in other_client.get("/works/").content.decode()


@pytest.mark.parametrize("folder", ["media", "media/uploads", "uploads", "results", "static/../media"])
def test_there_is_no_direct_address_of_a_stored_file(owner_client: Client, work: Work, folder: str) -> None:
    for name in work.files:
        assert owner_client.get(f"/{folder}/{name.split('/')[-1]}").status_code == 404
        assert owner_client.get(f"/{folder}/{name}").status_code == 404


@pytest.mark.parametrize(
    ("pattern", "back"),
    [(WRITE[0], READ[0]), (WRITE[1], READ[0]), ("/studio/sample/", "/studio/"), ("/works/selection/", "/works/")],
)
def test_who_comes_by_get_to_what_changes_things_is_led_back(
    owner_client: Client, work: Work, pattern: str, back: str
) -> None:
    assert owner_client.get(url(pattern, work))["Location"] == url(back, work)
    assert Work.objects.count() == 1


def test_a_post_without_a_csrf_token_is_refused(owner_client: Client, work: Work) -> None:
    owner_client.handler.enforce_csrf_checks = True
    assert owner_client.post(f"/works/{work.pk}/delete/").status_code == 403
    assert Work.objects.exists()

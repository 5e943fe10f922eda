"""What caches may keep of the gallery, and for how long."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import Client, RequestFactory

from gallery.models import Exhibit

FILES = ("96.webp", "card.jpg", "full/", "download/")


@pytest.fixture(autouse=True)
def public_gallery(settings: LazySettings) -> None:
    settings.PUBLIC_GALLERY = True


def kept(response: Any) -> set[str]:
    return set(response["Cache-Control"].split(", "))


def test_a_public_page_may_be_kept_by_caches_and_a_private_one_may_not(
    anonymous: Client, other_client: Client, exhibit: Exhibit, settings: LazySettings
) -> None:
    for path in ("/gallery/", f"/gallery/{exhibit.work_id}/", f"/gallery/{exhibit.work_id}/96.webp"):
        public = anonymous.get(path)
        assert "public" in kept(public)
        assert "csrftoken" not in public.cookies
        assert "private" in kept(other_client.get(path))
    settings.PUBLIC_GALLERY = False
    assert "private" in kept(other_client.get(f"/gallery/{exhibit.work_id}/96.webp"))


@pytest.mark.parametrize("file", FILES)
def test_an_unpublished_picture_is_forgotten_within_minutes(anonymous: Client, exhibit: Exhibit, file: str) -> None:
    assert kept(anonymous.get(f"/gallery/{exhibit.work_id}/{file}")) == {"public", "max-age=300", "s-maxage=60"}


@pytest.mark.parametrize("file", FILES)
def test_a_picture_that_somebody_has_is_not_sent_again(
    anonymous: Client, other_client: Client, exhibit: Exhibit, file: str
) -> None:
    url = f"/gallery/{exhibit.work_id}/{file}"
    for client in (anonymous, other_client):
        again = client.get(url, headers={"if-none-match": client.get(url)["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert "max-age=300" in kept(again)


def test_an_etag_of_a_picture_opens_nothing_once_it_is_unpublished(anonymous: Client, exhibit: Exhibit) -> None:
    url = f"/gallery/{exhibit.work_id}/96.webp"
    etag = anonymous.get(url)["ETag"]
    exhibit.state = "hidden"
    exhibit.save()
    assert anonymous.get(url, headers={"if-none-match": etag}).status_code == 404


@pytest.mark.parametrize("path", ["/", "/gallery/", "/gallery/{}/"])
def test_a_page_with_a_message_is_kept_by_nobody(anonymous: Client, exhibit: Exhibit, path: str) -> None:
    _leave_message(anonymous, "Your account is gone.")
    response = anonymous.get(path.format(exhibit.work_id))
    assert "Your account is gone." in response.content.decode()
    assert kept(response) == {"private", "no-cache"}
    assert "public" in kept(anonymous.get(path.format(exhibit.work_id)))


def _leave_message(client: Client, text: str) -> None:
    """As a view does that leads somebody on who is not logged in."""
    request = RequestFactory().get("/")
    storage = CookieStorage(request)
    storage.add(20, text)
    response = client.get("/healthz")
    storage.update(response)
    client.cookies.update(response.cookies)


def test_the_texts_of_the_scripts_are_kept_an_hour_and_not_sent_again(anonymous: Client, owner_client: Client) -> None:
    for client in (anonymous, owner_client):
        response = client.get("/texts.js?language=en")
        assert kept(response) == {"public", "max-age=3600"}
        assert client.get("/texts.js", headers={"if-none-match": response["ETag"]}).status_code == 304


def test_pages_ask_for_the_texts_of_their_language(anonymous: Client, exhibit: Exhibit) -> None:
    for language in ("en", "zh-hans"):
        anonymous.cookies["django_language"] = language
        for path in ("/gallery/", f"/gallery/{exhibit.work_id}/"):
            assert f'"/texts.js?language={language}"' in anonymous.get(path).content.decode()


@pytest.mark.parametrize("path", ["/sitemap.xml", "/sitemap-pages.xml", "/sitemap-exhibits.xml"])
def test_sitemaps_are_kept_an_hour(anonymous: Client, path: str) -> None:
    assert kept(anonymous.get(path)) == {"public", "max-age=3600"}

"""Headers, health, errors, styles' previews."""

import pytest
from django.test import Client

from gallery.models import Work
from inference.runtime import warm_up


def test_the_landing_page_shows_the_default_style_before_and_after(anonymous: Client) -> None:
    page = anonymous.get("/").content.decode()
    assert "/styles/comic.webp" in page
    assert "/styles/sample.webp" in page


def test_who_is_logged_in_goes_from_the_landing_page_to_the_studio(owner_client: Client) -> None:
    assert owner_client.get("/")["Location"] == "/studio/"


def test_health_answers_without_a_session(anonymous: Client) -> None:
    response = anonymous.get("/healthz")
    assert response.json() == {"status": "ok"}
    assert not response.cookies


@pytest.mark.parametrize("page", ["/", "/learning/", "/studio/", "/works/"])
def test_no_inline_script_or_style_is_allowed_or_needed(owner_client: Client, anonymous: Client, page: str) -> None:
    response = (anonymous if page == "/" else owner_client).get(page)
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    html = response.content.decode()
    assert "<style" not in html
    assert " style=" not in html
    assert "onclick=" not in html


class Unreadable:
    """The body of a client that has gone away."""

    def read(self, *_size: int) -> bytes:
        raise TimeoutError("timed out")

    readline = read


@pytest.mark.parametrize(("language", "words"), [("en", "did not arrive completely"), ("zh-hans", "请求没有完整到达")])
def test_half_a_request_is_no_error_of_the_site(
    anonymous: Client, caplog: pytest.LogCaptureFixture, language: str, words: str
) -> None:
    anonymous.cookies["django_language"] = language
    response = anonymous.post("/accounts/language/", {"language": "en"}, **{"wsgi.input": Unreadable()})
    assert response.status_code == 408
    assert words in response.content.decode()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_wrong_address_shows_the_404_page(owner_client: Client) -> None:
    response = owner_client.get("/works/00000000-0000-0000-0000-000000000000/")
    assert response.status_code == 404
    assert "Page not found, or private" in response.content.decode()


def test_the_preview_of_a_style_that_is_not_there_answers_404(anonymous: Client) -> None:
    assert anonymous.get("/styles/paprika.webp").status_code == 404
    assert anonymous.get("/styles/nope.webp").status_code == 404


def test_the_preview_is_a_picture_marked_as_made_by_ai(anonymous: Client) -> None:
    response = anonymous.get("/styles/comic.webp")
    assert response["Content-Type"] == "image/webp"
    assert b"TrainedAlgorithmicMedia" in response.content


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_is_complete_in_both_languages(owner_client: Client, work: Work, language: str) -> None:
    owner_client.cookies["django_language"] = language
    for page in ("/studio/", "/works/", f"/works/{work.pk}/", "/accounts/profile/"):
        response = owner_client.get(page)
        assert response.status_code == 200
        assert f'<html lang="{language}">' in response.content.decode()


@pytest.fixture
def work(owner):
    from io import BytesIO

    from gallery.photos.conversion import ConversionOptions
    from gallery.photos.services import convert_upload
    from tests.gallery.pictures import photo_bytes

    stream = BytesIO(photo_bytes())
    return convert_upload(owner=owner, name="a.jpg", stream=stream, options=ConversionOptions("comic", "balanced"))[0]


def test_a_form_that_was_open_too_long_is_answered_with_a_page(owner_client: Client) -> None:
    owner_client.handler.enforce_csrf_checks = True
    response = owner_client.post("/studio/")
    assert response.status_code == 403
    assert "Please try again" in response.content.decode()


def test_a_process_is_ready_unless_its_engine_is_being_started(anonymous: Client) -> None:
    assert anonymous.get("/readyz").json() == {"status": "ready"}
    warm_up._running.set()
    try:
        response = anonymous.get("/readyz")
    finally:
        warm_up._running.clear()
    assert (response.status_code, response.json()) == (503, {"status": "starting"})

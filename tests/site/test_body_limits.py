"""Files come where a view expects them; everywhere else the body of a request is small, or not read at all."""

from io import BytesIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import resolve

from accounts.models import User
from tests.gallery.pictures import photo_bytes
from tests.site.test_routes import ELSEWHERE, EXAMPLE, NOWHERE, ROWS

FILES_EXPECTED = ("/studio/", "/videos/", "/compare/new/")
STAFF = ("/admin/login/", "/admin/accounts/user/add/", "/admin/gallery/exhibit/", "/admin/logout/")
OTHERS = sorted({url.format(NOWHERE, **EXAMPLE) for url in (*(row.url for row in ROWS), *ELSEWHERE, *STAFF)})
MEGABYTE = 2**20


class NeverRead:
    """The body of a request that nobody may read."""

    def read(self, *_size: int) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def post_announced(client: Client, url: str, size: int) -> int:
    """The status of a POST that announces so many bytes, none of which may be read."""
    request = {
        "wsgi.input": NeverRead(),
        "CONTENT_LENGTH": str(size),
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
    }
    return client.request(PATH_INFO=url, REQUEST_METHOD="POST", **request).status_code


@pytest.mark.parametrize("url", [url for url in OTHERS if url not in FILES_EXPECTED])
def test_a_large_body_is_refused_unread_where_no_file_is_expected(
    anonymous: Client, owner_client: Client, url: str
) -> None:
    assert post_announced(anonymous, url, 583 * MEGABYTE) == 413
    assert post_announced(owner_client, url, 2 * MEGABYTE) == 413


def test_a_page_that_does_not_exist_reads_no_body(anonymous: Client) -> None:
    assert post_announced(anonymous, "/nowhere/", 583 * MEGABYTE) == 404


@pytest.mark.parametrize("url", FILES_EXPECTED)
def test_more_than_all_files_that_are_expected_is_refused_unread(
    anonymous: Client, owner_client: Client, url: str
) -> None:
    assert post_announced(owner_client, url, 583 * MEGABYTE) == 413
    assert post_announced(anonymous, url, 230 * MEGABYTE) == 413


def test_the_refusal_is_a_page_or_json_in_the_languages_of_people(anonymous: Client) -> None:
    def refuse(**headers: str) -> str:
        anonymous.raise_request_exception = False
        length = {"wsgi.input": NeverRead(), "CONTENT_LENGTH": str(10**9)}
        response = anonymous.request(PATH_INFO="/accounts/login/", REQUEST_METHOD="POST", **length, **headers)
        assert response.status_code == 413
        return response.content.decode()

    assert "This request is too large" in refuse()
    assert "请求过大" in refuse(HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert refuse(HTTP_ACCEPT="application/json") == '{"error": "This request is too large. Nothing was changed."}'


def parse(user: User | None, url: str, field: str, data: bytes) -> HttpRequest:
    """A request with a file in this field, after its body was read."""
    request = RequestFactory().post(url, {field: BytesIO(data)})
    request.resolver_match = resolve(url)
    request.user = user or type("Nobody", (), {"is_authenticated": False})()
    assert len(request.FILES) == 1
    return request


@pytest.mark.parametrize(
    ("url", "field", "stored"),
    [
        ("/studio/", "photos", True),
        ("/studio/", "video", False),
        ("/studio/", "other", False),
        ("/videos/", "video", True),
        ("/accounts/language/", "photos", False),
        ("/accounts/login/", "video", False),
        ("/admin/login/", "photos", False),
    ],
)
def test_a_file_is_stored_where_its_field_expects_it_and_nowhere_else(
    owner: User, settings: LazySettings, url: str, field: str, stored: bool
) -> None:
    for in_memory in (10**6, 0):  # or in a temporary file
        settings.FILE_UPLOAD_MAX_MEMORY_SIZE = in_memory
        assert parse(owner, url, field, b"x" * 5000).FILES[field].size == (5000 if stored else 0)
        assert parse(None, url, field, b"x" * 5000).FILES[field].size == 0, "nobody is logged in"


def test_a_photo_of_somebody_whose_session_ended_leads_to_the_log_in(anonymous: Client) -> None:
    photo = BytesIO(photo_bytes() + bytes(3 * MEGABYTE))
    response = anonymous.post("/studio/", {"photos": photo})
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/studio/")


def test_thousands_of_fields_and_of_files_are_refused(
    owner_client: Client, settings: LazySettings, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    assert owner_client.post("/studio/", {f"field{number}": "" for number in range(5000)}).status_code == 400
    assert owner_client.post("/studio/", {"photos": [BytesIO(b"x") for _ in range(21)]}).status_code == 400
    assert owner_client.post("/studio/", {"style": "x" * (MEGABYTE + 1)}).status_code == 413, "a field, not a file"
    assert list(tmp_path.iterdir()) == []

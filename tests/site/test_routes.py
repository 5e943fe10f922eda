"""Every address of the site as its owner, as another person, and as nobody; none is left out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from accounts.models import User
from gallery.models import Exhibit
from tests.gallery import test_access, test_faces_pages, test_showcase_access, test_studies_access, test_videos_access
from tests.gallery.exhibits import show

LOGIN = "sent to log in"
Answer = int | str
NOWHERE = "00000000-0000-0000-0000-000000000000"
EXAMPLE = dict.fromkeys(("work", "photo", "video", "upload", "job", "study", "result", "token"), NOWHERE)
STYLE = {"style": "comic", "detail": "fine"}
SHOWN = {"kind": "scenery", "title": "A lake", "agreed": "on"}


@dataclass(frozen=True)
class Row:
    """What an address answers; to nobody while the gallery is public, too, where that is something else."""

    url: str
    owner: Answer
    other: Answer
    nobody: Answer
    in_public: Answer | None = None
    post: dict[str, Any] | None = None


def for_all(url: str, **more: Any) -> Row:
    return Row(url, 200, 200, 200, **more)


def for_members(url: str, status: int = 200, **more: Any) -> Row:
    return Row(url, status, status, LOGIN, **more)


# All that is not in the tables of works, photos and exhibits.
ROWS = [
    Row("/", 302, 302, 200),
    for_all("/learning/"),
    for_all("/healthz"),
    for_all("/readyz"),
    for_all("/texts.js"),
    for_all("/robots.txt"),
    for_all("/sitemap.xml"),
    for_all("/sitemap-pages.xml"),
    for_all("/styles/sample.webp"),
    for_all("/styles/sample/cat.webp"),
    for_all("/styles/comic.webp"),
    for_all("/styles/comic/cat.webp"),
    Row("/accounts/login/", 302, 302, 200),
    Row("/accounts/signup/", 302, 302, 200),
    Row("/accounts/logout/", 302, 302, 302, post={}),
    Row("/accounts/language/", 302, 302, 302, post={"language": "en"}),
    for_members("/accounts/profile/"),
    for_members("/accounts/email/", 302, post={}),
    Row("/accounts/email/a-token/", 404, 404, 404),
    for_members("/accounts/delete/"),
    for_members("/accounts/password/"),
    for_all("/accounts/password/reset/"),
    for_all("/accounts/password/reset/done/"),
    for_all("/accounts/password/reset/Mg/a-token/"),
    for_all("/accounts/password/reset/complete/"),
    for_members("/account/export/"),
    for_members("/studio/"),
    for_members("/studio/queue/1234abcd/"),
    for_members("/studio/sample/", 302, post=STYLE),
    for_members("/works/"),
    for_members("/works/videos/"),
    for_members("/works/selection/", 302, post={"action": "delete", "works": [NOWHERE]}),
    Row("/works/{work}/publish/", 302, 404, LOGIN, post=SHOWN),
    Row("/works/{work}/withdraw/", 302, 404, LOGIN, post={}),
    for_members("/videos/"),
    for_members("/videos/uploads/", 201, post={"name": "a.mp4", "size": "9"}),
    for_members("/gallery/", in_public=200),
    for_members("/gallery/faces/", in_public=200),
    for_members("/gallery/scenery/", in_public=200),
    for_members("/gallery/{work}/like/", 302, post={"on": "1"}),
    Row("/gallery/{work}/report/", 404, 200, LOGIN),
    Row("/gallery/{work}/video.mp4", 404, 404, LOGIN, in_public=404),  # a picture has none: test_video_showcase.py
]
ELSEWHERE = [
    *test_access.READ,
    *test_access.WRITE,
    *test_faces_pages.READ,
    *test_faces_pages.WRITE,
    *test_showcase_access.URLS.values(),
    *test_videos_access.URLS,
    *test_studies_access.URLS,
]


@pytest.fixture
def exhibit(owner: User) -> Exhibit:
    return show(owner)


def answer(client: Client, row: Row, exhibit: Exhibit) -> Answer:
    url = row.url.format(work=exhibit.work_id)
    response = client.get(url) if row.post is None else client.post(url, row.post)
    is_sent_away = response.headers.get("Location", "").startswith("/accounts/login/?next=")
    return LOGIN if is_sent_away else response.status_code


def routes(patterns: Sequence[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, str]]:
    """(the route as `resolve` gives it, its name) of every view."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route, pattern.name or ""


def test_no_route_is_left_out_of_the_tables() -> None:
    """Those of staff are in tests/gallery/test_admin_access.py."""
    urls = [*(row.url for row in ROWS), *ELSEWHERE]
    tested = {resolve(url.format(NOWHERE, **EXAMPLE)).route for url in urls}
    own = [(route, name) for route, name in routes(get_resolver().url_patterns) if not route.startswith("admin/")]
    missing = [f"{name} ({route})" for route, name in own if route not in tested]
    assert not missing, "in no table: " + ", ".join(missing)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.url)
def test_each_route_answers_its_owner_others_and_nobody_as_it_should(
    anonymous: Client, other_client: Client, owner_client: Client, exhibit: Exhibit, row: Row
) -> None:
    assert answer(anonymous, row, exhibit) == row.nobody
    assert answer(other_client, row, exhibit) == row.other
    assert answer(owner_client, row, exhibit) == row.owner


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.url)
def test_a_public_gallery_opens_its_own_pages_to_nobody_and_no_others(
    anonymous: Client, exhibit: Exhibit, settings: LazySettings, row: Row
) -> None:
    settings.PUBLIC_GALLERY = True
    assert answer(anonymous, row, exhibit) == (row.in_public or row.nobody)

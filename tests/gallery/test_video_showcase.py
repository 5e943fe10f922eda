"""A published video in the gallery: who gets what of it, in parts too, and how pages show it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from gallery.models import Exhibit, ExhibitState
from gallery.showcase.publishing import withdraw
from gallery.storage.labels import prepare_result
from gallery.storage.media import media_path
from gallery.videos.services import delete_job
from tests.gallery.exhibits import show
from tests.gallery.videos import clip_bytes

pytestmark = pytest.mark.mariadb
URLS = {
    "page": "/gallery/{}/",
    "picture": "/gallery/{}/480.webp",
    "card": "/gallery/{}/card.jpg",
    "video": "/gallery/{}/video.mp4",
    "full": "/gallery/{}/full/",
    "photo": "/gallery/{}/photo/",
    "download": "/gallery/{}/download/",
}
SEEN = {"page", "picture", "card", "video"}
Make = Callable[..., Exhibit]


@pytest.fixture
def make(owner: User) -> Make:
    def made(**choice: Any) -> Exhibit:
        """With files; what is in them, test_video_publishing.py has."""
        exhibit = show(owner, is_video=True, **choice)
        for name in (*exhibit.files, *exhibit.job.files):
            media_path(name).parent.mkdir(parents=True, exist_ok=True)
            media_path(name).write_bytes(clip_bytes())
        return exhibit

    return made


def given(client: Client, exhibit: Exhibit) -> set[str]:
    """The names of the addresses that answer 200; every other has to answer 404."""
    statuses = {name: client.get(path.format(exhibit.work_key)).status_code for name, path in URLS.items()}
    assert set(statuses.values()) <= {200, 404}, statuses
    return {name for name, status in statuses.items() if status == 200}


def part(client: Client, exhibit: Exhibit, **headers: str) -> Any:
    return client.get(f"/gallery/{exhibit.work_key}/video.mp4", headers={"Range": "bytes=100-299", **headers})


@pytest.mark.parametrize(
    ("kind", "shows_photo", "expected"),
    [
        ("scenery", False, SEEN | {"download"}),
        ("scenery", True, SEEN | {"download", "photo"}),
        ("face", False, SEEN),
        ("face", True, SEEN | {"photo"}),
    ],
)
def test_what_is_published_plays_for_all_and_faces_are_not_handed_out(
    make: Make,
    owner_client: Client,
    other_client: Client,
    moderator_client: Client,
    anonymous: Client,
    settings: LazySettings,
    kind: str,
    shows_photo: bool,
    expected: set[str],
) -> None:
    settings.PUBLIC_GALLERY = True
    exhibit = make(kind=kind, shows_photo=shows_photo)
    for client in (other_client, moderator_client, anonymous):
        assert given(client, exhibit) == expected
    assert given(owner_client, exhibit) == set(URLS) - {"full"}


@pytest.mark.parametrize("state", [state for state in ExhibitState if state != ExhibitState.PUBLISHED])
def test_in_any_other_state_others_get_no_byte_of_it(
    make: Make,
    owner_client: Client,
    other_client: Client,
    moderator_client: Client,
    anonymous: Client,
    state: ExhibitState,
) -> None:
    exhibit = make(state=state, shows_photo=True)
    seen_by_staff = set() if state == ExhibitState.WITHDRAWN else SEEN | {"download", "photo"}
    for client, expected in ((other_client, set()), (moderator_client, seen_by_staff)):
        assert given(client, exhibit) == expected
        assert part(client, exhibit).status_code == (206 if expected else 404)
    assert part(owner_client, exhibit).status_code == 206
    assert "/accounts/login/" in part(anonymous, exhibit)["Location"]


def test_who_holds_a_part_gets_no_more_once_it_is_private_or_deleted(make: Make, other_client: Client) -> None:
    for end in (lambda exhibit: withdraw(work=exhibit.job), lambda exhibit: delete_job(exhibit.job)):
        exhibit = make()
        tag = part(other_client, exhibit)["ETag"]
        end(exhibit)
        for header in ("If-Range", "If-None-Match"):
            assert part(other_client, exhibit, **{header: tag}).status_code == 404


def test_parts_are_sent_with_their_place_and_for_a_short_time(
    make: Make, anonymous: Client, settings: LazySettings
) -> None:
    settings.PUBLIC_GALLERY = True
    exhibit = make()
    data = media_path(prepare_result(exhibit.job.file, exhibit.job.pk, None)).read_bytes()
    answer = part(anonymous, exhibit)
    assert (answer.status_code, answer.getvalue()) == (206, data[100:300])
    assert answer["Content-Range"] == f"bytes 100-299/{len(data)}"
    assert answer["Content-Type"] == "video/mp4"
    assert answer["Cache-Control"] == "public, max-age=300, s-maxage=60"
    assert part(anonymous, exhibit, **{"If-Range": answer["ETag"]}).status_code == 206
    beyond = part(anonymous, exhibit, Range=f"bytes={len(data)}-")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(data)}")
    assert "public" not in beyond.get("Cache-Control", "")


def test_a_download_is_named_after_the_title(make: Make, other_client: Client) -> None:
    exhibit = make(title="By/the sea")
    answer = other_client.get(f"/gallery/{exhibit.work_key}/download/")
    assert answer["Content-Disposition"] == 'attachment; filename="By-the sea_comic.mp4"'
    assert answer.getvalue() == media_path(prepare_result(exhibit.job.file, exhibit.job.pk, None)).read_bytes()


def test_the_page_plays_it_and_offers_a_download_only_where_there_is_one(make: Make, other_client: Client) -> None:
    for kind in ("scenery", "face"):
        exhibit = make(kind=kind)
        page = other_client.get(f"/gallery/{exhibit.work_key}/").content.decode()
        assert f'src="/gallery/{exhibit.work_key}/video.mp4"' in page
        assert 'preload="none"' in page
        assert ('controlslist="nodownload"' in page) == (kind == "face")
        assert (f"/gallery/{exhibit.work_key}/download/" in page) == (kind == "scenery")
        assert "Made by AI from a video." in page
        assert "/photo/" not in page


def test_a_picture_of_the_original_stands_beside_it_where_its_owner_lets_it(make: Make, other_client: Client) -> None:
    exhibit = make(title="By the sea", shows_photo=True)
    page = other_client.get(f"/gallery/{exhibit.work_key}/").content.decode()
    assert f'src="/gallery/{exhibit.work_key}/photo/"' in page
    assert "Original: By the sea" in page
    assert "/videos/" not in page


def test_lists_show_its_poster_and_length(owner: User, other_client: Client) -> None:
    show(owner, title="A photo")
    video = show(owner, title="A film", is_video=True)
    page = other_client.get("/gallery/").content.decode()
    assert page.count('class="length"') == 1
    assert "0:07" in page
    assert f'src="/gallery/{video.work_key}/480.webp"' in page
    assert "<video" not in page


def test_lists_are_filtered_and_searched_as_ever(owner: User, other_client: Client) -> None:
    show(owner, title="A face on film", is_video=True, kind="face")
    show(owner, title="Hills on film", is_video=True, style="paprika")
    for query, title in (
        ("faces/", "A face on film"),
        ("?style=paprika", "Hills on film"),
        ("?q=hills", "Hills on film"),
    ):
        page = other_client.get(f"/gallery/{query}")
        assert [tile.exhibit.title for tile in page.context["tiles"]] == [title]


def test_works_and_videos_are_neighbors_and_on_the_map_of_the_site(
    owner: User, other_client: Client, settings: LazySettings
) -> None:
    settings.PUBLIC_GALLERY = True
    picture, film = show(owner), show(owner, is_video=True)
    assert f"/gallery/{picture.work_key}/" in other_client.get(f"/gallery/{film.work_key}/").context["older"]
    page = other_client.get("/sitemap-exhibits.xml").content.decode()
    assert all(f"/gallery/{exhibit.work_key}/</loc>" in page for exhibit in (picture, film))
    head = other_client.get(f"/gallery/{film.work_key}/").content.decode()
    assert f"/gallery/{film.work_key}/card.jpg" in head
    assert 'content="video.other"' in head


def test_it_is_liked_and_reported_like_a_work(owner: User, other: User, other_client: Client) -> None:
    film = show(owner, is_video=True)
    other_client.post(f"/gallery/{film.work_key}/like/", {"on": "1"})
    other_client.post(f"/gallery/{film.work_key}/report/", {"complaint": "person"})
    film.refresh_from_db()
    assert (film.likes, film.reports.count()) == (1, 1)


def test_enough_reports_hide_it_and_the_log_names_it(owner: User, other_client: Client, settings: LazySettings) -> None:
    settings.REPORTS_TO_HIDE = 1
    film = show(owner, is_video=True)
    other_client.post(f"/gallery/{film.work_key}/report/", {"complaint": "person"})
    assert film.job.decisions.get().work_key == film.work_key
    assert other_client.get(f"/gallery/{film.work_key}/").status_code == 404

"""A list asks the database the same number of questions, however many works there are."""

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from gallery.models import Exhibit, ExhibitKind, ExhibitState, JobState, Video, VideoJob, VideoSegment
from gallery.showcase.reactions import set_like
from tests.gallery.exhibits import NOON, fill

pytestmark = pytest.mark.mariadb

FEW, MANY = 10, 500
MOST = 8  # queries of a page, those for the visitor's session and account with them
GALLERY = ["/gallery/", "/gallery/faces/", "/gallery/scenery/"]
QUERIES = ["", "?sort=liked", "?q=work", "?q=作品&sort=liked", "?style=comic", "?q=nowhere"]
LISTS = [list_ + query for list_ in GALLERY for query in QUERIES]
MINE = ["/works/", "/works/?style=comic", "/works/videos/", "/works/videos/?style=comic"]


def show(owner: User, count: int) -> None:
    """Works and videos of both kinds and two styles; some of one person wait, and are theirs alone."""
    fill(
        owner,
        count,
        lambda number: {
            "title": f"Work 作品 {number}",
            "kind": ExhibitKind.values[number % 2],
            "style": ("comic", "comic", "paprika")[number % 3],
            "likes": number % 7,
            "state": ExhibitState.WAITING if number % 9 == 8 else ExhibitState.PUBLISHED,
            "is_video": number % 4 == 3,
        },
    )


def queries(client: Client, url: str) -> int:
    client.get(url)  # what is loaded once
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("url", LISTS)
def test_the_gallery_asks_as_much_with_many_works_as_with_few(owner: User, other_client: Client, url: str) -> None:
    show(owner, FEW)
    few = queries(other_client, url)
    show(owner, MANY - FEW)
    assert queries(other_client, url) == few <= MOST


@pytest.mark.parametrize("url", GALLERY)
def test_the_public_gallery_does_too(owner: User, anonymous: Client, settings: LazySettings, url: str) -> None:
    settings.PUBLIC_GALLERY = True
    show(owner, FEW)
    few = queries(anonymous, url)
    show(owner, MANY - FEW)
    assert queries(anonymous, url) == few <= MOST


@pytest.mark.parametrize("url", MINE)
def test_my_works_ask_as_much_with_many_works_as_with_few(owner: User, owner_client: Client, url: str) -> None:
    show(owner, FEW)
    few = queries(owner_client, url)
    show(owner, MANY - FEW)
    assert queries(owner_client, url) == few <= MOST


@pytest.mark.parametrize("sort", ["newest", "liked"])
def test_pages_far_from_the_first_ask_as_much_as_the_second(owner: User, other_client: Client, sort: str) -> None:
    show(owner, MANY)
    url, counts = f"/gallery/?sort={sort}", []
    page = other_client.get(url).context["page"]
    while page.older_cursor:
        counts.append(queries(other_client, f"{url}&after={page.older_cursor}"))
        page = other_client.get(f"{url}&after={page.older_cursor}").context["page"]
    assert len(counts) == MANY * 8 // 9 // 30
    assert set(counts) == {counts[0]}


@pytest.mark.parametrize("query", ["", "?sort=liked", "?q=work"])
def test_one_work_asks_as_much_among_many_as_among_few(
    owner: User, other: User, other_client: Client, query: str
) -> None:
    show(owner, FEW)
    middle = Exhibit.objects.get(published=NOON.replace(minute=5))
    set_like(exhibit=middle, user=other, is_liked=True)
    few = queries(other_client, f"/gallery/{middle.work_key}/{query}")
    show(owner, MANY - FEW)
    middle = Exhibit.objects.filter(published=NOON.replace(hour=15, minute=5)).get()
    assert queries(other_client, f"/gallery/{middle.work_key}/{query}") == few <= MOST


def test_my_videos_ask_as_much_with_many_as_with_few(owner: User, owner_client: Client) -> None:
    def add(count: int) -> None:
        first = Video.objects.count()
        same = {"owner": owner, "name": "a.mp4", "bytes": 1, "width": 9, "height": 9, "seconds": 1, "rate": 25}
        videos = Video.objects.bulk_create(
            Video(**same, has_sound=False, file=f"uploads/{number}.mp4", poster=f"uploads/{number}.jpg")
            for number in range(first, first + count)
        )
        VideoJob.objects.bulk_create(
            VideoJob(owner=owner, video=video, style="comic", detail="fine") for video in videos
        )

    add(2)
    few = queries(owner_client, "/videos/")
    add(100)
    assert queries(owner_client, "/videos/") == few <= MOST


def test_a_video_asks_as_much_with_many_conversions_as_with_one(owner: User, owner_client: Client) -> None:
    video = Video.objects.create(
        owner=owner,
        name="a.mp4",
        bytes=1,
        width=9,
        height=9,
        seconds=1,
        rate=25,
        has_sound=False,
        file="uploads/a.mp4",
        poster="uploads/a.jpg",
    )

    def add(count: int) -> None:
        same = {"owner": owner, "video": video, "style": "comic", "detail": "fine", "state": JobState.RUNNING}
        for _ in range(count):
            VideoSegment.objects.create(job=VideoJob.objects.create(**same, frames=10), index=0, frames=10)

    add(1)
    few = queries(owner_client, f"/videos/{video.pk}/")
    add(20)
    assert queries(owner_client, f"/videos/{video.pk}/") == few <= MOST

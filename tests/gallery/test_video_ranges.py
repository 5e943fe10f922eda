"""Parts of files, by which browsers seek."""

import pytest
from django.test import Client

from accounts.models import User
from gallery.models import Video
from gallery.storage.media import media_path
from gallery.storage.serving import RangeNotSatisfiable, parse_range
from tests.gallery.videos import add_video


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", range(100)),
        ("bytes=0-0", range(1)),
        ("bytes=10-19", range(10, 20)),
        ("bytes=90-500", range(90, 100)),
        ("bytes=-10", range(90, 100)),
        ("bytes=-500", range(100)),
        ("", None),
        ("bytes=-", None),
        ("bytes=20-10", None),
        ("bytes=0-1,5-6", None),
        ("pages=0-1", None),
        ("bytes=a-b", None),
        (f"bytes={'9' * 5000}-", None),
        (f"bytes=0-{'9' * 5000}", None),
    ],
)
def test_what_a_header_asks_for(header: str, part: range | None) -> None:
    assert parse_range(header, 100) == part


@pytest.mark.no_database
@pytest.mark.parametrize("header", ["bytes=100-", "bytes=200-300", "bytes=-0"])
def test_what_lies_beyond_the_end_cannot_be_had(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        parse_range(header, 100)


@pytest.fixture
def video(owner: User) -> Video:
    return add_video(owner)


def get(client: Client, video: Video, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    response = client.get(f"/videos/{video.pk}/file/", headers=headers)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, content, dict(response.headers)


def test_a_part_is_sent_with_its_place(owner_client: Client, video: Video) -> None:
    data = media_path(video.file).read_bytes()
    status, content, headers = get(owner_client, video, Range="bytes=100-299")
    assert (status, content) == (206, data[100:300])
    assert (headers["Content-Range"], headers["Content-Length"]) == (f"bytes 100-299/{len(data)}", "200")
    assert headers["Content-Type"] == "video/mp4"
    assert "private" in headers["Cache-Control"]


def test_all_of_it_says_that_parts_can_be_had(owner_client: Client, video: Video) -> None:
    status, content, headers = get(owner_client, video)
    assert (status, content) == (200, media_path(video.file).read_bytes())
    assert (headers["Accept-Ranges"], int(headers["Content-Length"])) == ("bytes", len(content))


def test_beyond_the_end_is_416_with_the_length(owner_client: Client, video: Video) -> None:
    size = media_path(video.file).stat().st_size
    status, content, headers = get(owner_client, video, Range=f"bytes={size}-")
    assert (status, content, headers["Content-Range"]) == (416, b"", f"bytes */{size}")


def test_a_part_of_another_version_is_answered_with_all(owner_client: Client, video: Video) -> None:
    tag = get(owner_client, video)[2]["ETag"]
    assert get(owner_client, video, Range="bytes=0-9", **{"If-Range": tag})[0] == 206
    assert get(owner_client, video, Range="bytes=0-9", **{"If-Range": '"other"'})[0] == 200
